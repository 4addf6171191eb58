#pragma once
// The signer's requests and answers as JSON (docs/formats/signer-protocol.md), both sides of it; what every service's
// messages share is pki/base/net/envelope.h. handle() is the whole
// service without a socket: a text in, a text out, and no input can stop it.

#include <string>
#include <string_view>
#include <variant>

#include "issuance/signing/client.h"
#include "issuance/signing/signer.h"

namespace signing {

// Never throws. Refusals of form: REQUEST_MALFORMED.
std::string handle(std::string_view request, Signer& signer, const Peer& peer) noexcept;

// The asking side. Each read_… throws Error{AskOperator} for an answer that is none, the signer's own Error for
// "failed", and returns findings for "refused".
std::string assign_request(const OrderEvidence& evidence, const std::string& serial, base::ByteView kdd);
std::string sign_request(const SignRequest& request);
std::string certificate_request();
std::variant<Assignment, base::Findings> read_assignment(std::string_view answer);
std::variant<base::Bytes, base::Findings> read_sod(std::string_view answer);
base::Bytes read_certificate(std::string_view answer);

}  // namespace signing
