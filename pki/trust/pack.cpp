#include "pki/trust/pack.h"

#include <fmt/format.h>

#include "pki/asn1/own_oids.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/cms.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/trust/trust_state.h"

namespace trust {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr const char* kWhere = "trust pack";
// The first element: a signature over anything else that this key may sign is not one over a pack.
constexpr std::string_view kMark = "cccd-trust-pack-1";
constexpr std::int64_t kLongestGrace = 24 * 366;  // hours

bool in_range(std::int64_t number) {
  return number >= 1 && number <= kHighestPackNumber;
}

TlvWriter list_of(const std::vector<base::Bytes>& elements) {
  TlvWriter list;
  for (const base::Bytes& element : elements) list.octet_string(element);
  return list;
}

std::vector<base::Bytes> read_list(base::ByteView content) {
  std::vector<base::Bytes> out;
  for (TlvReader list(content); !list.at_end();) {
    const base::ByteView element = list.need(0x04);
    out.emplace_back(element.begin(), element.end());
  }
  return out;
}

base::Moment read_moment(base::ByteView content) {
  const auto moment = base::parse_rfc3339(asn1::read_utf8_string(content));
  if (!moment) throw asn1::Malformed("a time is none");
  return *moment;
}

bool valid_at(X509* signer, base::Moment moment) {
  const auto from = moment_of(X509_get0_notBefore(signer)), to = moment_of(X509_get0_notAfter(signer));
  return from && to && *from <= moment && moment <= *to;
}

// digitalSignature and the one purpose: a document signer's or an officer's key signs no packs.
bool signs_packs(X509* signer) {
  using PurposesPtr = std::unique_ptr<EXTENDED_KEY_USAGE, crypto::openssl::FreeWith<EXTENDED_KEY_USAGE_free>>;
  const PurposesPtr purposes(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(signer, NID_ext_key_usage, nullptr, nullptr)));
  if (!purposes || sk_ASN1_OBJECT_num(purposes.get()) != 1) return false;
  const ASN1_OBJECT* const only = sk_ASN1_OBJECT_value(purposes.get(), 0);
  return base::equal({OBJ_get0_data(only), OBJ_length(only)}, asn1::oid::kTrustPackSigning.content()) &&
         (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) != 0;
}

void judge(const Pack& pack, const SeenPack& seen, const std::optional<SeenPack>& last, X509* signer,
           base::Findings& findings) {
  if (!valid_at(signer, pack.made_at)) {
    findings.fail("PACK_SIGNER_NOT_VALID", kWhere, "The signer's certificate was not valid when the pack was made.");
  }
  if (last && pack.number < last->number) {
    findings.fail("PACK_NUMBER_WENT_BACK", kWhere,
                  fmt::format("It has number {}, and number {} was taken before.", pack.number, last->number));
  } else if (last && pack.number == last->number && seen.sha256 != last->sha256) {
    findings.fail("PACK_NUMBER_TWICE", kWhere, fmt::format("Another pack has the number {} too.", pack.number));
  }
}

}  // namespace

base::Bytes encode_pack(const Pack& pack) {
  TlvWriter inner;
  inner.utf8_string(kMark).integer(pack.number);
  inner.utf8_string(base::to_rfc3339(pack.made_at)).utf8_string(base::to_rfc3339(pack.clock_floor));
  inner.integer(pack.crl_grace.count());
  inner.sequence(list_of(pack.anchors)).sequence(list_of(pack.crls)).sequence(list_of(pack.is_certificates));
  inner.octet_string(pack.status_list);
  return TlvWriter{}.sequence(inner).take();
}

Pack parse_pack(base::ByteView der) {
  TlvReader outer(der);
  TlvReader inner(outer.need(0x30));
  outer.end();
  if (asn1::read_utf8_string(inner.need(0x0C)) != kMark) throw asn1::Malformed("it is no trust pack of this version");
  Pack pack;
  pack.number = asn1::read_integer(inner.need(0x02));
  pack.made_at = read_moment(inner.need(0x0C));
  pack.clock_floor = read_moment(inner.need(0x0C));
  const std::int64_t grace = asn1::read_integer(inner.need(0x02));
  if (!in_range(pack.number) || grace < 0 || grace > kLongestGrace)
    throw asn1::Malformed("a number is out of its range");
  pack.crl_grace = std::chrono::hours{grace};
  pack.anchors = read_list(inner.need(0x30));
  pack.crls = read_list(inner.need(0x30));
  pack.is_certificates = read_list(inner.need(0x30));
  const base::ByteView status = inner.need(0x04);
  if (!status.empty()) parse_status_list(status);  // what cannot be read later is refused now
  pack.status_list.assign(status.begin(), status.end());
  inner.end();
  return pack;
}

std::string to_text(const SeenPack& seen) {
  return fmt::format("{} {}\n", seen.number, seen.sha256);
}

std::optional<SeenPack> parse_seen_pack(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;  // of kHighestPackNumber
  const std::size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos || space > kMostDigits || text.back() != '\n') return std::nullopt;
  SeenPack seen;
  for (const char digit : text.substr(0, space)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    seen.number = seen.number * 10 + (digit - '0');
  }
  seen.sha256 = text.substr(space + 1, text.size() - space - 2);
  const auto hash = base::parse_hex(seen.sha256);
  if (!hash || hash->size() != 32 || to_text(seen) != text) return std::nullopt;
  return seen;
}

OpenedPack open_pack(base::ByteView file, base::ByteView signer, const std::optional<SeenPack>& last) {
  OpenedPack opened;
  const crypto::openssl::X509Ptr certificate = crypto::openssl::parse_certificate(signer);
  if (!certificate || !signs_packs(certificate.get())) {
    opened.findings.fail("PACK_SIGNER", kWhere, "The signer's certificate cannot be read, or is not for trust packs.");
    return opened;
  }
  const auto content = crypto::openssl::verified_content(file, certificate.get());
  if (!content) {
    opened.findings.fail("PACK_SIGNATURE", kWhere, "It is not signed by the signer of the packs, or was changed.");
    return opened;
  }
  try {
    Pack pack = parse_pack(*content);
    opened.seen = {pack.number, base::to_hex(crypto::openssl::sha256(file))};
    judge(pack, opened.seen, last, certificate.get(), opened.findings);
    if (!opened.findings.failed()) opened.pack = std::move(pack);
  } catch (const asn1::Malformed& what) {
    opened.findings.fail("PACK_MALFORMED", kWhere, fmt::format("What is signed is no trust pack: {}.", what.what()));
  }
  return opened;
}

base::Bytes read_certificate_file(const std::filesystem::path& file, const char* doing) {
  const auto der = crypto::openssl::certificate_der(base::read_file(file, doing));
  if (der) return *der;
  throw base::Error(base::Fault::FixConfiguration, doing,
                    fmt::format("{}: is no X.509 certificate, neither DER nor PEM", file.string()));
}

TrustStore load_pack(const Pack& pack) {
  TrustStore store;
  for (const base::Bytes& anchor : pack.anchors) store.add_anchor(anchor, kWhere);
  for (const base::Bytes& crl : pack.crls) store.add_crl(crl, kWhere);
  store.set_policy({.crl_grace = pack.crl_grace, .clock_floor = pack.clock_floor});
  if (!pack.status_list.empty()) store.set_status_list(parse_status_list(pack.status_list));
  return store;
}

}  // namespace trust
