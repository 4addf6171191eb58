#include "issuance/signing/client.h"

#include "issuance/signing/protocol.h"
#include "pki/base/net/ask.h"

namespace signing {

namespace {

constexpr std::chrono::seconds kLimit{
    30};  // a signature takes milliseconds; a signer that is restarting needs a second

std::string ask(const std::string& socket_path, const std::string& question) {
  return net::ask("cccd-signer", socket_path, question, kLimit);
}

}  // namespace

std::variant<Assignment, base::Findings> SignerClient::assign(const OrderEvidence& evidence, const std::string& serial,
                                                              base::ByteView kdd) {
  return read_assignment(ask(socket_path_, assign_request(evidence, serial, kdd)));
}

std::variant<base::Bytes, base::Findings> SignerClient::sign(const SignRequest& request) {
  return read_sod(ask(socket_path_, sign_request(request)));
}

base::Bytes SignerClient::certificate() {
  return read_certificate(ask(socket_path_, certificate_request()));
}

}  // namespace signing
