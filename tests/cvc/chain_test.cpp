// Chains of other people's certificates: who certifies whom, until when, and what the last one may read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/cvc/judge/chain.h"
#include "pki/cvc/judge/signature.h"
#include "tests/support/vectors.h"

namespace {

using cvc::format::Certificate;
using cvc::format::parse_certificate;
using cvc::judge::judge_chain;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

const base::Date kDay = base::make_date(2026, 3, 1);

Certificate synthetic(const char* name, const char* family = "ecdsa_p256") {
  return parse_certificate(vectors::hex(vectors::load("ca_ta.json")["generated_chain"][family][name]["der"]));
}

std::vector<std::string> holders(const cvc::judge::Judgement& judgement) {
  std::vector<std::string> out;
  for (const Certificate& certificate : judgement.path) out.push_back(certificate.body.holder);
  return out;
}

// What stands in the way of this one, between the old CVCA, its link, and the domestic DV.
std::vector<std::string> refusals(const char* name, base::Date day = kDay) {
  return judge_chain(synthetic(name), {synthetic("dv"), synthetic("link_1_2")}, {synthetic("cvca1")}, day)
      .findings.failing_codes();
}

TEST(CvcChainTest, FollowsALinkFromTheOldAnchor) {
  const auto judgement =
      judge_chain(synthetic("is"), {synthetic("dv"), synthetic("link_1_2")}, {synthetic("cvca1")}, kDay);
  EXPECT_TRUE(judgement.good());
  EXPECT_TRUE(judgement.findings.empty());
  EXPECT_THAT(holders(judgement), ElementsAre("UTCVCA00001", "UTCVCA00002", "UTDVDE00001", "UTISDE00001"));
  EXPECT_EQ(judgement.effective.rights(), (cvc::format::Rights{true, true}));
}

TEST(CvcChainTest, StandsOnTheNewAnchorWithoutTheLink) {
  const auto judgement = judge_chain(synthetic("is_dg3_only"), {synthetic("dv")}, {synthetic("cvca2")}, kDay);
  EXPECT_TRUE(judgement.good());
  EXPECT_EQ(judgement.effective.rights(), (cvc::format::Rights{true, false}));
}

TEST(CvcChainTest, FollowsRsa) {
  EXPECT_TRUE(
      judge_chain(synthetic("is", "rsa_2048"), {synthetic("dv", "rsa_2048")}, {synthetic("cvca", "rsa_2048")}, kDay)
          .good());
}

TEST(CvcChainTest, NamesWhatIsWrong) {
  EXPECT_THAT(refusals("is"), IsEmpty());
  EXPECT_THAT(refusals("is_bad_signature"), ElementsAre("CVC_SIGNATURE"));
  EXPECT_THAT(refusals("is_expired"), ElementsAre("CVC_EXPIRED"));
  EXPECT_THAT(refusals("is_signed_by_cvca"), ElementsAre("CVC_ROLE_ORDER"));
  EXPECT_THAT(refusals("dv_claims_cvca_role"), testing::Contains("CVC_ROLE_ORDER"));
  EXPECT_THAT(refusals("is", base::make_date(2025, 12, 31)), ElementsAre("CVC_NOT_YET_VALID"));
  EXPECT_THAT(refusals("is", base::make_date(2026, 7, 1)), IsEmpty());  // its last day
  EXPECT_THAT(refusals("is", base::make_date(2026, 7, 2)), ElementsAre("CVC_EXPIRED"));
}

TEST(CvcChainTest, NamesTheMissingIssuer) {
  const auto judgement = judge_chain(synthetic("is"), {synthetic("dv")}, {synthetic("cvca1")}, kDay);
  EXPECT_THAT(judgement.findings.failing_codes(), ElementsAre("CVC_ISSUER_UNKNOWN"));
  EXPECT_THAT(judgement.findings.list().front().text, testing::HasSubstr("UTCVCA00002"));
  EXPECT_FALSE(judgement.good());
}

TEST(CvcChainTest, IsNotLedInCircles) {
  // cvca2 is self-signed and no anchor: names lead to itself for ever.
  const auto judgement = judge_chain(synthetic("cvca2"), {synthetic("cvca2")}, {synthetic("cvca1")}, kDay);
  EXPECT_FALSE(judgement.good());
}

TEST(CvcChainTest, JudgesTheDutchTestPassportsChains) {
  const json file = vectors::load("ca_ta.json");
  const auto chain = [&](std::size_t example) {
    std::vector<Certificate> out;
    for (const json& one : file["cases"][example]["certificates"]) {
      out.push_back(parse_certificate(vectors::hex(one["der"])));
    }
    return out;
  };
  const auto old_chain = chain(2), new_chain = chain(3);
  const auto day = base::make_date(2009, 6, 1);
  EXPECT_TRUE(judge_chain(old_chain[2], {old_chain[1]}, {old_chain[0]}, day).good());
  // The newer one stands on the older anchor by its link.
  const auto linked = judge_chain(new_chain[2], {new_chain[0], new_chain[1]}, {old_chain[0]}, day);
  EXPECT_TRUE(linked.good());
  EXPECT_EQ(linked.path.size(), 4U);
  EXPECT_EQ(linked.effective.rights(), (cvc::format::Rights{true, false}));
}

TEST(CvcChainTest, SeesAnAuthenticationTerminalUnderAnInspectionAuthority) {
  const json file = vectors::load("ca_ta.json");
  const json& certificates = file["cases"][0]["certificates"];
  const auto one = [&](const char* name) { return parse_certificate(vectors::hex(certificates[name]["der"])); };
  const auto judgement = judge_chain(one("terminal"), {one("dv")}, {one("cvca")}, base::make_date(2010, 10, 1));
  EXPECT_THAT(judgement.findings.failing_codes(), ElementsAre("CVC_TERMINAL_TYPE"));
  EXPECT_EQ(judgement.path.size(), 3U);  // and every signature of it holds
}

TEST(CvcChainTest, TrustsNoOddCurve) {
  Certificate anchor = synthetic("cvca2");
  cvc::format::PublicKey key = anchor.body.key;
  key.generator = key.point;  // G' = Q: whoever knows Q's number signs for anybody
  EXPECT_FALSE(cvc::judge::VerifyingKey(key).usable());
  EXPECT_TRUE(cvc::judge::VerifyingKey(anchor.body.key).usable());
}

}  // namespace
