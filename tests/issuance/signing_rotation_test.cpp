// Several document signers take turns: by count, by time, over a restart, and until none is left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "issuance/signing/signed_cards.h"
#include "issuance/signing/signer_list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "smartcard/lds/lds.h"
#include "tests/issuance/signing_world.h"

namespace {

using namespace signing_test;
using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr hours kDay{24};
const base::Moment kStart = *base::parse_rfc3339("2026-11-23T03:00:00Z");

using Made = std::unique_ptr<sod::issue::DocumentSigner>;

Made make_signer(std::uint64_t seed, base::Moment begins) {
  base::SeededRandom random(seed);
  auto key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  base::Bytes certificate = certificate_for(*key, begins);
  return std::make_unique<sod::issue::DocumentSigner>(std::move(key), std::move(certificate));
}

// Good from one day before kStart, both, and one whose period begins sixty days later.
const sod::issue::DocumentSigner& first() {
  static const Made made = make_signer(51, kStart);
  return *made;
}
const sod::issue::DocumentSigner& second() {
  static const Made made = make_signer(52, kStart);
  return *made;
}
const sod::issue::DocumentSigner& later() {
  static const Made made = make_signer(53, kStart + 60 * kDay);
  return *made;
}

class SigningRotation : public testing::Test {
 protected:
  // The next card of another case on another chip: bound and asked to be signed.
  std::variant<base::Bytes, base::Findings> sign_a_card(signing::Signer& signer) {
    ++cards_;
    const std::string serial = fmt_serial(cards_);
    db::Transaction change(world_.store);
    stock::Book(world_.store).add({{serial, "B2"}}, world_.clock.now());
    change.commit();
    auto answer = world_.answer();
    answer.case_id = "2026-00010" + std::to_string(cards_);
    const std::string answer_jws = world_.sign_answer(answer);
    auto order = world_.order(answer_jws);
    order.case_id = answer.case_id;
    const auto one = world_.case_of(order, answer_jws);
    const auto assigned = signer.assign(one.evidence, serial, kdd_of(serial), {});
    if (const auto* const findings = std::get_if<base::Findings>(&assigned)) return *findings;
    assignment_ = std::get<signing::Assignment>(assigned).id;
    world_.take_another_chip();
    return signer.sign(world_.sign_request(one, assignment_, serial), {});
  }
  // The id of the key that signed the next card, as the ledger has it; the failing code when it was refused.
  std::string who_signs(signing::Signer& signer) {
    const auto outcome = sign_a_card(signer);
    if (!std::holds_alternative<base::Bytes>(outcome)) return codes(outcome).at(0);
    return signing::Ledger(world_.store).by_id(assignment_)->signed_with;
  }
  std::string who_signs(std::vector<signing::OfferedSigner> offered) {
    auto signer = world_.signer_of(std::move(offered));
    return who_signs(signer);
  }
  int cards_under(const sod::issue::DocumentSigner& signer) {
    int found = 0;
    signing::each_card_of(world_.store, signer.certificate(), [&](const signing::SignedCard&) { ++found; });
    return found;
  }
  std::int64_t uses(const sod::issue::DocumentSigner& signer) {
    return signing::UseBook(world_.store).uses(id(signer));
  }
  static std::string id(const sod::issue::DocumentSigner& signer) { return evidence::key_id(signer.public_key()); }
  static std::string fmt_serial(int number) { return "AABBCCDD0000000" + std::to_string(number); }

