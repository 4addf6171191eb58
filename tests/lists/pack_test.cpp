// Trust packs: what is made is taken, once, in the order of its numbers; and how old what it knows may be.

#include "pki/trust/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/cms/issue/signed_data.h"
#include "pki/sod/judge/passive_authentication.h"
#include "pki/trust/freshness.h"
#include "pki/trust/trust_state.h"
#include "pki/x509/issue/signatory.h"
#include "smartcard/inspection/trust_pack.h"
#include "tests/lists/signed_lists.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using testing::ElementsAre;
using testing::IsEmpty;
using trust::Freshness;

// The synthetic document's world: its list is of 2026-02-01 and due on 2026-05-01.
base::Moment at(const char* text) {
  return *base::parse_rfc3339(text);
}
const base::Moment kMade = at("2026-02-15T00:00:00Z");

const base::Date kSince = base::make_date(2026, 2, 1);

// The synthetic document's State; the document itself is not on it.
trust::StatusList test_status_list() {
  return {.country = "UT",
          .made_at = kMade,
          .next_due = kMade + std::chrono::hours{24},
          .cards = {{trust::CardStatus::Lost, {{trust::CardId{1}, kSince}, {trust::CardId{2}, kSince}}},
                    {trust::CardStatus::Revoked, {{trust::CardId{3}, kSince}}}}};
}

class PackTest : public testing::Test {
 protected:
  static trust::Pack pack(std::int64_t number = 7) {
    return {.number = number,
            .made_at = kMade,
            .clock_floor = kMade,
            .crl_grace = std::chrono::hours{72},
            .anchors = {vectors::load_binary("synth/csca1_p384.cer")},
            .crls = {vectors::load_binary("synth/crl_csca1.crl")},
            .is_certificates = {Bytes{0x7F, 0x21}},
            .status_list = trust::encode_status_list(test_status_list())};
  }
  Bytes file(const trust::Pack& pack) const {
    return cms::issue::signed_data({.type = asn1::oid::kData,
                                    .octets = trust::encode_pack(pack),
                                    .signer = signer_,
                                    .others = {},
                                    .signing_time = pack.made_at},
                                   *key_);
  }
  trust::OpenedPack open(const Bytes& file, const std::optional<trust::SeenPack>& last = {}) const {
    return trust::open_pack(file, signer_, last);
  }

  Bytes signer_of(const keystore::SigningKey& key) {
    return x509::issue::issue_pack_signer({.subject = *x509::format::name_from_text("C=UT,CN=Packs"), .days = 1095},
                                          key, at("2026-01-01T00:00:00Z"), random_);
  }

  base::SeededRandom random_{31};
  const std::unique_ptr<keystore::SigningKey> key_ = keystore::generate(keystore::Curve::P256, random_);
  const Bytes signer_ = signer_of(*key_);
};

TEST_F(PackTest, WhatIsMadeIsTaken) {
  const auto opened = open(file(pack()));
  EXPECT_THAT(opened.findings.list(), IsEmpty());
  EXPECT_EQ(opened.pack, pack());
  const trust::TrustStore store = trust::load_pack(*opened.pack);
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(store.revoked(), 1U);
  EXPECT_EQ(store.unverified_lists(), 0U);
}

TEST_F(PackTest, NumbersNeverGoBack) {
  const auto seventh = open(file(pack(7)));
  EXPECT_TRUE(open(file(pack(7)), seventh.seen).pack);
  EXPECT_TRUE(open(file(pack(8)), seventh.seen).pack);
  EXPECT_THAT(open(file(pack(6)), seventh.seen).findings.failing_codes(), ElementsAre("PACK_NUMBER_WENT_BACK"));
  trust::Pack other = pack(7);
  other.crls.clear();
  const auto twin = open(file(other), seventh.seen);
  EXPECT_THAT(twin.findings.failing_codes(), ElementsAre("PACK_NUMBER_TWICE"));
  EXPECT_FALSE(twin.pack);
}

