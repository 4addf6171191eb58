#include "issuance/signing/client.h"

#include "issuance/signing/protocol.h"
#include "issuance/signing/wire.h"

namespace signing {

namespace {

constexpr std::chrono::seconds kLimit{
    30};  // a signature takes milliseconds; a signer that is restarting needs a second

}  // namespace

std::variant<Assignment, base::Findings> SignerClient::assign(const OrderEvidence& evidence, const std::string& serial,
                                                              base::ByteView kdd) {
  return read_assignment(ask(socket_path_, assign_request(evidence, serial, kdd), kLimit));
}

std::variant<base::Bytes, base::Findings> SignerClient::sign(const SignRequest& request) {
  return read_sod(ask(socket_path_, sign_request(request), kLimit));
}

base::Bytes SignerClient::certificate() {
  return read_certificate(ask(socket_path_, certificate_request(), kLimit));
}

}  // namespace signing
