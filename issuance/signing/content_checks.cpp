#include "issuance/signing/content_checks.h"

#include <algorithm>

#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/document/validity.h"
#include "smartcard/lds/lds.h"
#include "smartcard/lds/security_infos.h"

namespace signing {

namespace {

constexpr int kSmallestAaKey = 2048, kLargestAaKey = 4096;  // bits

// 9303-11 Table 6, those of 256 bits and more, by OpenSSL's names.
constexpr std::string_view kCurves[] = {"prime256v1",      "secp384r1",       "secp521r1",      "brainpoolP256r1",
                                        "brainpoolP320r1", "brainpoolP384r1", "brainpoolP512r1"};

bool is_on_a_curve(base::ByteView key) {
  return std::ranges::find(kCurves, crypto::openssl::named_curve(key)) != std::end(kCurves);
}

// 9303-11 §9.2.4: ActiveAuthenticationInfo stands there for an ECDSA key, and for no other. Hashes below 256 bits are
// shorter than the curves.
bool names_the_signature(const lds::SecurityInfos& infos, AaKind kind) {
  if (kind == AaKind::Rsa) return infos.active_authentication.empty();
  const auto& named = infos.active_authentication;
  return named.size() == 1 && named.front().version == 1 &&
         (named.front().signature_algorithm == lds::kEcdsaPlainSha256 ||
          named.front().signature_algorithm == lds::kEcdsaPlainSha384 ||
          named.front().signature_algorithm == lds::kEcdsaPlainSha512);
}

// Empty when the SecurityInfos are the card's, else what they lack, in one sentence.
std::string fault_of(const lds::SecurityInfos& infos, AaKind aa_kind) {
  if (infos.pace != std::vector{lds::kCccdPace} || !infos.pace_parameters.empty()) {
    return "its PACEInfo is not the one that the card offers";
  }
  if (infos.chip_authentication.size() != 1 || infos.chip_keys.size() != 1) {
    return "it does not hold one protocol and one key of chip authentication";
  }
  const lds::ChipAuthenticationInfo& protocol = infos.chip_authentication.front();
  const lds::ChipAuthenticationPublicKeyInfo& key = infos.chip_keys.front();
  if (protocol.agreement != lds::Agreement::Ecdh || protocol.version != 1 ||
      protocol.cipher == lds::Cipher::TripleDes || key.agreement != protocol.agreement ||
      key.key_id != protocol.key_id) {
    return "its chip authentication is not version 1, ECDH with AES, with the key of the same id";
  }
  if (!is_on_a_curve(key.public_key)) {
    return "its key is no point of a standardized curve of 256 bits or more";
  }
  if (infos.terminal_authentication.size() != 1 || infos.terminal_authentication.front().version != 1) {
    return "it does not announce terminal authentication of version 1";
  }
  if (!names_the_signature(infos, aa_kind)) {
    return "it does not name the one signature of active authentication that the key in EF.DG15 makes";
  }
  if (!infos.others.empty()) return "it holds more than the card's protocols";
  return {};
}

}  // namespace

void check_validity(const document::CardOrder& order, base::Date today, base::Findings& findings) {
  if (order.person.birth <= today && document::card_expiry(order.person.birth, today) == order.expiry) return;
  findings.fail("VALIDITY_CHANGED", "order",
                "a card issued today would end on another day than the approved one; make and approve a new order");
}

void check_age(const document::CardOrder& order, base::Date today, base::Findings& findings) {
  const bool childs_card = order.dg2_sha256.empty() || order.fingers_missing == document::kUnderSix;
  if (!childs_card || document::is_small_child(order.person.birth, today)) return;
  findings.fail("BIOMETRICS_DUE", "order",
                "it is of a child's card, and its person is not under six today; make and approve a new order");
}

void check_data_groups(const SignRequest& request, const document::CardOrder& order, const std::string& serial,
                       base::Date today, base::Findings& findings) {
  const document::Person& person = order.person;
  const document::Mrz mrz =
      document::build_mrz(person.number, person.full_name, person.birth, person.sex, order.expiry);
  if (request.dg1 != lds::encode_dg1(mrz.text())) {
    findings.fail("DG1_DIFFERS_FROM_ORDER", "EF.DG1", "its MRZ is not the approved person's");
  }
  if (base::to_base64url(request.dg2_sha256) != order.dg2_sha256) {
    findings.fail("DG2_DIFFERS_FROM_ORDER", "EF.DG2", "its hash is not that of the approved portrait's file");
  }
  if (base::to_base64url(request.dg3_sha256) != order.dg3_sha256) {
    findings.fail("DG3_DIFFERS_FROM_ORDER", "EF.DG3",
                  "its hash is not that of the approved fingers' file, or fingers come that nobody approved");
  }
  if (request.dg13 != document::encode_dg13(document::dg13_of(order, today, serial))) {
    findings.fail("DG13_DIFFERS_FROM_ORDER", "EF.DG13",
                  "it is not the approved order's, issued today for the bound chip");
  }
}

std::optional<AaKind> aa_kind_of(base::ByteView dg15) {
  const auto key = lds::parse_dg15(dg15);
  if (!key || !base::equal(lds::encode_dg15(*key), dg15)) return std::nullopt;
  if (is_on_a_curve(*key)) return AaKind::Ecdsa;
  const int bits = crypto::openssl::rsa_bits(*key);
  return bits >= kSmallestAaKey && bits <= kLargestAaKey ? std::optional(AaKind::Rsa) : std::nullopt;
}

std::optional<std::string> check_aa_key(base::ByteView dg15, const Binding& binding, const Ledger& ledger,
                                        base::Findings& findings) {
  const auto key = lds::parse_dg15(dg15);
  if (!key || !aa_kind_of(dg15)) {
    findings.fail(
        "DG15_MALFORMED", "EF.DG15",
        "it holds no sound key: RSA of 2048 to 4096 bits, or a point of a standardized curve of 256 bits or more");
    return std::nullopt;
  }
  std::string sha256 = evidence::sha256_bytes(*key);
  if (!binding.aa_key_sha256.empty() && binding.aa_key_sha256 != sha256) {
    findings.fail("AA_KEY_CHANGED", "EF.DG15",
                  "the chip told another key before; write it off, two keys for one chip are not signed");
  }
  if (const auto owner = ledger.serial_with_aa_key(sha256); owner && *owner != binding.serial) {
    findings.fail("AA_KEY_OF_ANOTHER_CHIP", "EF.DG15", "another chip has this key; one of the two is a copy");
  }
  return sha256;
}

std::optional<std::string> check_ca_key(base::ByteView dg14, bool required, AaKind aa_kind, const Binding& binding,
                                        const Ledger& ledger, base::Findings& findings) {
  const auto no = [&](const char* code, std::string text) {
    findings.fail(code, "EF.DG14", std::move(text));
    return std::nullopt;
  };
  if (dg14.empty()) {
    if (required) return no("DG14_MISSING", "the chip has no key for chip authentication, and this signer demands one");
    if (aa_kind == AaKind::Ecdsa) return no("DG14_MISSING", "no EF.DG14 names how the chip's ECDSA key signs");
    if (!binding.ca_key_sha256.empty()) return no("CA_KEY_CHANGED", "the chip told a key before; write it off");
    return "";
  }
  const auto reading = lds::parse_dg14(dg14);
  if (!reading.infos || !reading.findings.empty() || !base::equal(lds::encode_dg14(*reading.infos), dg14)) {
    return no("DG14_NOT_ACCEPTED", "it is no SET of SecurityInfos in DER");
  }
  if (std::string fault = fault_of(*reading.infos, aa_kind); !fault.empty())
    return no("DG14_NOT_ACCEPTED", std::move(fault));
  std::string sha256 = evidence::sha256_bytes(reading.infos->chip_keys.front().public_key);
  const bool told_before = !binding.aa_key_sha256.empty();
  if (told_before && binding.ca_key_sha256 != sha256) {
    return no("CA_KEY_CHANGED", "the chip told another key before; write it off, two keys for one chip are not signed");
  }
  if (const auto owner = ledger.serial_with_ca_key(sha256); owner && *owner != binding.serial) {
    return no("CA_KEY_OF_ANOTHER_CHIP", "another chip has this key; one of the two is a copy");
  }
  return sha256;
}

std::map<int, base::Bytes> hashes_of(const SignRequest& request) {
  using crypto::openssl::sha256;
  std::map<int, base::Bytes> hashes{{1, sha256(request.dg1)}, {13, sha256(request.dg13)}, {15, sha256(request.dg15)}};
  if (!request.dg2_sha256.empty()) hashes[2] = request.dg2_sha256;
  if (!request.dg3_sha256.empty()) hashes[3] = request.dg3_sha256;
  if (!request.dg14.empty()) hashes[14] = sha256(request.dg14);
  return hashes;
}

std::string content_sha256(const std::map<int, base::Bytes>& hashes) {
  base::Bytes all;
  for (const auto& [number, hash] : hashes) {
    all.push_back(static_cast<std::uint8_t>(number));
    base::append(all, hash);
  }
  return evidence::sha256_bytes(all);
}

}  // namespace signing
