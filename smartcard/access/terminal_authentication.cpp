#include "smartcard/access/terminal_authentication.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/judge/signature.h"
#include "smartcard/access/exchange.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using cvc::format::Certificate;

constexpr const char* kWhere = "terminal authentication";
constexpr asn1::Tag kProtocol = 0x80, kReference = 0x83, kEphemeralKey = 0x91;
constexpr std::size_t kChallenge = 8;
constexpr std::size_t kBehindTheNumber = 14;  // of MRZ information: birth and expiry with their check digits
constexpr std::size_t kLongestChain = 16;

// Puts the certificates from one that `reference` signed down to the inspection system's in front of `chain`'s end.
// Depth first; the chain's length bounds it.
bool lead_to(const std::string& reference, const InspectionCredentials& credentials, std::vector<Certificate>& chain) {
  if (credentials.inspection_system.body.authority == reference) {
    chain.push_back(credentials.inspection_system);
    return true;
  }
  if (chain.size() + 1 >= kLongestChain) return false;
  for (const Certificate& next : credentials.others) {
    if (next.body.authority != reference || next.self_signed()) continue;
    const bool used =
        std::ranges::any_of(chain, [&](const Certificate& earlier) { return base::equal(earlier.whole, next.whole); });
    if (used) continue;
    chain.push_back(next);
    if (lead_to(next.body.holder, credentials, chain)) return true;
    chain.pop_back();
  }
  return false;
}

apdu::Response set_key(transport::Channel& secured, std::uint8_t template_tag, Bytes data) {
  return secured.transmit({0x00, 0x22, 0x81, template_tag, std::move(data), std::nullopt});
}

// The data of MSE:Set AT: version 1 83 CHR (§7.1.4); version 2 80 protocol 83 CHR 91 Comp(PK) (TR-03110-3 B.3.2).
using NameTerminal = std::function<Bytes(const cvc::format::Body& inspection_system)>;

Bytes by_reference(const cvc::format::Body& inspection_system) {
  return asn1::TlvWriter{}.put(kReference, inspection_system.holder).take();
}

std::string refused(const std::string& what, apdu::StatusWord sw) {
  return fmt::format("The chip refuses {}: {}.", what, apdu::describe(sw));
}

// MSE:Set DST 00 22 81 B6 Lc 83 CAR; PSO:Verify Certificate 00 2A 00 BE Lc 7F4E ‖ 5F37 (§7.1.3). Empty: taken.
std::string show(transport::Channel& secured, const Certificate& certificate) {
  const apdu::Response named =
      set_key(secured, 0xB6, asn1::TlvWriter{}.put(kReference, certificate.body.authority).take());
  if (!named.sw.ok()) return refused(fmt::format("the key {}", certificate.body.authority), named.sw);
  Bytes data = certificate.signed_part;
  base::append(data, asn1::TlvWriter{}.put(cvc::format::tag::kSignature, certificate.signature).view());
  const apdu::Response verified = transmit_long(secured, {0x00, 0x2A, 0x00, 0xBE, std::move(data), std::nullopt});
  if (!verified.sw.ok()) return refused(fmt::format("the certificate of {}", certificate.body.holder), verified.sw);
  return {};
}

// MSE:Set AT 00 22 81 A4; GET CHALLENGE; EXTERNAL AUTHENTICATE 00 82 00 00 Lc signature over
// ID_PICC ‖ r_PICC ‖ Comp(PK_DH,IFD) (§7.1.2, §7.1.4; without auxiliary data the same in version 2). Empty: passed.
std::string sign_challenge(transport::Channel& secured, const InspectionCredentials& credentials,
                           const NameTerminal& name, base::ByteView id_picc, base::ByteView terminal_key) {
  const apdu::Response named = set_key(secured, 0xA4, name(credentials.inspection_system.body));
  if (!named.sw.ok()) return refused("the inspection system's key", named.sw);
  const apdu::Response challenge = secured.transmit({0x00, 0x84, 0x00, 0x00, {}, kChallenge});
  if (!challenge.sw.ok() || challenge.data.size() != kChallenge) return refused("to give a challenge", challenge.sw);
  const auto* const algorithm = cvc::format::algorithm_of(credentials.inspection_system.body.key.algorithm);
  base::ensure(algorithm != nullptr, "a certificate that was read has a known algorithm");
  const Bytes digest =
      openssl::digest(cvc::judge::hash_of(algorithm->hash), base::concat({id_picc, challenge.data, terminal_key}));
  const apdu::Response answer =
      transmit_long(secured, {0x00, 0x82, 0x00, 0x00, credentials.sign(digest), std::nullopt});
  return answer.sw.ok() ? std::string{} : refused("the inspection system's signature", answer.sw);
}

base::Findings authenticate(transport::Channel& secured, const InspectionCredentials& credentials,
                            const std::vector<std::string>& trust_points, const NameTerminal& name,
                            base::ByteView id_picc, base::ByteView terminal_key) {
  base::Findings findings;
  const std::vector<Certificate> chain = chain_for(credentials, trust_points);
  if (chain.empty()) {
    findings.fail("TERMINAL_AUTHENTICATION_NOT_POSSIBLE", kWhere,
                  trust_points.empty() ? std::string("The chip names no CVCA that it trusts.")
                                       : fmt::format("No certificate at hand leads from {} to this inspection system.",
                                                     fmt::join(trust_points, " or ")));
    return findings;
  }
  std::string why;
  for (const Certificate& certificate : chain) {
    if (why.empty()) why = show(secured, certificate);
  }
  if (why.empty()) why = sign_challenge(secured, credentials, name, id_picc, terminal_key);
  if (!why.empty()) findings.fail("TERMINAL_AUTHENTICATION_REFUSED", kWhere, why);
  return findings;
}

}  // namespace

std::vector<Certificate> chain_for(const InspectionCredentials& credentials,
                                   const std::vector<std::string>& trust_points) {
  for (const std::string& reference : trust_points) {
    std::vector<Certificate> chain;
    if (lead_to(reference, credentials, chain)) return chain;
  }
  return {};
}

Bytes id_picc_of_mrz(std::string_view mrz_information) {
  base::ensure(mrz_information.size() > kBehindTheNumber, "MRZ information begins with the document number");
  return base::bytes_of(mrz_information.substr(0, mrz_information.size() - kBehindTheNumber));
}

base::Findings terminal_authentication(transport::Channel& secured, const InspectionCredentials& credentials,
                                       const std::vector<std::string>& trust_points, base::ByteView id_picc,
                                       base::ByteView terminal_key) {
  return authenticate(secured, credentials, trust_points, by_reference, id_picc, terminal_key);
}

base::Findings terminal_authentication_2(transport::Channel& secured, const InspectionCredentials& credentials,
                                         const std::vector<std::string>& trust_points, base::ByteView id_picc,
                                         base::ByteView terminal_key) {
  const auto name = [&](const cvc::format::Body& inspection_system) {
    asn1::TlvWriter data;
    data.put(kProtocol, inspection_system.key.algorithm.content());
    return data.put(kReference, inspection_system.holder).put(kEphemeralKey, terminal_key).take();
  };
  return authenticate(secured, credentials, trust_points, name, id_picc, terminal_key);
}

}  // namespace chip_access
