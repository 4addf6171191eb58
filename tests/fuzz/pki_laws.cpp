#include <algorithm>
#include <memory>
#include <optional>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/request.h"
#include "pki/lint/rule.h"
#include "pki/masterlist/format/master_list.h"
#include "pki/masterlist/judge/master_list.h"
#include "pki/sod/format/lds_security_object.h"
#include "pki/sod/judge/passive_authentication.h"
#include "pki/sod/judge/security_object.h"
#include "pki/sod/judge/signed_data.h"
#include "pki/trust/trust_store.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/crl.h"
#include "tests/fuzz/law.h"
#include "tests/support/vectors.h"

namespace fuzz {

namespace {

// Every element that was read in DER writes back to the bytes it was read from.
std::string tlv_law(base::ByteView input) {
  try {
    asn1::TlvReader reader{input};
    while (!reader.at_end()) {
      const asn1::Tlv tlv = reader.next();
      if (!base::equal(asn1::TlvWriter{}.put(tlv.tag, tlv.value).view(), tlv.whole))
        return "an element re-encodes otherwise";
    }
  } catch (const asn1::Malformed&) {
  }
  return {};
}

// Parsed: `again` writes the same octets. Not parsed: the refusal says why.
template <class Again>
std::string format_law(base::ByteView input, const Again& again) {
  try {
    return base::equal(base::Bytes(again(input)), input) ? "" : "it re-encodes otherwise";
  } catch (const asn1::Malformed& why) {
    return std::string_view(why.what()).empty() ? "it is refused without a reason" : "";
  }
}

// The linter reads anybody's file without stopping, and does not stay silent about what OpenSSL cannot read.
std::string lint_law(base::ByteView input) {
  const base::Findings findings = lint::lint(input, {});
  const bool certificate = crypto::openssl::parse_certificate(input) != nullptr;
  return certificate || !findings.empty() ? "" : "it is no certificate, and the linter finds nothing";
}

std::string certificate_law(base::ByteView input) {
  return format_law(input, [](base::ByteView der) {
    const auto read = x509::format::parse_certificate(der);
    return x509::format::assemble(x509::format::encode(read.body), read.signature_algorithm, read.signature);
  });
}

std::string crl_law(base::ByteView input) {
  return format_law(input, [](base::ByteView der) {
    const auto read = x509::format::parse_crl(der);
    return x509::format::assemble(x509::format::encode(read.body), read.signature_algorithm, read.signature);
  });
}

std::string cv_certificate_law(base::ByteView input) {
  return format_law(input, [](base::ByteView der) {
    const auto read = cvc::format::parse_certificate(der);
    return cvc::format::assemble(cvc::format::encode(read.body), read.signature);
  });
}

std::string cv_request_law(base::ByteView input) {
  return format_law(input, [](base::ByteView der) {
    const auto read = cvc::format::parse_request(der);
    const base::Bytes inner =
        cvc::format::assemble(cvc::format::encode_request_body(read.authority, read.key, read.holder), read.signature);
    if (!read.outer) return inner;
    return cvc::format::assemble_request(cvc::format::outer_signed_part(inner, read.outer->authority),
                                         read.outer->signature);
  });
}

// What a list holds is all of it; a list that cannot be read is told.
std::string master_list_law(base::ByteView input) {
  const auto read = masterlist::judge::read(input);
  if (!read.readable()) return read.findings.failed() ? "" : "refused without a finding";
  try {
    asn1::TlvWriter entries;
    for (const base::ByteView one : masterlist::format::parse(read.content)) entries.raw(one);
    const base::Bytes again = asn1::TlvWriter{}.sequence(asn1::TlvWriter{}.integer(0).put(0x31, entries)).take();
    return base::equal(again, read.content) ? "" : "it re-encodes otherwise";
  } catch (const asn1::Malformed&) {
    return read.findings.failed() ? "" : "its content is malformed and nothing says so";
  }
}

// As an anchor it is taken, or refused with the fault that says so.
std::string anchor_law(base::ByteView input) {
  trust::TrustStore store;
  try {
    store.add_anchor(input, "fuzzed");
    return store.size() == 1 ? "" : "one certificate was taken as several";
  } catch (const base::Error& error) {
    return error.fault() == base::Fault::FixConfiguration ? "" : error.what();
  }
}

// Two readers: what the issuer's reads writes back to the same octets, and the judge's finds nothing more or less in
// it; what the judge passes the issuer's reads too; and what the judge cannot read it says so.
std::string security_object_law(base::ByteView input) {
  base::Findings findings;
  const auto judged = sod::judge::read_security_object(input, findings);
  if (!judged) return findings.has("SOD_ENCODING") ? "" : "it cannot be read, and nothing says so";
  try {
    const auto read = sod::format::parse(input);
    if (!base::equal(sod::format::encode(read), input)) return "it re-encodes otherwise";
    return read.hashes == judged->hashes ? "" : "its two readers find other hashes";
  } catch (const asn1::Malformed&) {
    return findings.failed() ? "" : "the judge passes what the issuer's reader refuses";
  }
}

base::Bytes synth(const std::string& name) {
  return vectors::load_binary("synth/" + name);
}

// The eContent of an EF.SOD; nullopt: it cannot be taken apart.
std::optional<base::Bytes> content_of(base::ByteView file) {
  try {
    asn1::TlvReader outer{file, asn1::Lengths::Lenient};
    const auto data = sod::judge::parse_signed_data(outer.need(0x77));
    return base::Bytes(data.content.begin(), data.content.end());
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

// A wounded EF.SOD that cannot be taken apart is told so, and one that passes says to the octet what somebody signed (a
// wound in padding or in unsigned parts).
Law sod_law() {
  std::map<int, base::Bytes> groups;
  for (const int number : {1, 2, 11, 12, 13, 14, 15}) groups[number] = synth("EF_DG" + std::to_string(number) + ".bin");
  const auto trust = std::make_shared<trust::TrustStore>();
  for (const char* name : {"csca1_p384.cer", "csca2_bp384_explicit.cer", "csca_rsa4096_pss.cer"})
    trust->add_anchor(synth(name), name);
  trust->add_crl(synth("crl_csca1.crl"), "crl_csca1.crl");
  const auto day = base::parse_iso_date(vectors::load("sod.json").at("inspection_date").get<std::string>());
  const auto now = base::Moment{std::chrono::sys_days{*day}} + std::chrono::hours{12};
  std::vector<base::Bytes> seeds, signed_contents;
  for (const char* name : {"p256_sha256", "brainpool_explicit", "v1_ldsversion", "rsa_pss", "hash_sha512"}) {
    seeds.push_back(synth(std::string("EF_SOD_ok_") + name + ".bin"));
    signed_contents.push_back(content_of(seeds.back()).value());
  }
  return {"EF.SOD", seeds, [=](base::ByteView input) -> std::string {
            const auto judged = sod::judge::passive_authentication(input, groups, *trust, now);
            const auto content = content_of(input);
            if (!content) {
              return judged.findings.has("SOD_ENCODING") ? "" : "it cannot be taken apart, and nothing says so";
            }
            const bool was_signed = std::ranges::find(signed_contents, *content) != signed_contents.end();
            return was_signed || !judged.passed() ? "" : "it passes and says what nobody signed";
          }};
}

const std::vector<std::string> kCertificates{
    "csca1_p384.cer", "csca2_bp384_explicit.cer", "csca_link_1_to_2.cer", "csca_rsa4096_pss.cer",
    "ds1_p256.cer",   "ds2_bp256_explicit.cer",   "ds_rsa2048_v15.cer",   "mls.cer"};

std::vector<base::Bytes> certificates() {
  std::vector<base::Bytes> out{vectors::load_binary("csca-vietnam-epassport-2022.cer")};
  for (const std::string& name : kCertificates) out.push_back(synth(name));
  return out;
}

std::vector<base::Bytes> cv_certificates() {
  std::vector<base::Bytes> out;
  const auto chains = vectors::load("ca_ta.json").at("generated_chain");
  for (const char* const algorithm : {"ecdsa_p256", "rsa_2048"}) {
    for (const char* const who : {"cvca1", "link_1_2", "dv", "is"}) {
      if (chains[algorithm].contains(who)) out.push_back(vectors::hex(chains[algorithm][who]["der"]));
    }
  }
  return out;
}

// The first certificate's key, asked for.
base::Bytes cv_request() {
  const auto read = cvc::format::parse_certificate(cv_certificates().front());
  const base::Bytes body = cvc::format::encode_request_body("VNCVCA00001", read.body.key, "VNDV00001");
  const base::Bytes inner = cvc::format::assemble(body, read.signature);
  return cvc::format::assemble_request(cvc::format::outer_signed_part(inner, "VNDV00000"), read.signature);
}

base::Bytes security_object() {
  sod::format::LdsSecurityObject object;
  object.version = 1;
  object.hashes = {{1, base::Bytes(32, 1)}, {2, base::Bytes(32, 2)}};
  object.lds_version = "0108";
  object.unicode_version = "040000";
  return sod::format::encode(object);
}

// Ours of version 1, those of others, and some that cannot be meant: a group twice, a seventeenth.
std::vector<base::Bytes> security_objects() {
  std::vector<base::Bytes> out{security_object(), content_of(synth("EF_SOD_ok_p256_sha256.bin")).value(),
                               content_of(synth("EF_SOD_ok_v1_ldsversion.bin")).value(),
                               content_of(synth("EF_SOD_ok_hash_sha512.bin")).value()};
  const base::Bytes second = base::hex("0201020420");
  for (const std::uint8_t number : base::hex("0111")) {
    base::Bytes wrong = security_object();
    *(std::search(wrong.begin(), wrong.end(), second.begin(), second.end()) + 2) = number;
    out.push_back(std::move(wrong));
  }
  return out;
}

}  // namespace

std::vector<Law> pki_laws() {
  return {
      {"TLV", {synth("EF_SOD_ok_p256_sha256.bin"), synth("EF_DG14.bin"), synth("masterlist_UTO.ml")}, tlv_law},
      {"X.509", certificates(), certificate_law},
      {"lint", certificates(), lint_law},
      {"CRL", {synth("crl_csca1.crl")}, crl_law},
      {"CVC", cv_certificates(), cv_certificate_law},
      {"CVC-request", {cv_request()}, cv_request_law},
      {"master-list", {synth("masterlist_UTO.ml")}, master_list_law},
      {"CSCA", {synth("csca1_p384.cer"), synth("csca2_bp384_explicit.cer")}, anchor_law},
      {"LDSSecurityObject", security_objects(), security_object_law},
      sod_law(),
  };
}

}  // namespace fuzz
