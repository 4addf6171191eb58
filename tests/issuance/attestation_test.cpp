// Statements of confirming officers and of batches: what is believed, and what the register makes of it.

#include "issuance/attestation/attestation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "issuance/attestation/sources.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"

namespace {

using attestation::Attestation;
using attestation::OfficerBook;
using testing::ElementsAre;
using testing::HasSubstr;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T02:00:00Z");
const base::Date kBirth = base::make_date(1990, 1, 1);
const std::string kHash = evidence::sha256_text("document");

class Attestations : public testing::Test {
 protected:
  struct Known {
    attestation::Officer officer;
    std::unique_ptr<keystore::SigningKey> key;
  };

  Attestations() {
    clerk_ = officer("H-1", "hoa", "001-HT-0001", "civil-status", 1);
    police_ = officer("T-1", "tam", "001-CT-0001", "provincial-police", 2);
    police_2_ = officer("T-1", "tam.2", "079-BCA-1", "ministry-police", 3);
    book_.add(clerk_.officer, "test");
    book_.add(police_.officer, "test");
    book_.add(police_2_.officer, "test");
  }

  static Known officer(const char* person, const char* account, const char* office, const char* force,
                       std::uint64_t seed) {
    base::SeededRandom random(seed);
    auto key = keystore::generate(keystore::Curve::P256, random);
    attestation::Officer officer{
        person, account, office, force, key->public_key_named(), base::make_date(2020, 1, 1), std::nullopt};
    return {std::move(officer), std::move(key)};
  }

  static Attestation about(const Known& by, const char* kind = "citizenship") {
    return {.number = "001090000000",
            .kind = kind,
            .late = false,
            .account = by.officer.account,
            .office = by.officer.office,
            .force = by.officer.force,
            .evidence = "birth-record",
            .evidence_sha256 = kHash,
            .at = kNow,
            .nonce = "AAAAAAAAAAAAAAAAAAAAAA"};
  }

  std::vector<std::string> refusal(const std::string& jws) const {
    const auto opened = attestation::open(jws, book_);
    const auto* const findings = std::get_if<base::Findings>(&opened);
    return findings != nullptr ? findings->failing_codes() : std::vector<std::string>{};
  }

  attestation::SourceStatement batch(const Known& by) const {
    return {.id = "HN-2026-01",
            .file_sha256 = kHash,
            .persons = 1000,
            .late = false,
            .account = by.officer.account,
            .office = by.officer.office,
            .force = by.officer.force,
            .evidence = "birth-record",
            .at = kNow,
            .nonce = "AAAAAAAAAAAAAAAAAAAAAA"};
  }
  std::vector<std::string> refusal(const std::vector<std::string>& batch) const {
    const auto opened = attestation::open_source(batch, book_);
    const auto* const findings = std::get_if<base::Findings>(&opened);
    return findings != nullptr ? findings->failing_codes() : std::vector<std::string>{};
  }

