// Master lists: a real one and a synthetic one read as their makers meant them, ours are read by the judge, and what is
// changed on the way is told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cms/issue/signed_data.h"
#include "pki/masterlist/format/master_list.h"
#include "pki/masterlist/issue/master_list.h"
#include "pki/masterlist/judge/difference.h"
#include "tests/lists/signed_lists.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using masterlist::judge::MasterList;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");

std::vector<std::string> codes(const base::Findings& findings) {
  std::set<std::string> out;
  for (const auto& finding : findings.list()) out.insert(finding.code);
  return {out.begin(), out.end()};
}

// --- lists of others ---

TEST(ForeignMasterListTest, ReadsTheDutchList) {
  const MasterList list = masterlist::judge::read(vectors::load_binary("masterlists/NL_ML_2025-07-29.ml"));
  EXPECT_THAT(list.findings.list(), IsEmpty());
  ASSERT_EQ(list.entries.size(), 394U);
  EXPECT_EQ(base::to_rfc3339(list.signed_at.value()), "2025-07-30T08:01:27Z");
  EXPECT_EQ(masterlist::judge::fields_of(list.entries.front()).country, "LT");
  EXPECT_FALSE(masterlist::judge::judge_signer(list, {}, kNow).failed());
  const base::Findings entries = masterlist::judge::judge_entries(list, kNow);
  EXPECT_FALSE(entries.failed());
  EXPECT_THAT(codes(entries), ElementsAre("ML_ENTRY_EXPIRED"));
}

TEST(ForeignMasterListTest, HoldsTheCountrysRealCsca) {
  const MasterList list = masterlist::judge::read(vectors::load_binary("masterlists/NL_ML_2025-07-29.ml"));
  const Bytes csca = vectors::load_binary("csca-vietnam-epassport-2022.cer");
  EXPECT_TRUE(std::ranges::any_of(list.entries, [&](const auto& entry) { return base::equal(entry.der, csca); }));
}

TEST(ForeignMasterListTest, ReadsTheSyntheticListUpToItsCsca) {
  const MasterList list = masterlist::judge::read(vectors::load_binary("synth/masterlist_UTO.ml"));
  EXPECT_THAT(list.findings.list(), IsEmpty());
  EXPECT_EQ(list.entries.size(), 4U);
  EXPECT_EQ(list.signer, vectors::load_binary("synth/mls.cer"));
  trust::TrustStore anchors;
  anchors.add_anchor(vectors::load_binary("synth/csca1_p384.cer"), "csca1");
  EXPECT_THAT(codes(masterlist::judge::judge_signer(list, anchors, kNow)), IsEmpty());
  trust::TrustStore others;
  others.add_anchor(vectors::load_binary("synth/csca2_bp384_explicit.cer"), "csca2");
  EXPECT_THAT(codes(masterlist::judge::judge_signer(list, others, kNow)), ElementsAre("ML_SIGNER_NOT_TRUSTED"));
  trust::TrustStore rogue;
  rogue.add_anchor(vectors::load_binary("synth/csca1_rogue_same_name.cer"), "rogue");
  EXPECT_TRUE(masterlist::judge::judge_signer(list, rogue, kNow).failed());
}

TEST(ForeignMasterListTest, AChangedByteAnywhereInWhatIsSignedIsSeen) {
  const Bytes file = vectors::load_binary("synth/masterlist_UTO.ml");
  for (const std::size_t at : {std::size_t{80}, std::size_t{2000}, file.size() - 3}) {
    Bytes changed = file;
    changed[at] ^= 0x01;
    EXPECT_TRUE(masterlist::judge::read(changed).findings.failed()) << at;
  }
}

TEST(ForeignMasterListTest, ACutOrLengthenedFileIsAFinding) {
  const Bytes file = vectors::load_binary("synth/masterlist_UTO.ml");
  for (const std::size_t size : {0UL, 1UL, 40UL, file.size() / 2, file.size() - 1}) {
    EXPECT_THAT(codes(masterlist::judge::read(base::ByteView(file).first(size)).findings),
                ElementsAre("ML_UNREADABLE"));
  }
  Bytes longer = file;
  longer.push_back(0x00);
  EXPECT_THAT(codes(masterlist::judge::read(longer).findings), ElementsAre("ML_TRAILING_BYTES"));
  longer.push_back(0x01);
  EXPECT_THAT(codes(masterlist::judge::read(longer).findings), ElementsAre("ML_ENCODING"));
  EXPECT_THAT(codes(masterlist::judge::read(vectors::load_binary("synth/mls.cer")).findings),
              ElementsAre("ML_UNREADABLE"));
}

