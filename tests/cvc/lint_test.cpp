// Every lint rule on CV certificates has a sample on which exactly it fires and a twin, one field apart, on which none
// does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "pki/asn1/tlv.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/issue/issue.h"
#include "pki/lint/rule.h"

namespace {

using base::Bytes;
using base::bytes_of;
namespace tag = cvc::format::tag;

// A certificate or request, field by field, nothing checked.
struct Object {
  Bytes profile{0}, authority, holder, bits, from, to;
  Bytes algorithm = base::hex("04007F00070202020203");
  std::map<asn1::Tag, Bytes> key;
  asn1::Oid terminal = cvc::format::kInspectionSystem;
  Bytes extensions;  // content of 65
  bool request = false, dates_first = false;

  Bytes build() const {
    asn1::TlvWriter numbers, body, outer, chat;
    numbers.put(tag::kOid, algorithm);
    for (const auto& [name, value] : key) numbers.put(name, value);
    chat.oid(terminal).put(tag::kDiscretionaryData, bits);
    body.put(tag::kProfile, profile).put(tag::kAuthorityReference, authority);
    body.put(tag::kPublicKey, numbers).put(tag::kHolderReference, holder);
    if (!request && !dates_first) body.put(tag::kChat, chat);
    if (!request) body.put(tag::kEffective, from).put(tag::kExpiration, to);
    if (!request && dates_first) body.put(tag::kChat, chat);
    if (!extensions.empty()) body.put(tag::kExtensions, extensions);
    outer.put(tag::kBody, body).put(tag::kSignature, Bytes(64, 0x11));
    return asn1::TlvWriter().put(tag::kCertificate, outer).take();
  }
};

const cvc::format::PublicKey& whole_key() {
  static const cvc::format::PublicKey kKey = [] {
    base::SeededRandom random(1);
    return cvc::issue::public_key_of(*keystore::generate(keystore::Curve::P256, random));
  }();
  return kKey;
}

Object cvca() {
  const auto& key = whole_key();
  Object made{.authority = bytes_of("VNCVCAVN001"), .holder = bytes_of("VNCVCAVN001"), .bits = {0xC3}};
  made.from = cvc::format::write_day(base::make_date(2026, 1, 1));
  made.to = cvc::format::write_day(base::make_date(2028, 1, 1));
  made.key = {{0x81, key.p},     {0x82, key.a},     {0x83, key.b},       {0x84, key.generator},
              {0x85, key.order}, {0x86, key.point}, {0x87, key.cofactor}};
  return made;
}

Object dv() {
  Object made = cvca();
  made.holder = bytes_of("VNDVPOLVN001");
  made.bits = {0x81};
  made.to = cvc::format::write_day(base::make_date(2026, 3, 1));
  made.key = {{0x86, whole_key().point}};
  return made;
}

Object link() {
  Object made = cvca();
  made.holder = bytes_of("VNCVCAVN002");
  return made;
}

std::vector<std::string> codes(base::ByteView object, base::ByteView issuer) {
  std::vector<std::string> out;
  const base::Findings findings = lint::lint(object, {.issuer = issuer});
  for (const base::Finding& finding : findings.list()) out.push_back(finding.code);
  return out;
}

// The extension that lets its holder work on files of biometrics (9303-10 §5.4.2).
Bytes biometrics_rights(Bytes bits) {
  asn1::TlvWriter one;
  one.oid(asn1::Oid("2.23.136.1.1.9.3.3")).put(tag::kDiscretionaryData, bits);
  return asn1::TlvWriter().put(tag::kExtension, one).take();
}

Object reading_biometrics() {
  Object made = dv();
  made.extensions = biometrics_rights({0x01, 0x40});
  return made;
}

// A DV's of the last weeks of its CVCA.
Object last_days(base::Date last) {
  Object made = dv();
  made.from = cvc::format::write_day(base::make_date(2027, 12, 1));
  made.to = cvc::format::write_day(last);
  return made;
}

struct Row {
  const char* rule;
  Object twin;
  std::function<void(Object&)> change;
};

std::vector<Row> rows() {
  const auto narrow = [](Object& o) { o.bits = {0x83}; };
  return {
      {"CVC_PROFILE_0", dv(), [](Object& o) { o.profile = {1}; }},
      {"CVC_FIELD_ORDER", dv(), [](Object& o) { o.dates_first = true; }},
      {"CVC_CHR_FORM", dv(), [](Object& o) { o.holder = bytes_of("VNDVPOLVN-01"); }},
      {"CVC_CHR_SEQUENCE_COUNTRY", dv(), [](Object& o) { o.holder = bytes_of("VNDVPOLLA001"); }},
      {"CVC_CAR_EQUALS_ISSUER_CHR", dv(), [](Object& o) { o.authority = bytes_of("VNCVCAVN007"); }},
      {"CVC_DOMAIN_PARAMETERS", cvca(), [](Object& o) { o.key.erase(0x83); }},
      {"CVC_LINK_NEW_PARAMETERS", link(),
       [](Object& o) {
         o.key = {{0x86, Bytes(97, 4)}};
       }},
      {"CVC_INTEGER_MINIMAL", cvca(), [](Object& o) { o.key[0x81].insert(o.key[0x81].begin(), 0); }},
      {"CVC_DATE_FORM", dv(), [](Object& o) { o.to = base::hex("020600020301"); }},
      {"CVC_VALIDITY_RANGE", dv(), [](Object& o) { o.to = cvc::format::write_day(base::make_date(2026, 1, 5)); }},
      {"CVC_SAME_ALGORITHM", dv(), [](Object& o) { o.algorithm = base::hex("04007F00070202020204"); }},
      {"CVC_RIGHTS_NOT_WIDER", dv(), narrow},
      {"CVC_TERMINAL_TYPE", dv(), [](Object& o) { o.terminal = cvc::format::kAuthenticationTerminal; }},
      {"CVC_ROLE_ORDER", last_days(base::make_date(2027, 12, 20)), [](Object& o) { o.bits = {0x01}; }},
      {"CVC_ISSUER_NOT_VALID", dv(), [](Object& o) { o.from = cvc::format::write_day(base::make_date(2025, 12, 31)); }},
      {"CVC_OUTLIVES_ISSUER", last_days(base::make_date(2028, 1, 1)),
       [](Object& o) { o.to = cvc::format::write_day(base::make_date(2028, 1, 2)); }},
      {"CVC_LDS2_WRITE_NEEDS_MORE", reading_biometrics(),
       [](Object& o) {
         o.extensions = biometrics_rights({0x01, 0x80});
       }},
  };
}

class CvcLintPairTest : public testing::TestWithParam<Row> {};

TEST_P(CvcLintPairTest, ExactlyTheRuleFiresOnItsSampleAndNothingOnTheTwin) {
  const Row& row = GetParam();
  Object authority = cvca();
  authority.bits = {0xC1};  // no iris: who asks for it asks for more
  const bool root = row.twin.authority == row.twin.holder;
  const Bytes issuer = root ? Bytes{} : authority.build();
  Object twin = row.twin;
  if (twin.bits == Bytes{0xC3} && !root) twin.bits = {0xC1};
  Object sample = twin;
  row.change(sample);
  EXPECT_THAT(codes(twin.build(), issuer), testing::IsEmpty());
  EXPECT_THAT(codes(sample.build(), issuer), testing::ElementsAre(row.rule));
}

INSTANTIATE_TEST_SUITE_P(EveryRule, CvcLintPairTest, testing::ValuesIn(rows()),
                         [](const auto& tested) { return std::string(tested.param.rule); });

TEST(CvcLintPairsTest, ARequestIsSignedByItsOwnKey) {
  base::SeededRandom random(2);
  const auto key = keystore::generate(keystore::Curve::P256, random);
  Bytes request = cvc::issue::make_request(*key, "VNDVPOLVN001", "VNCVCAVN001");
  EXPECT_THAT(codes(request, {}), testing::IsEmpty());
  request.back() ^= 1;
  EXPECT_THAT(codes(request, {}), testing::ElementsAre("CVREQ_INNER_SIGNATURE"));
  request.back() ^= 1;
  const Bytes point = cvc::issue::public_key_of(*key).point;
  const auto at = std::search(request.begin(), request.end(), point.begin(), point.end());
  *(at + static_cast<std::ptrdiff_t>(point.size()) - 1) ^= 1;  // off its curve
  EXPECT_THAT(codes(request, {}), testing::ElementsAre("CVREQ_INNER_SIGNATURE"));
}

// A DV that was certified before, and its successor's key.
TEST(CvcLintPairsTest, AKnownHoldersRequestIsSignedByItsCertifiedKey) {
  base::SeededRandom random(3);
  const auto before = keystore::generate(keystore::Curve::P256, random),
             next = keystore::generate(keystore::Curve::P256, random);
  Object certified = dv();
  certified.key = {{0x86, cvc::issue::public_key_of(*before).point}};
  const lint::History history{.cv_certificates = {certified.build()}};
  const lint::CvKeys keys{cvc::format::encode(cvc::issue::public_key_of(*before)), {}};
  const auto judged = [&](const Bytes& request, const lint::History* known) {
    return lint::lint(request,
                      {.history = known, .as_of = *base::parse_rfc3339("2026-02-01T00:00:00Z"), .cv_keys = &keys})
        .failing_codes();
  };
  const Bytes inner = cvc::issue::make_request(*next, "VNDVPOLVN002", "VNCVCAVN001");
  const Bytes whole = cvc::issue::countersign(inner, *before, "VNDVPOLVN001");
  EXPECT_THAT(judged(whole, &history), testing::IsEmpty());
  EXPECT_THAT(judged(inner, nullptr), testing::IsEmpty());
  EXPECT_THAT(judged(inner, &history), testing::ElementsAre("CVREQ_OUTER_SIGNATURE"));
  EXPECT_THAT(judged(cvc::issue::countersign(inner, *next, "VNDVPOLVN001"), &history),
              testing::ElementsAre("CVREQ_OUTER_SIGNATURE"));
  EXPECT_THAT(judged(cvc::issue::countersign(inner, *before, "VNDVPOLVN009"), &history),
              testing::ElementsAre("CVREQ_OUTER_SIGNATURE"));
}

TEST(CvcLintPairsTest, EveryRuleHasItsPair) {
  std::set<std::string> paired{"CVREQ_INNER_SIGNATURE", "CVREQ_OUTER_SIGNATURE"};
  for (const Row& row : rows()) paired.insert(row.rule);
  for (const lint::Rule& rule : lint::rules()) {
    if (!rule.id.starts_with("CVC_") && !rule.id.starts_with("CVREQ_")) continue;
    EXPECT_TRUE(paired.count(std::string(rule.id)) == 1) << rule.id;
  }
}

}  // namespace
