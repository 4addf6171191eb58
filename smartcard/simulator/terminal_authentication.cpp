#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>

#include <string>

#include "pki/asn1/tlv.h"
#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/fields.h"
#include "smartcard/simulator/extended_access.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

using cvc::format::Certificate;
using cvc::format::Role;

constexpr apdu::StatusWord kReferenceDataUnusable{0x6984};

// The one data object 83 { reference }; throws asn1::Malformed.
std::string reference_in(base::ByteView data) {
  asn1::TlvReader in(data);
  const base::ByteView value = in.need(0x83);
  in.end();
  return cvc::format::read_reference(value);
}

std::string hash_name(cvc::format::Hash hash) {
  switch (hash) {
    case cvc::format::Hash::Sha1:
      return "SHA-1";
    case cvc::format::Hash::Sha224:
      return "SHA-224";
    case cvc::format::Hash::Sha256:
      return "SHA-256";
    case cvc::format::Hash::Sha384:
      return "SHA-384";
    default:
      return "SHA-512";
  }
}

Botan::BigInt number_of(base::ByteView bytes) {
  return Botan::BigInt(bytes.data(), bytes.size());
}

// A well-known curve by its name, which Botan loads without proving primes.
Botan::EC_Group group_of(const cvc::format::PublicKey& key) {
  if (const char* const name = curve_name_of_prime(key.p)) {
    Botan::EC_Group known(name);
    const std::size_t field = (key.generator.size() - 1) / 2;
    const base::ByteView generator = key.generator;
    if (known.get_a() != number_of(key.a) || known.get_b() != number_of(key.b) ||
        known.get_order() != number_of(key.order) || known.get_g_x() != number_of(generator.subspan(1, field)) ||
        known.get_g_y() != number_of(generator.subspan(1 + field))) {
      throw Botan::Invalid_Argument("not the curve of its prime");
    }
    return known;
  }
  throw Botan::Invalid_Argument("no standardized curve");
}

bool is_expired(const cvc::format::Body& body, base::ByteView date) {
  return !date.empty() && body.expiration < cvc::format::read_day(date);
}

}  // namespace

bool verify_signature(const cvc::format::PublicKey& key, base::ByteView data, base::ByteView signature) {
  const cvc::format::Algorithm* const algorithm = cvc::format::algorithm_of(key.algorithm);
  if (algorithm == nullptr || !key.has_parameters()) return false;
  const std::string hash = hash_name(algorithm->hash);
  try {
    if (algorithm->scheme == cvc::format::Scheme::Ecdsa) {
      const Botan::EC_Group group = group_of(key);
      const Botan::ECDSA_PublicKey verifier_key(group, group.OS2ECP(key.point.data(), key.point.size()));
      Botan::PK_Verifier verifier(verifier_key, "EMSA1(" + hash + ")");
      return verifier.verify_message(data.data(), data.size(), signature.data(), signature.size());
    }
    const Botan::RSA_PublicKey verifier_key(number_of(key.modulus), number_of(key.exponent));
    const bool pss = algorithm->scheme == cvc::format::Scheme::RsaPss;
    Botan::PK_Verifier verifier(verifier_key, (pss ? "PSSR(" : "EMSA3(") + hash + ")");
    return verifier.verify_message(data.data(), data.size(), signature.data(), signature.size());
  } catch (const Botan::Exception&) {
    return false;
  }
}

apdu::StatusWord TerminalAuthentication::set_dst(base::ByteView data) {
  dst_.reset();
  terminal_.reset();
  rights_.reset();
  named_key_.clear();
  try {
    const std::string reference = reference_in(data);
    if (imported_ && imported_->name == reference) {
      dst_ = imported_;
      return kDone;
    }
    for (const base::Bytes& file : (*memory_)->trust_points) {
      const Certificate certificate = cvc::format::parse_certificate(file);
      if (certificate.body.holder != reference) continue;
      if (is_expired(certificate.body, (*memory_)->date)) return kReferenceDataUnusable;
      dst_ = Holder{reference, certificate.body.key, certificate.body.chat};
      return kDone;
    }
    return kReferenceNotFound;
  } catch (const asn1::Malformed&) {
    return kWrongData;
  }
}

apdu::StatusWord TerminalAuthentication::verify_certificate(base::ByteView data) {
  if (!dst_) return kConditionsNotSatisfied;
  apdu::StatusWord sw = kWrongData;
  try {
    const Certificate certificate = cvc::format::parse_certificate(asn1::TlvWriter{}.put(0x7F21, data).view());
    sw = judge(certificate);
    if (sw.ok()) import(certificate);
  } catch (const asn1::Malformed&) {
    sw = kWrongData;
  }
  dst_.reset();
  return sw;
}