// A number that a checkpoint cannot write down would be taken once and stop it for ever.
TEST_F(PackTest, TheHighestNumberIsRememberedAndNoneIsAboveIt) {
  const auto last = open(file(pack(trust::kHighestPackNumber)));
  ASSERT_TRUE(last.pack);
  EXPECT_EQ(trust::parse_seen_pack(trust::to_text(last.seen)), last.seen);
  for (const std::int64_t number : {trust::kHighestPackNumber + 1, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_THAT(open(file(pack(number))).findings.failing_codes(), ElementsAre("PACK_MALFORMED")) << number;
  }
}

TEST_F(PackTest, OnlyItsSignerMakesIt) {
  const Bytes good = file(pack());
  const Bytes stranger = signer_of(*keystore::generate(keystore::Curve::P256, random_));
  EXPECT_THAT(trust::open_pack(good, stranger, {}).findings.failing_codes(), ElementsAre("PACK_SIGNATURE"));
  EXPECT_THAT(trust::open_pack(good, {}, {}).findings.failing_codes(), ElementsAre("PACK_SIGNER"));
  Bytes changed = good;
  changed[good.size() / 2] ^= 0x01;
  EXPECT_THAT(open(changed).findings.failing_codes(), ElementsAre("PACK_SIGNATURE"));
  trust::Pack late = pack();
  late.made_at = at("2036-01-01T00:00:00Z");
  EXPECT_THAT(open(file(late)).findings.failing_codes(), ElementsAre("PACK_SIGNER_NOT_VALID"));
}

// The very key under a certificate that is for something else, and keys that sign other things.
TEST_F(PackTest, OnlyACertificateForPacksSignsThem) {
  const Bytes good = file(pack());
  const Bytes officer = x509::issue::issue_officer_certificate(x509::issue::shipped_signatory_profile().officer, *key_,
                                                               "binh", at("2026-01-01T00:00:00Z"), random_);
  const test::ListAuthority lists = test::make_list_authority(at("2026-01-01T00:00:00Z"));
  for (const Bytes& other : {officer, lists.signer, lists.csca}) {
    EXPECT_THAT(trust::open_pack(good, other, {}).findings.failing_codes(), ElementsAre("PACK_SIGNER"));
  }
}

TEST_F(PackTest, ASignatureOverSomethingElseIsNoPack) {
  const Bytes other = cms::issue::signed_data(
      {.type = asn1::oid::kData, .octets = Bytes{0x30, 0x00}, .signer = signer_, .others = {}, .signing_time = kMade},
      *key_);
  EXPECT_THAT(open(other).findings.failing_codes(), ElementsAre("PACK_MALFORMED"));
  const Bytes content = trust::encode_pack(pack());
  for (std::size_t size = 0; size < content.size(); size += 7) {
    EXPECT_THROW(trust::parse_pack(base::ByteView(content).first(size)), asn1::Malformed) << size;
  }
}

TEST_F(PackTest, ACheckpointRemembersWhatItTook) {
  const test::TemporaryFolder folder;
  const auto take = [&](std::int64_t number) {
    base::write_file(folder / "now.pack", file(pack(number)), "writing a pack");
    return inspection::take_pack(folder / "now.pack", folder / "signer.cer", folder / "seen").size();
  };
  base::write_file(folder / "signer.cer", signer_, "writing the signer");
  EXPECT_EQ(take(7), 1U);
  EXPECT_EQ(take(8), 1U);
  try {
    take(7);
    FAIL() << "an older pack was taken";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack);
  }
  EXPECT_EQ(take(8), 1U);
  base::write_text_file(folder / "seen", "eight", "spoiling the memory");
  EXPECT_THROW(take(9), base::Error);
}

TEST(SeenPackTest, HasOneSpelling) {
  const trust::SeenPack seen{7, std::string(64, 'A')};
  EXPECT_EQ(trust::parse_seen_pack(trust::to_text(seen)), seen);
  for (const std::string& text : {std::string(), std::string("7"), "07 " + seen.sha256 + "\n", "7 " + seen.sha256,
                                  "-7 " + seen.sha256 + "\n", std::string("7 AB\n")}) {
    EXPECT_EQ(trust::parse_seen_pack(text), std::nullopt) << text;
  }
}

