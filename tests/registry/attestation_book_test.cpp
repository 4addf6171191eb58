// The register takes in officers' statements, tells of them, and finds who confirms foreigners; what somebody wrote
// into the table without an officer's key tells nothing.

#include "issuance/registry/attestation_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "issuance/attestation/sufficiency.h"
#include "issuance/registry/anomaly_report.h"
#include "pki/evidence/statement.h"
#include "tests/registry/people.h"

namespace {

using attestation::Attestation;
using testing::ElementsAre;
using testing::IsEmpty;

class AttestationBookTest : public test::RegistryTest {
 protected:
  struct Known {
    attestation::Officer officer;
    std::unique_ptr<keystore::SigningKey> key;
  };

  AttestationBookTest() {
    clerk = enter("H-1", "hoa", "001-HT-0001", "civil-status");
    police = enter("T-1", "tam", "001-CT-0001", "provincial-police");
    store.believe(folder / "officers.toml");
    officers.write(folder / "officers.toml");
  }

  Known enter(const std::string& person, const std::string& account, const std::string& office,
              const std::string& force) {
    auto made = keystore::generate(keystore::Curve::P256, random);
    attestation::Officer officer{
        person, account, office, force, made->public_key_named(), base::make_date(2020, 1, 1), std::nullopt};
    officers.add(officer, "test");
    return {std::move(officer), std::move(made)};
  }

  Attestation about(const std::string& number, const Known& by, const std::string& kind,
                    const std::string& evidence = "birth-record") {
    return {.number = number,
            .kind = kind,
            .late = false,
            .account = by.officer.account,
            .office = by.officer.office,
            .force = by.officer.force,
            .evidence = evidence,
            .evidence_sha256 = evidence::sha256_text("document"),
            .at = clock.now(),
            .nonce = base::to_base64url(random.bytes(16))};
  }

  base::Findings take_in(const std::string& jws) {
    return registry::AttestationBook(store, officers, clock).add(jws, log, random);
  }
  base::Findings confirm(const std::string& number, const Known& by, const std::string& kind,
                         const std::string& evidence = "birth-record") {
    return take_in(sign(about(number, by, kind, evidence), *by.key));
  }
  document::RegistryAnswer answer(const std::string& number) {
    return store.answer(test::number(number), "2026-000001", "issuance", random);
  }
  std::vector<std::string> shortfalls(const std::string& number) {
    std::vector<std::string> codes;
    for (const auto& s : attestation::judge(answer(number).attestations, "R-1", clock.today())) codes.push_back(s.code);
    return codes;
  }

