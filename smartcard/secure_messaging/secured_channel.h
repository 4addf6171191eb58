#pragma once
// A secure-messaging session as a Channel.

#include "smartcard/secure_messaging/session.h"
#include "smartcard/transport/session_channel.h"

namespace secure_messaging {

using SecuredChannel = transport::SessionChannel<Session>;

}  // namespace secure_messaging