  Known clerk_, police_, police_2_;  // police_2_ is the same person elsewhere
  OfficerBook book_;
};

TEST_F(Attestations, AnOfficersStatementIsBelieved) {
  const auto opened = attestation::open(sign(about(clerk_), *clerk_.key), book_);
  ASSERT_TRUE(std::holds_alternative<attestation::Opened>(opened));
  EXPECT_EQ(std::get<attestation::Opened>(opened).content, about(clerk_));
  EXPECT_EQ(std::get<attestation::Opened>(opened).person, "H-1");
}

TEST_F(Attestations, NobodySpeaksForAnotherOfficer) {
  EXPECT_THAT(refusal(sign(about(clerk_), *police_.key)), ElementsAre("ATTESTATION_OFFICE_DIFFERS"));
  const auto stranger = officer("X", "x", "001-HT-0001", "civil-status", 9);
  EXPECT_THAT(refusal(sign(about(stranger), *stranger.key)), ElementsAre("ATTESTATION_NOT_TRUSTED"));
  auto forged = sign(about(clerk_), *clerk_.key);
  forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_THAT(refusal(forged), ElementsAre("ATTESTATION_NOT_TRUSTED"));
  EXPECT_THAT(refusal(std::string("no statement")), ElementsAre("ATTESTATION_NOT_TRUSTED"));
}

TEST_F(Attestations, AStatementOfAnotherTypeIsNoAttestation) {
  const auto jws = evidence::sign_statement("approval", to_json(about(clerk_)), *clerk_.key);
  EXPECT_THAT(refusal(jws), ElementsAre("ATTESTATION_NOT_TRUSTED"));
}

TEST_F(Attestations, NobodyClaimsAnotherOfficeForceOrAccount) {
  for (auto change : {+[](Attestation& a) { a.office = "079-HT-0001"; }, +[](Attestation& a) { a.force = "court"; },
                      +[](Attestation& a) { a.account = "tam"; }}) {
    auto a = about(clerk_);
    change(a);
    EXPECT_THAT(refusal(sign(a, *clerk_.key)), ElementsAre("ATTESTATION_OFFICE_DIFFERS"));
  }
}

TEST_F(Attestations, WhoLeftTheOfficeConfirmsNoMore) {
  ASSERT_TRUE(book_.end("hoa", base::make_date(2026, 11, 22)));
  EXPECT_THAT(refusal(sign(about(clerk_), *clerk_.key)), ElementsAre("ATTESTATION_OUT_OF_TERM"));
  auto earlier = about(clerk_);
  earlier.at = kNow - std::chrono::days{1};
  EXPECT_THAT(refusal(sign(earlier, *clerk_.key)), testing::IsEmpty());
  earlier.at = *base::parse_rfc3339("2019-12-31T00:00:00Z");
  EXPECT_THAT(refusal(sign(earlier, *clerk_.key)), ElementsAre("ATTESTATION_OUT_OF_TERM"));
}

TEST_F(Attestations, EveryMemberIsThereAndOfItsForm) {
  const auto good = to_json(about(clerk_));
  ASSERT_TRUE(attestation::attestation_from_json(good));
  const auto malformed = [&](const char* member, nlohmann::json value) {
    auto json = good;
    json[member] = std::move(value);
    EXPECT_FALSE(attestation::attestation_from_json(json)) << member;
    EXPECT_THAT(refusal(evidence::sign_statement("attestation", json, *clerk_.key)),
                ElementsAre("ATTESTATION_MALFORMED"));
  };
  malformed("number", "00109000000");
  malformed("kind", "wealth");
  malformed("late", "no");
  malformed("force", "army");
  malformed("evidence", "rumour");
  malformed("evidence_sha256", "AAAA");
  malformed("nonce", "");
  malformed("at", "yesterday");
  malformed("vip", true);
  for (const auto& [member, value] : good.items()) {
    auto json = good;
    json.erase(member);
    EXPECT_FALSE(attestation::attestation_from_json(json)) << member;
  }
}

TEST_F(Attestations, NothingIsDatedBackOrForward) {
  const auto codes = [](base::Moment at, base::Moment now) {
    base::Findings findings;
    Attestation a;
    a.at = at;
    check_time(a, now, findings);
    return findings.failing_codes();
  };
  EXPECT_THAT(codes(kNow, kNow + std::chrono::days{7}), testing::IsEmpty());
  EXPECT_THAT(codes(kNow, kNow + std::chrono::days{7} + std::chrono::seconds{1}), ElementsAre("ATTESTATION_STALE"));
  EXPECT_THAT(codes(kNow + std::chrono::minutes{5}, kNow), testing::IsEmpty());
  EXPECT_THAT(codes(kNow + std::chrono::minutes{6}, kNow), ElementsAre("ATTESTATION_STALE"));
}

TEST_F(Attestations, TheRegisterSaysWhatIsLateAndNotTheOfficer) {
  const attestation::Opened birth{about(clerk_, "birth"), "H-1", kHash};
  const attestation::Opened citizenship{about(police_), "T-1", kHash};
  const auto late = [&](base::Date born, const std::vector<document::Attested>& batch = {}) {
    const auto rows = attestation::attested(std::vector{birth, citizenship}, batch, born);
    return std::ranges::any_of(rows, &document::Attested::late);
  };
  EXPECT_TRUE(late(kBirth));
  EXPECT_FALSE(late(base::make_date(2026, 9, 24))) << "sixty days";
  EXPECT_TRUE(late(base::make_date(2026, 9, 23))) << "sixty-one days";
  const document::Attested vouched{.kind = "birth",
                                   .late = false,
                                   .office = "001-HT-0001",
                                   .force = "civil-status",
                                   .officer = "H-1",
                                   .evidence = "birth-record",
                                   .on = "2026-01-05",
                                   .statement_sha256 = kHash};
  EXPECT_FALSE(late(kBirth, {vouched}));
}

TEST_F(Attestations, TheAnswerNamesThePersonBehindTheAccountAndTheDayInVietNam) {
  auto content = about(police_2_);
  content.at = *base::parse_rfc3339("2026-11-22T18:30:00Z");
  const auto rows = attestation::attested(std::vector{attestation::Opened{content, "T-1", kHash}}, {}, kBirth);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].officer, "T-1");
  EXPECT_EQ(rows[0].on, "2026-11-23");
  EXPECT_EQ(rows[0].force, "ministry-police");
}