  attestation::OfficerBook officers;
  Known clerk, police;
  std::unique_ptr<keystore::SigningKey> key = keystore::generate(keystore::Curve::P256, random);
  evidence::Log log = evidence::Log::open(folder / "log", *key, clock);
  const std::string who = "001090990001";
};

TEST_F(AttestationBookTest, APersonIsConfirmedStepByStepUntilItIsEnough) {
  add(test::person());
  EXPECT_THAT(shortfalls(who), ElementsAre("CITIZENSHIP_NOT_ATTESTED", "BIRTH_NOT_ATTESTED"));
  const auto before = answer(who).version;
  EXPECT_THAT(confirm(who, clerk, "birth").list(), IsEmpty());
  EXPECT_GT(answer(who).version, before) << "a waiting case sees it";
  EXPECT_THAT(shortfalls(who), ElementsAre("CITIZENSHIP_NOT_ATTESTED", "LATE_ONE_SOURCE"));
  EXPECT_THAT(confirm(who, clerk, "citizenship").list(), IsEmpty());
  EXPECT_THAT(confirm(who, police, "birth").list(), IsEmpty());
  EXPECT_THAT(shortfalls(who), ElementsAre("CITIZENSHIP_ONE_OFFICER"));
  EXPECT_THAT(confirm(who, police, "citizenship").list(), IsEmpty());
  EXPECT_THAT(shortfalls(who), IsEmpty());
}

TEST_F(AttestationBookTest, TheSameStatementAgainChangesNothing) {
  add(test::person());
  const std::string jws = sign(about(who, clerk, "birth"), *clerk.key);
  EXPECT_FALSE(take_in(jws).failed());
  const auto entries = log.size();
  const auto version = answer(who).version;
  EXPECT_FALSE(take_in(jws).failed());
  EXPECT_EQ(answer(who).version, version);
  EXPECT_EQ(log.size(), entries);
  EXPECT_EQ(answer(who).attestations.size(), 1U);
}

TEST_F(AttestationBookTest, AnUnknownPersonAnOldStatementAndAStrangersSignatureAreRefused) {
  EXPECT_THAT(confirm(who, clerk, "birth").failing_codes(), ElementsAre("PERSON_NOT_FOUND"));
  add(test::person());
  auto old = about(who, clerk, "birth");
  old.at -= std::chrono::days{8};
  EXPECT_THAT(take_in(sign(old, *clerk.key)).failing_codes(), ElementsAre("ATTESTATION_STALE"));
  EXPECT_THAT(take_in(sign(about(who, clerk, "birth"), *key)).failing_codes(), ElementsAre("ATTESTATION_NOT_TRUSTED"));
  EXPECT_THAT(answer(who).attestations, IsEmpty());
}

TEST_F(AttestationBookTest, TheLogHasWhoConfirmedAndNotAboutWhom) {
  add(test::person());
  ASSERT_FALSE(confirm(who, clerk, "citizenship").failed());
  std::string entries;
  evidence::each_entry(folder / "log", [&](const nlohmann::json& entry) { entries += entry.dump(); });
  EXPECT_THAT(entries, testing::HasSubstr("attestation.accepted"));
  EXPECT_THAT(entries, testing::HasSubstr("001-HT-0001"));
  EXPECT_THAT(entries, testing::Not(testing::HasSubstr(who)));
}

TEST_F(AttestationBookTest, ARowThatSomebodyWroteIntoTheTableTellsNothing) {
  add(test::person());
  ASSERT_FALSE(confirm(who, clerk, "birth").failed());
  // Another person's genuine statement under this number, and one signed by a key of the forger's own.
  const std::string borrowed = sign(about("001090990002", clerk, "citizenship"), *clerk.key);
  const std::string forged = sign(about(who, clerk, "citizenship"), *key);
  for (const std::string& jws : {borrowed, forged}) {
    store.database()
        .prepare(
            "INSERT INTO attestations VALUES(?1, ?2, 'citizenship', 0, 'o', 'court', 'P', 'birth-record', "
            "'2026-11-23T00:00:00Z', ?3, '', '')")
        .run(std::int64_t{1090990001}, evidence::sha256_text(jws), jws);
  }
  EXPECT_EQ(answer(who).attestations.size(), 1U);
  EXPECT_THAT(shortfalls(who), testing::Contains("CITIZENSHIP_NOT_ATTESTED"));
}

TEST_F(AttestationBookTest, WhoseAccountWasTakenOutOfTheBookIsBelievedNoMore) {
  add(test::person());
  ASSERT_FALSE(confirm(who, clerk, "birth").failed());
  attestation::OfficerBook().write(folder / "officers.toml");
  EXPECT_THAT(answer(who).attestations, IsEmpty());
}

// Ten commune officers confirm nationality, each for thirty persons; one of them, who is paid for it, on witnesses.
TEST_F(AttestationBookTest, TheCommuneOfficerWhoConfirmsForeignersIsFoundAndHisForeignersAreNotEnough) {
  std::vector<Known> commune;
  for (int i = 0; i < 10; ++i) {
    commune.push_back(
        enter(fmt::format("C-{}", i), fmt::format("c{}", i), fmt::format("{:03}-CX-0001", i + 1), "commune-police"));
  }
  officers.write(folder / "officers.toml");
  const std::size_t bribed = 7;
  std::vector<std::int64_t> foreigners;
  for (int n = 0; n < 300; ++n) {
    const std::string number = fmt::format("001090{:06}", n + 1);
    auto person = test::person(number);
    person.full_name = fmt::format("Nguyễn Văn Mẫu {}", static_cast<char>('A' + n % 26));
    ASSERT_FALSE(add(person).failed());
    const std::size_t officer = static_cast<std::size_t>(n) % commune.size();
    const bool foreigner = officer == bribed && n % 3 != 0;
    ASSERT_FALSE(
        confirm(number, commune[officer], "citizenship", foreigner || n % 29 == 0 ? "witnesses" : "birth-record")
            .failed());
    if (foreigner || (officer == bribed && n % 29 == 0)) foreigners.push_back(std::stoll(number));
  }

  registry::AccessBook accesses(folder.path(), clock);
  const auto report = registry::anomaly_report(store, accesses, officers, clock, clock.now() - std::chrono::days{1},
                                               clock.now() + std::chrono::days{1});
  ASSERT_EQ(report.anomalies.size(), 2U) << "the officer and the office";
  for (const auto& anomaly : report.anomalies) {
    EXPECT_EQ(anomaly.measure, "citizenship-without-birth-record");
    EXPECT_THAT(anomaly.who, testing::AnyOf("C-7", "008-CX-0001"));
    EXPECT_EQ(anomaly.references, foreigners);
  }
  for (const std::int64_t number : foreigners) {
    EXPECT_THAT(shortfalls(fmt::format("{:012}", number)), testing::Contains("CITIZENSHIP_COMMUNE_ALONE"));
  }
}

}  // namespace
