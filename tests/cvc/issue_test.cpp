// Our own CVCA, DV and inspection systems: what lint() lets through is signed, and the judge agrees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/issue/issue.h"
#include "pki/cvc/judge/chain.h"
#include "pki/lint/rule.h"

namespace {

using namespace cvc;
using keystore::Curve;
using testing::ElementsAre;
using testing::IsEmpty;

const base::Date kToday = base::make_date(2026, 11, 27);

std::unique_ptr<keystore::SigningKey> key_on(Curve curve, std::uint64_t seed) {
  base::SeededRandom random(seed);
  return keystore::generate(curve, random);
}

base::Bytes spent(std::variant<issue::LintedCertificate, base::Findings> linted, const keystore::SigningKey& key) {
  auto* const permit = std::get_if<issue::LintedCertificate>(&linted);
  if (permit == nullptr) {
    for (const auto& code : std::get<base::Findings>(linted).failing_codes()) ADD_FAILURE() << code;
    return {};
  }
  return issue::sign(std::move(*permit), key);
}

// A CVCA, a DV's and a reader's request, all on one curve.
class CvcIssueTest : public testing::TestWithParam<Curve> {
 protected:
  void SetUp() override {
    cvca_body = issue::cvca_draft(issue::public_key_of(*cvca_key), "VNCVCAVN001", {true, true},
                                  issue::term_from(kToday, issue::kCvcaDays));
    cvca = format::parse_certificate(spent(issue::lint(*cvca_body, context(nullptr, *cvca_key, *cvca_key)), *cvca_key));
  }
  static issue::LintContext context(const format::Certificate* issuer, const keystore::SigningKey& issuer_key,
                                    const keystore::SigningKey& holder_key) {
    return {issuer, issue::public_key_of(issuer_key), issue::public_key_of(holder_key), kToday};
  }
  format::Request request(const keystore::SigningKey& key, const char* holder) const {
    return format::parse_request(issue::make_request(key, holder, cvca->body.holder));
  }
  format::Body dv_body() const {
    return issue::dv_draft(*cvca, request(*dv_key, "VNDVPOLVN001"), format::Role::DomesticDv, {true, false},
                           issue::term_from(kToday, issue::kDvDays));
  }
  std::vector<std::string> refusals(const format::Body& draft) const {
    const auto linted = issue::lint(draft, context(&*cvca, *cvca_key, *dv_key));
    const auto* const findings = std::get_if<base::Findings>(&linted);
    return findings == nullptr ? std::vector<std::string>{} : findings->failing_codes();
  }