TEST_F(Attestations, ABatchIsVouchedForByTwoIndependentOfficers) {
  const std::vector statements{sign(batch(clerk_), *clerk_.key), sign(batch(police_), *police_.key)};
  const auto opened = attestation::open_source(statements, book_);
  ASSERT_TRUE(std::holds_alternative<attestation::Source>(opened));
  const auto& source = std::get<attestation::Source>(opened);
  EXPECT_EQ(source.persons, 1000);
  EXPECT_THAT(source.attested, testing::SizeIs(4));
  const auto file = attestation::read_source_file(attestation::write_source_file(statements));
  EXPECT_EQ(file, statements);
}

TEST_F(Attestations, ABatchOfOnePersonOneHalfOrTwoFilesIsNone) {
  const auto one = sign(batch(police_), *police_.key), same = sign(batch(police_2_), *police_2_.key),
             other = sign(batch(clerk_), *clerk_.key);
  EXPECT_THAT(refusal(std::vector{one}), ElementsAre("SOURCE_ONE_SIDED"));
  EXPECT_THAT(refusal(std::vector{one, same}), ElementsAre("SOURCE_ONE_SIDED")) << "one person, two accounts";
  EXPECT_THAT(refusal(std::vector{one, other, other}), ElementsAre("SOURCE_ONE_SIDED"));
  auto bigger = batch(clerk_);
  bigger.persons = 1001;
  EXPECT_THAT(refusal(std::vector{one, sign(bigger, *clerk_.key)}), ElementsAre("SOURCE_DISAGREES"));
  EXPECT_THAT(refusal(std::vector{one, std::string("x.y.z")}), ElementsAre("SOURCE_NOT_TRUSTED"));
  EXPECT_THAT(refusal(std::vector{one, sign(about(clerk_), *clerk_.key)}), ElementsAre("SOURCE_NOT_TRUSTED"));
}

TEST_F(Attestations, TheBookIsReadAsItWasWritten) {
  const test::Folder folder;
  ASSERT_TRUE(book_.end("hoa", base::make_date(2026, 11, 22)));
  book_.write(folder.path() / "officers.toml");
  const auto again = OfficerBook::read(folder.path() / "officers.toml");
  EXPECT_EQ(again.all(), book_.all());
  EXPECT_TRUE(OfficerBook::read(folder.path() / "nothing.toml").all().empty());
}

TEST_F(Attestations, TheBookTakesNoNameTwiceNoCitizenNumberAndNoUnknownForce) {
  const auto refused = [&](attestation::Officer officer) {
    try {
      book_.add(std::move(officer), "here");
      return std::string("taken");
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.seen();
    }
  };
  auto fresh = officer("N-1", "nam", "001-CX-0001", "commune-police", 20).officer;
  auto wrong = fresh;
  wrong.account = "HOA";
  EXPECT_THAT(refused(wrong), HasSubstr("has a key already"));
  wrong = fresh;
  wrong.person = "h-1";
  EXPECT_THAT(refused(wrong), HasSubstr("case only"));
  wrong = fresh;
  wrong.person = "001090000000";
  EXPECT_THAT(refused(wrong), HasSubstr("never a citizen number"));
  wrong = fresh;
  wrong.force = "army";
  EXPECT_THAT(refused(wrong), HasSubstr("no force"));
  wrong = fresh;
  wrong.public_key = clerk_.officer.public_key;
  EXPECT_THAT(refused(wrong), HasSubstr("one meaning"));
  EXPECT_EQ(refused(fresh), "taken");
}

}  // namespace