  World world_;
  int cards_ = 0;
  std::string assignment_;
};

TEST_F(SigningRotation, TheNextTakesOverWhenOneMadeAsManySignaturesAsItMay) {
  auto signer = world_.signer_of({{first(), 2}, {second(), 1}});
  EXPECT_EQ(signer.certificate(), first().certificate());
  EXPECT_EQ(who_signs(signer), id(first()));
  EXPECT_EQ(who_signs(signer), id(first()));
  EXPECT_EQ(signer.certificate(), second().certificate());
  EXPECT_EQ(who_signs(signer), id(second()));
  EXPECT_EQ(cards_under(first()), 2) << "the certificate in EF.SOD is the one of the key that signed";
  EXPECT_EQ(cards_under(second()), 1);
}

TEST_F(SigningRotation, AnExhaustedSetRefusesAndSignsNothing) {
  auto signer = world_.signer_of({{first(), 1}, {second(), 1}, {later(), 5}});
  who_signs(signer);
  who_signs(signer);
  EXPECT_EQ(who_signs(signer), "SIGNER_USES_SPENT") << "the third one's period has not begun";
  EXPECT_FALSE(signing::Ledger(world_.store).by_id(assignment_)->is_signed());
  EXPECT_EQ(world_.logged_events().back(), "card.refused");
  EXPECT_THAT(world_.logged_events(), testing::Contains("card.signing").Times(2));
  EXPECT_EQ(uses(later()), 0);
}

TEST_F(SigningRotation, ARestartGoesOnCounting) {
  EXPECT_EQ(who_signs({{first(), 2}, {second(), 9}}), id(first()));
  EXPECT_EQ(who_signs({{first(), 2}, {second(), 9}}), id(first()));
  EXPECT_EQ(who_signs({{first(), 2}, {second(), 9}}), id(second()));
  EXPECT_EQ(uses(first()), 2);
  EXPECT_EQ(who_signs({{first(), 2}}), "SIGNER_USES_SPENT");
  EXPECT_EQ(who_signs({{first(), 3}}), id(first())) << "the limit is the list's, the count the book's";
}

TEST_F(SigningRotation, TheNextWhosePeriodHasBegunTakesOverAtTheEndOfTheFirst) {
  auto signer = world_.signer_of({{first()}, {later()}});
  base::Moment end = kStart;
  while (first().may_sign(end)) end += kDay;
  ASSERT_TRUE(later().may_sign(end)) << "the two periods overlap";
  world_.clock.set(end - kDay);
  EXPECT_EQ(who_signs(signer), id(first()));
  world_.clock.set(end);
  EXPECT_EQ(who_signs(signer), id(later()));
  while (later().may_sign(end)) end += kDay;
  world_.clock.set(end);
  EXPECT_EQ(who_signs(signer), "SIGNER_OUTSIDE_USAGE_PERIOD");
}

TEST_F(SigningRotation, OneWhosePeriodHasNotBegunWaitsForItsTime) {
  auto signer = world_.signer_of({{later()}, {first()}});
  EXPECT_EQ(who_signs(signer), id(first()));
  world_.clock.set(kStart + 60 * kDay);
  EXPECT_EQ(who_signs(signer), id(later()));
}

TEST_F(SigningRotation, TheLogSaysWhoSigned) {
  auto signer = world_.signer_of({{second(), 1}});
  who_signs(signer);
  std::vector<std::string> said;
  evidence::each_entry(world_.home.log_folder(), [&](const nlohmann::json& entry) {
    const std::string event = entry.at("event");
    if (event == "card.signing" || event == "card.signed") said.push_back(entry.at("data").at("signed_with"));
  });
  EXPECT_THAT(said, ElementsAre(id(second()), id(second())));
}

TEST_F(SigningRotation, ASignatureThatFailedCountsAsAUse) {
  class BrokenKey final : public keystore::SigningKey {
   public:
    explicit BrokenKey(Key key) : key_(std::move(key)) {}
    keystore::KeyKind kind() const override { return key_->kind(); }
    base::Bytes public_key_named() const override { return key_->public_key_named(); }
    base::Bytes public_key_explicit() const override { return key_->public_key_explicit(); }
    base::Bytes sign_unverified(base::ByteView) const override {
      throw base::Error(base::Fault::AskOperator, "signing", "the token was pulled");
    }

   private:
    Key key_;
  };
  base::SeededRandom random(54);
  Key key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  base::Bytes certificate = certificate_for(*key, kStart);
  const sod::issue::DocumentSigner broken(std::make_unique<BrokenKey>(std::move(key)), std::move(certificate));
  auto signer = world_.signer_of({{broken, 1}, {first(), 1}});
  EXPECT_THROW(sign_a_card(signer), base::Error);
  EXPECT_EQ(uses(broken), 1) << "whether the token signed before it failed cannot be known";
  EXPECT_EQ(who_signs(signer), id(first()));
}

TEST_F(SigningRotation, AKeyThatSignedBeforeThereWasABookDoesNotBeginAtZero) {
  who_signs({{first()}});
  world_.store.execute("DELETE FROM signer_uses");
  EXPECT_EQ(who_signs({{first(), 1}}), "SIGNER_USES_SPENT");
}

TEST_F(SigningRotation, RefusesOneKeyTwiceAndNone) {
  EXPECT_THROW(world_.signer_of({{first(), 1}, {first(), 1}}), base::Error);
  EXPECT_THROW(world_.signer_of({}), base::Error);
}

// --- the list -----------------------------------------------------------------------------------------------------

class SignerList : public testing::Test {
 protected:
  std::vector<signing::ListedSigner> read(std::string_view text) {
    base::write_text_file(folder_ / "signers.toml", text, "writing a test's file");
    return signing::read_signer_list(folder_ / "signers.toml");
  }
  std::string refusal(std::string_view text) {
    try {
      read(text);
    } catch (const base::Error& error) {
      return error.what();
    }
    return "nothing";
  }
  test::Folder folder_;
};

TEST_F(SignerList, FilesAreRelativeToTheListAndTokensAreAddresses) {
  const auto signers = read(R"(
[[signer]]
certificate = "ds-1.cer"
key = "ds-1.key"
password_file = "ds-1.password"
limit = 100000
[[signer]]
certificate = "/etc/cccd/ds-2.cer"
key = "pkcs11:token=DS;object=ds-2"
limit = 1
)");
  ASSERT_EQ(signers.size(), 2U);
  EXPECT_EQ(signers[0].certificate, folder_ / "ds-1.cer");
  EXPECT_EQ(signers[0].key, (folder_ / "ds-1.key").string());
  EXPECT_EQ(signers[0].password_file, folder_ / "ds-1.password");
  EXPECT_EQ(signers[0].limit, 100'000);
  EXPECT_EQ(signers[1].certificate, "/etc/cccd/ds-2.cer");
  EXPECT_EQ(signers[1].key, "pkcs11:token=DS;object=ds-2");
  EXPECT_FALSE(signers[1].password_file);
}

TEST_F(SignerList, RefusesWhatItDoesNotKnowByFileAndLine) {
  const std::string one = "[[signer]]\ncertificate = \"a\"\nkey = \"b\"\n";
  EXPECT_THAT(refusal(one + "limit = 1\nlimits = 2\n"), HasSubstr("signers.toml:5"));
  EXPECT_THAT(refusal(one), HasSubstr("limit")) << "every key has one";
  EXPECT_THAT(refusal(one + "limit = 0\n"), HasSubstr("signers.toml:4"));
  EXPECT_THAT(refusal(""), HasSubstr("no [[signer]]"));
}

}  // namespace