  std::unique_ptr<keystore::SigningKey> cvca_key = key_on(GetParam(), 1), dv_key = key_on(GetParam(), 2),
                                        is_key = key_on(GetParam(), 3);
  std::optional<format::Body> cvca_body;
  std::optional<format::Certificate> cvca;
};

INSTANTIATE_TEST_SUITE_P(Curves, CvcIssueTest,
                         testing::Values(Curve::P256, Curve::BrainpoolP256r1, Curve::BrainpoolP384r1,
                                         Curve::BrainpoolP512r1, keystore::KeyKind::Rsa3072));

TEST_P(CvcIssueTest, MakesAChainThatTheJudgeBelieves) {
  const auto dv =
      format::parse_certificate(spent(issue::lint(dv_body(), context(&*cvca, *cvca_key, *dv_key)), *cvca_key));
  const auto draft = issue::inspection_system_draft(
      dv, request(*is_key, "VNISGATE7VN001"), {true, false},
      issue::term_within(std::chrono::sys_days(kToday), issue::kInspectionSystemDays, dv));
  const auto reader = format::parse_certificate(spent(issue::lint(draft, context(&dv, *dv_key, *is_key)), *dv_key));
  const auto judgement = judge::judge_chain(reader, {dv}, {*cvca}, kToday);
  EXPECT_TRUE(judgement.good());
  EXPECT_TRUE(judgement.findings.empty());
  EXPECT_EQ(judgement.effective.rights(), (format::Rights{true, false}));
}

TEST_P(CvcIssueTest, LinksItsSuccessor) {
  const auto next_key = key_on(Curve::BrainpoolP384r1, 9);
  auto body = issue::cvca_draft(issue::public_key_of(*next_key), "VNCVCAVN002", {true, true},
                                issue::term_from(kToday, issue::kCvcaDays));
  const auto link = format::parse_certificate(
      spent(issue::lint(issue::link_draft(*cvca, body), context(&*cvca, *cvca_key, *next_key)), *cvca_key));
  const auto next =
      format::parse_certificate(spent(issue::lint(body, context(nullptr, *next_key, *next_key)), *next_key));
  EXPECT_TRUE(judge::judge_chain(next, {link}, {*cvca}, kToday).good());
}

using CvcLintTest = CvcIssueTest;
INSTANTIATE_TEST_SUITE_P(OneCurve, CvcLintTest, testing::Values(Curve::BrainpoolP256r1));

TEST_P(CvcLintTest, RefusesEachWrongDraft) {
  EXPECT_THAT(refusals(dv_body()), IsEmpty());
  const auto with = [&](auto change) {
    format::Body body = dv_body();
    change(body);
    return refusals(body);
  };
  EXPECT_THAT(with([](auto& body) { body.holder = "VN00001"; }), ElementsAre("CVC_CHR_FORM"));
  EXPECT_THAT(with([](auto& body) { body.holder = "VNDVPOL00001"; }), ElementsAre("CVC_CHR_SEQUENCE_COUNTRY"));
  EXPECT_THAT(with([](auto& body) { body.authority = "VNCVCAVN009"; }), ElementsAre("CVC_CAR_EQUALS_ISSUER_CHR"));
  EXPECT_THAT(with([&](auto& body) { body.key = issue::public_key_of(*dv_key); }),
              ElementsAre("CVC_DOMAIN_PARAMETERS"));
  EXPECT_THAT(with([](auto& body) { std::swap(body.effective, body.expiration); }), ElementsAre("CVC_DATE_FORM"));
  EXPECT_THAT(with([](auto& body) { body.chat = format::inspection_chat(format::Role::Terminal, {}); }),
              ElementsAre("CVC_ROLE_ORDER"));
  EXPECT_THAT(with([](auto& body) { body.chat.bits = {0xBF}; }), ElementsAre("CVC_RIGHTS_NOT_WIDER"));
  EXPECT_THAT(with([](auto& body) { body.expiration = base::make_date(2040, 1, 1); }),
              ElementsAre("CVC_OUTLIVES_ISSUER"));
}

TEST_P(CvcLintTest, RefusesAKeyOnAnotherCurve) {
  dv_key = key_on(Curve::P256, 2);
  EXPECT_THAT(refusals(dv_body()), ElementsAre("CVC_SAME_ALGORITHM"));
}

TEST_P(CvcLintTest, RemarksOnAnUnusualTerm) {
  format::Body body = dv_body();
  body.expiration = body.effective;
  const auto linted = issue::lint(body, context(&*cvca, *cvca_key, *dv_key));
  EXPECT_TRUE(std::get<issue::LintedCertificate>(linted).remarks().has("CVC_VALIDITY_RANGE"));
}

TEST_P(CvcLintTest, SignsWithTheIssuersKeyAlone) {
  auto linted = issue::lint(dv_body(), context(&*cvca, *cvca_key, *dv_key));
  EXPECT_THROW((void)issue::sign(std::move(std::get<issue::LintedCertificate>(linted)), *dv_key), base::Error);
}

TEST_P(CvcLintTest, RequestsProveTheirKeyAndTheirPast) {
  const auto next_key = key_on(GetParam(), 4);
  const base::Bytes inner = issue::make_request(*next_key, "VNDVPOLVN002", cvca->body.holder);
  const base::Bytes whole = issue::countersign(inner, *dv_key, "VNDVPOLVN001");
  const format::Request read = format::parse_request(whole);
  EXPECT_EQ(read.holder, "VNDVPOLVN002");
  EXPECT_EQ(read.authority, "VNCVCAVN001");
  EXPECT_EQ(read.outer->authority, "VNDVPOLVN001");

  const lint::History history{
      .cv_certificates = {spent(issue::lint(dv_body(), context(&*cvca, *cvca_key, *dv_key)), *cvca_key)}};
  const lint::CvKeys keys{format::encode(issue::public_key_of(*cvca_key)), {}};
  const auto codes = [&](const base::Bytes& request) {
    return lint::lint(request, {.history = &history, .cv_keys = &keys}).failing_codes();
  };
  EXPECT_THAT(codes(whole), testing::IsEmpty());
  EXPECT_THAT(codes(inner), ElementsAre("CVREQ_OUTER_SIGNATURE"));
  EXPECT_THAT(codes(issue::countersign(inner, *is_key, "VNDVPOLVN001")), ElementsAre("CVREQ_OUTER_SIGNATURE"));
  EXPECT_THAT(codes(issue::countersign(inner, *dv_key, "VNDVOTHER001")), ElementsAre("CVREQ_OUTER_SIGNATURE"));
}

}  // namespace
