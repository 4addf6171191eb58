#include "pki/x509/issue/signatory.h"

#include "pki/asn1/own_oids.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/profile_name.h"
#include "pki/x509/issue/sign_es256.h"

namespace x509::issue {

extern const std::string_view kShippedSignatoryProfile;

namespace {

using strict_toml::Table;

constexpr int kMostDays = 3650;
constexpr const char* kReading = "reading the profile of signatories";

SignatoryProfile::Kind named(const Table& table) {
  return {name_of(table, "subject"), static_cast<int>(table.number("days", 1, kMostDays))};
}

SignatoryProfile::Kind named_by_account(const Table& table) {
  SignatoryProfile::Kind kind = named(table);
  if (!kind.subject.all_of(format::oid::kCommonName).empty()) {
    table.refuse("subject", "subject must be without CN: the account becomes it");
  }
  return kind;
}

base::Bytes self_signed(const SignatoryProfile::Kind& kind, const keystore::SigningKey& key, const format::Name& name,
                        base::Moment now, std::vector<format::Extension> more, base::Random& random) {
  return self_signed_es256(key, name, {now, now + std::chrono::days{kind.days}}, std::move(more), random);
}

}  // namespace

const SignatoryProfile& shipped_signatory_profile() {
  static const SignatoryProfile kProfile =
      parse_signatory_profile(kShippedSignatoryProfile, "the shipped profile of signatories");
  return kProfile;
}

SignatoryProfile parse_signatory_profile(std::string_view toml, const std::string& origin) {
  return strict_toml::read(toml, origin, kReading, [](const Table& file) {
    return SignatoryProfile{named_by_account(file.table("officer")), named_by_account(file.table("custodian")),
                            named(file.table("pack_signer"))};
  });
}

SignatoryProfile read_signatory_profile(const std::string& file) {
  if (file.empty()) return shipped_signatory_profile();
  return parse_signatory_profile(base::read_text_file(file, kReading), file);
}

base::Bytes issue_officer_certificate(const SignatoryProfile::Kind& kind, const keystore::SigningKey& key,
                                      const std::string& account, base::Moment now, base::Random& random) {
  format::Name name = kind.subject;
  name.attributes.push_back({format::oid::kCommonName, format::kUtf8String, account});
  return self_signed(kind, key, name, now, {}, random);
}

base::Bytes issue_pack_signer(const SignatoryProfile::Kind& kind, const keystore::SigningKey& key, base::Moment now,
                              base::Random& random) {
  return self_signed(
      kind, key, kind.subject, now,
      {{format::oid::kExtendedKeyUsage, true, format::encode_extended_key_usage({asn1::oid::kTrustPackSigning})}},
      random);
}

}  // namespace x509::issue
