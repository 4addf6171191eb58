#include "smartcard/secure_messaging/secured_channel.h"

#include "pki/base/core/error.h"

namespace secure_messaging {

apdu::Response SecuredChannel::transmit(const apdu::Command& command) {
  const apdu::Command wrapped = session_.wrap(command);
  apdu::Response answer;
  try {
    answer = card_.transmit(wrapped);
  } catch (const base::Error&) {
    session_.end();
    throw;
  }
  return session_.unwrap(answer);
}

}  // namespace secure_messaging