// --- lists of ours ---

class MasterListTest : public testing::Test {
 protected:
  masterlist::issue::Order order(std::vector<Bytes> certificates = {}) {
    if (certificates.empty()) {
      certificates = {authority_.csca, vectors::load_binary("synth/csca1_p384.cer"),
                      vectors::load_binary("csca-vietnam-epassport-2022.cer")};
    }
    return {std::move(certificates), authority_.signer, authority_.csca, kNow};
  }
  Bytes made(const masterlist::issue::Order& what) {
    auto linted = masterlist::issue::lint(what);
    if (const auto* const findings = std::get_if<base::Findings>(&linted)) {
      ADD_FAILURE() << testing::PrintToString(findings->failing_codes());
      return {};
    }
    return masterlist::issue::sign(std::get<masterlist::issue::LintedMasterList>(std::move(linted)),
                                   *authority_.signer_key);
  }
  std::vector<std::string> refused(const masterlist::issue::Order& what) {
    const auto linted = masterlist::issue::lint(what);
    const auto* const findings = std::get_if<base::Findings>(&linted);
    return findings == nullptr ? std::vector<std::string>{} : findings->failing_codes();
  }

  const test::ListAuthority authority_ = test::make_list_authority(kNow - std::chrono::days{30});
};

TEST_F(MasterListTest, WhatIsSignedIsReadByTheJudge) {
  const MasterList list = masterlist::judge::read(made(order()));
  EXPECT_THAT(list.findings.list(), IsEmpty());
  EXPECT_EQ(list.entries.size(), 3U);
  EXPECT_EQ(list.signed_at, kNow);
  EXPECT_THAT(list.companions, ElementsAre(authority_.csca));
  trust::TrustStore anchors;
  anchors.add_anchor(authority_.csca, "ours");
  EXPECT_THAT(masterlist::judge::judge_signer(list, anchors, kNow).list(), IsEmpty());
  EXPECT_FALSE(masterlist::judge::judge_entries(list, kNow).failed());
}

TEST_F(MasterListTest, ACertificateGivenTwiceStandsOnce) {
  const MasterList list = masterlist::judge::read(made(order({authority_.csca, authority_.csca})));
  EXPECT_EQ(list.entries.size(), 1U);
}

TEST_F(MasterListTest, RefusesWhatIsNoList) {
  auto without = order();
  without.certificates.clear();
  EXPECT_THAT(refused(without), ElementsAre("ML_EMPTY"));
  EXPECT_THAT(refused(order({authority_.csca, authority_.signer})), ElementsAre("ML_ENTRIES_ARE_CSCA"));
  auto by_csca = order();
  by_csca.signer = authority_.csca;
  EXPECT_THAT(refused(by_csca), ElementsAre("ML_NOT_SIGNED_BY_CSCA", "ML_SIGNER_EKU", "ML_SIGNER_KEY_USAGE"));
  auto other_csca = order();
  other_csca.csca = vectors::load_binary("synth/csca1_p384.cer");
  EXPECT_THAT(refused(other_csca), ElementsAre("ML_SIGNER_CSCA_PRESENT"));
  auto too_late = order();
  too_late.now = kNow + std::chrono::days{3650};
  EXPECT_THAT(refused(too_late), ElementsAre("ML_SIGNER_OUTSIDE_VALIDITY"));
  auto unreadable = order();
  unreadable.signer.pop_back();
  EXPECT_THAT(refused(unreadable), ElementsAre("ML_SIGNER_UNREADABLE"));
}