// --- how old it may be ---

class FreshnessTest : public testing::Test {
 protected:
  trust::RevocationAnswer ask(const char* serial, const char* moment, std::size_t anchor = 0) {
    return trust::ask_revocation(store_.state(), store_.state().anchors.at(anchor), base::hex(serial), at(moment));
  }
  Freshness on(const char* moment, const char* serial = "2001") { return ask(serial, moment).freshness; }
  base::Findings judge(const char* moment) {
    std::map<int, Bytes> groups;
    for (const int number : {1, 2, 11, 12, 13, 14, 15}) {
      groups[number] = vectors::load_binary("synth/EF_DG" + std::to_string(number) + ".bin");
    }
    return sod::judge::passive_authentication(vectors::load_binary("synth/EF_SOD_ok_p256_sha256.bin"), groups, store_,
                                              at(moment))
        .findings;
  }
  void SetUp() override {
    store_.add_anchor(vectors::load_binary("synth/csca1_p384.cer"), "csca1");
    store_.add_crl(vectors::load_binary("synth/crl_csca1.crl"), "crl");
    store_.set_policy({.crl_grace = std::chrono::hours{72}, .clock_floor = kMade});
  }

  trust::TrustStore store_;
};

TEST_F(FreshnessTest, AListIsFreshThenStaleThenRefused) {
  EXPECT_EQ(on("2026-01-31T23:59:59Z"), Freshness::Unknown);
  EXPECT_EQ(on("2026-02-01T00:00:00Z"), Freshness::Fresh);
  EXPECT_EQ(on("2026-05-01T00:00:00Z"), Freshness::Fresh);
  EXPECT_EQ(on("2026-05-01T00:00:01Z"), Freshness::StaleWarn);
  EXPECT_EQ(on("2026-05-04T00:00:00Z"), Freshness::StaleWarn);
  EXPECT_EQ(on("2026-05-04T00:00:01Z"), Freshness::StaleRefuse);
  store_.set_policy({});
  EXPECT_EQ(on("2036-01-01T00:00:00Z"), Freshness::StaleWarn);
}

TEST_F(FreshnessTest, AnOldListStillRevokesAndAnotherCscaIsUnknown) {
  EXPECT_TRUE(ask("2006", "2026-12-01T00:00:00Z").revoked);
  EXPECT_FALSE(ask("2007", "2026-12-01T00:00:00Z").revoked);
  store_.add_anchor(vectors::load_binary("synth/csca_rsa4096_pss.cer"), "another CSCA of the same State");
  const auto other = ask("2006", "2026-03-01T00:00:00Z", 1);
  EXPECT_FALSE(other.revoked);
  EXPECT_EQ(other.freshness, Freshness::Unknown);
}

TEST_F(FreshnessTest, TheJudgementSaysSo) {
  EXPECT_THAT(judge("2026-03-01T00:00:00Z").list(), IsEmpty());
  EXPECT_TRUE(judge("2026-05-02T00:00:00Z").has("REVOCATION_STALE"));
  EXPECT_THAT(judge("2026-05-02T00:00:00Z").failing_codes(), IsEmpty());
  EXPECT_THAT(judge("2026-06-01T00:00:00Z").failing_codes(), ElementsAre("REVOCATION_TOO_OLD"));
}

TEST_F(FreshnessTest, AClockBelowTheFloorJudgesNoDates) {
  EXPECT_THAT(judge("2026-02-14T23:59:59Z").failing_codes(), ElementsAre("CLOCK_BELOW_FLOOR"));
  EXPECT_THAT(judge("2015-01-01T00:00:00Z").failing_codes(), ElementsAre("CLOCK_BELOW_FLOOR"));
  EXPECT_THAT(judge("2026-02-15T00:00:00Z").failing_codes(), IsEmpty());
}

}  // namespace