// TR-03110-3 C.3: who may certify whom, and when.
apdu::StatusWord TerminalAuthentication::judge(const Certificate& certificate) const {
  const cvc::format::Body& body = certificate.body;
  if (body.authority != dst_->name) return kAuthenticationFailed;
  if (!body.extensions.empty() || body.expiration < body.effective) return kWrongData;  // it knows no extension
  if (body.chat.terminal_type != cvc::format::kInspectionSystem) return kWrongData;
  const Role issuer = dst_->chat.role();
  const Role subject = body.chat.role();
  const bool right_order = issuer == Role::Cvca ? subject == Role::Cvca || body.chat.is_dv()
                           : dst_->chat.is_dv() ? subject == Role::Terminal
                                                : false;
  if (!right_order) return kConditionsNotSatisfied;
  if (subject == Role::Cvca && !body.key.has_parameters()) return kWrongData;
  ++memory_->effort().verifications;
  if (!verify_signature(dst_->key, certificate.signed_part, certificate.signature)) return kAuthenticationFailed;
  if (is_expired(body, (*memory_)->date)) return kReferenceDataUnusable;
  return kDone;
}

void TerminalAuthentication::import(const Certificate& certificate) {
  const cvc::format::Body& body = certificate.body;
  const bool link = body.chat.role() == Role::Cvca;
  const bool domestic = body.chat.role() != Role::ForeignDv && dst_->chat.role() != Role::ForeignDv;
  if (link) {  // the new one, and the one that certified it: in one write, with the date
    std::vector<base::Bytes>& points = memory_->change().trust_points;
    std::vector<base::Bytes> kept{certificate.whole};
    for (const base::Bytes& file : points) {
      if (cvc::format::parse_certificate(file).body.holder == dst_->name) kept.push_back(file);
    }
    points = std::move(kept);
  }
  if (domestic && ((*memory_)->date.empty() || cvc::format::read_day((*memory_)->date) < body.effective)) {
    memory_->change().date = cvc::format::write_day(body.effective);
  }
  const cvc::format::PublicKey key =
      body.key.has_parameters() ? body.key : cvc::format::with_parameters(body.key, dst_->key);
  imported_ = Holder{body.holder, key, link ? body.chat : cvc::format::both(body.chat, dst_->chat)};
}

apdu::StatusWord TerminalAuthentication::set_at(base::ByteView data) {
  terminal_.reset();
  rights_.reset();
  named_key_.clear();
  try {
    asn1::TlvReader in(data);
    const auto protocol = in.maybe(0x80);
    const std::string reference = cvc::format::read_reference(in.need(0x83));
    const base::ByteView key = protocol ? in.need(0x91) : base::ByteView{};  // auxiliary data (67) is not known here
    in.end();
    if (!imported_ || imported_->name != reference) return kReferenceNotFound;
    if (imported_->chat.role() != Role::Terminal) return kConditionsNotSatisfied;
    if (protocol) {
      if (!wanted_) return kConditionsNotSatisfied;
      if (key.empty() || !base::equal(*protocol, imported_->key.algorithm.content())) return kWrongData;
      named_key_.assign(key.begin(), key.end());
    }
    terminal_ = imported_;
    return kDone;
  } catch (const asn1::Malformed&) {
    return kWrongData;
  }
}

apdu::StatusWord TerminalAuthentication::authenticate(base::ByteView signed_data, base::ByteView signature) {
  const std::optional<Holder> terminal = std::exchange(terminal_, std::nullopt);
  if (!terminal) return kConditionsNotSatisfied;
  ++memory_->effort().verifications;
  if (!verify_signature(terminal->key, signed_data, signature)) return kAuthenticationFailed;
  const bool version_2 = !named_key_.empty();
  rights_ = version_2 ? cvc::format::both(terminal->chat, *wanted_).rights() : terminal->chat.rights();
  return kDone;
}

base::Bytes document_number_of(base::ByteView dg1) {
  std::string mrz;
  try {
    asn1::TlvReader outer(dg1);
    asn1::TlvReader inner(outer.need(0x61));
    mrz = base::text_of(inner.need(0x5F1F));
  } catch (const asn1::Malformed&) {
    return {};
  }
  const std::size_t at = mrz.size() == 90 ? 5 : mrz.size() == 72 ? 36 : mrz.size() == 88 ? 44 : 0;
  if (at == 0) return {};
  std::string number = mrz.substr(at, 10);
  if (mrz.size() == 90 && number.back() == '<') {  // 9303-5 §4.2.2.2: a long number goes on in the optional data
    const std::string rest = mrz.substr(15, 15);
    number.pop_back();
    number += rest.substr(0, rest.find('<'));
  }
  return base::bytes_of(number);
}

base::Bytes cvca_file(const State& state) {
  asn1::TlvWriter out;
  for (const base::Bytes& file : state.trust_points) out.put(0x42, cvc::format::parse_certificate(file).body.holder);
  base::Bytes bytes = out.take();
  bytes.resize(36);
  return bytes;
}

}  // namespace simulator