TEST_F(MasterListTest, AListByTheWrongSignerIsToldByTheJudge) {
  const Bytes content = masterlist::format::encode({authority_.csca});
  const auto signed_by = [&](const Bytes& certificate, const keystore::SigningKey& key, const asn1::Oid& type) {
    return masterlist::judge::read(cms::issue::signed_data(
        {.type = type, .octets = content, .signer = certificate, .others = {}, .signing_time = kNow}, key));
  };
  const MasterList by_csca = signed_by(authority_.csca, *authority_.csca_key, masterlist::format::kCscaMasterList);
  EXPECT_THAT(masterlist::judge::judge_signer(by_csca, {}, kNow).failing_codes(),
              ElementsAre("ML_NOT_SIGNED_BY_CSCA", "ML_SIGNER_EKU", "ML_SIGNER_KEY_USAGE"));
  const MasterList other_type = signed_by(authority_.signer, *authority_.signer_key, asn1::oid::kData);
  EXPECT_THAT(other_type.findings.failing_codes(), ElementsAre("ML_CONTENT_TYPE"));
  const MasterList early =
      masterlist::judge::read(cms::issue::signed_data({.type = masterlist::format::kCscaMasterList,
                                                       .octets = content,
                                                       .signer = authority_.signer,
                                                       .others = {},
                                                       .signing_time = kNow - std::chrono::days{900}},
                                                      *authority_.signer_key));
  EXPECT_THAT(masterlist::judge::judge_signer(early, {}, kNow).failing_codes(),
              ElementsAre("ML_SIGNER_OUTSIDE_VALIDITY"));
  EXPECT_TRUE(
      masterlist::judge::judge_signer(masterlist::judge::read(made(order())), {}, kNow + std::chrono::days{3650})
          .has("ML_SIGNER_EXPIRED"));
}

TEST_F(MasterListTest, TheJudgeNamesWhatIsWrongWithAnEntry) {
  Bytes damaged = authority_.csca;
  damaged.back() ^= 0x01;
  Bytes unreadable = authority_.csca;
  unreadable[4] = 0x31;  // TBSCertificate is no SEQUENCE any more
  const Bytes content = masterlist::format::encode({authority_.csca, damaged, unreadable, authority_.signer});
  const MasterList list = masterlist::judge::read(cms::issue::signed_data({.type = masterlist::format::kCscaMasterList,
                                                                           .octets = content,
                                                                           .signer = authority_.signer,
                                                                           .others = {authority_.csca},
                                                                           .signing_time = kNow},
                                                                          *authority_.signer_key));
  EXPECT_THAT(codes(list.findings), ElementsAre("ML_ENTRY_UNREADABLE"));
  EXPECT_THAT(codes(masterlist::judge::judge_entries(list, kNow)),
              ElementsAre("ML_ENTRIES_ARE_CSCA", "ML_ENTRY_SIGNATURE"));
}

TEST_F(MasterListTest, TheDifferenceSaysWhoCameWhoWentAndWhatChanged) {
  const Bytes foreign = vectors::load_binary("synth/csca1_p384.cer");
  const Bytes vietnam = vectors::load_binary("csca-vietnam-epassport-2022.cer");
  const Bytes renewed = test::make_root(*authority_.csca_key, kNow, Bytes{0x55, 0x66});
  const MasterList before = masterlist::judge::read(made(order({authority_.csca, foreign})));
  auto later = order({renewed, vietnam});
  later.csca = renewed;
  const MasterList after = masterlist::judge::read(made(later));
  const auto difference = masterlist::judge::difference(before, after);
  ASSERT_EQ(difference.came.size(), 1U);
  EXPECT_EQ(difference.came[0].country, "VN");
  ASSERT_EQ(difference.went.size(), 1U);
  EXPECT_EQ(difference.went[0].country, "UT");
  ASSERT_EQ(difference.replaced.size(), 1U);
  EXPECT_THAT(difference.replaced[0].changed, ElementsAre("2.5.29.16", "not_after", "not_before", "serial"));
  EXPECT_EQ(difference.same, 0U);
  EXPECT_EQ(masterlist::judge::difference(before, before).same, 2U);
}

TEST(MasterListFormatTest, RefusesAnotherVersionAndWhatIsLeftOver) {
  const Bytes certificate = vectors::load_binary("synth/csca1_p384.cer");
  const Bytes list = masterlist::format::encode({certificate});
  ASSERT_EQ(masterlist::format::parse(list).size(), 1U);
  EXPECT_TRUE(base::equal(masterlist::format::parse(list)[0], certificate));
  Bytes version = list;
  *std::ranges::find(version, 0x00) = 0x01;
  EXPECT_THROW(masterlist::format::parse(version), asn1::Malformed);
  Bytes longer = list;
  longer.push_back(0);
  EXPECT_THROW(masterlist::format::parse(longer), asn1::Malformed);
}

}  // namespace
