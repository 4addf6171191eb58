// The trust store on disk: what comes in from files of any State, what stays out and why, what is remembered about it,
// and what distrust does to a judgement as of a day.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <set>

#include "pki/admin/trust_import.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/sod/judge/passive_authentication.h"
#include "pki/trust/anchor.h"
#include "pki/trust/freshness.h"
#include "pki/trust/trust_state.h"
#include "tests/lists/signed_lists.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using trust::TrustDirectory;

base::Moment at(const char* text) {
  return *base::parse_rfc3339(text);
}
const base::Moment kNow = at("2026-11-23T08:00:00Z");
// Of synth/csca1_p384.cer, by sha256sum.
constexpr const char* kCsca1 = "2B3C5E94070A53741DB7A558896797C94019AC04EF7430AA9587F603A3721F2A";

Bytes synth(const std::string& name) {
  return vectors::load_binary("synth/" + name);
}

std::vector<std::string> codes(const base::Findings& findings) {
  std::set<std::string> out;
  for (const auto& finding : findings.list()) out.insert(finding.code);
  return {out.begin(), out.end()};
}

std::string pem(const std::string& name) {
  return crypto::openssl::certificate_pem(synth(name));
}

trust::OfferedFile offered(const std::string& text) {
  return trust::take_apart(base::bytes_of(text), "file");
}

// --- files as people have them ---

TEST(OfferedFileTest, PemMayHoldSeveralWithTextAndOtherBlocks) {
  const auto file = offered("subject=one\r\n" + pem("csca1_p384.cer") +
                            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" + pem("csca_rsa4096_pss.cer"));
  EXPECT_THAT(file.certificates, ElementsAre(synth("csca1_p384.cer"), synth("csca_rsa4096_pss.cer")));
  EXPECT_THAT(codes(file.findings), ElementsAre("ANCHOR_FOREIGN_BLOCK"));
  EXPECT_FALSE(file.findings.failed());
}

TEST(OfferedFileTest, ADamagedBlockTakesNoOtherAlong) {
  std::string damaged = pem("csca2_bp384_explicit.cer");
  damaged[60] = '!';
  std::string cut = pem("csca2_bp384_explicit.cer").substr(0, 200) + "\n";
  const auto file = offered(pem("csca1_p384.cer") + damaged + cut + pem("csca_rsa4096_pss.cer"));
  EXPECT_THAT(file.certificates, ElementsAre(synth("csca1_p384.cer"), synth("csca_rsa4096_pss.cer")));
  ASSERT_THAT(file.findings.list(), SizeIs(2));
  EXPECT_EQ(file.findings.list()[0].where, "file, block 2");
  EXPECT_EQ(file.findings.list()[1].where, "file, block 3");
  EXPECT_THAT(file.findings.failing_codes(), ElementsAre("ANCHOR_UNREADABLE"));
}

TEST(OfferedFileTest, BareBase64AndZerosBehindAreTold) {
  std::string bare = pem("csca1_p384.cer");
  bare.erase(0, bare.find('\n') + 1);
  bare.resize(bare.find("-----END"));
  const auto naked = offered(bare);
  EXPECT_THAT(naked.certificates, ElementsAre(synth("csca1_p384.cer")));
  EXPECT_THAT(codes(naked.findings), ElementsAre("ANCHOR_NO_PEM_LINES"));
  Bytes longer = synth("csca1_p384.cer");
  longer.resize(longer.size() + 3);
  const auto padded = trust::take_apart(longer, "file");
  EXPECT_THAT(padded.certificates, ElementsAre(synth("csca1_p384.cer")));
  EXPECT_THAT(codes(padded.findings), ElementsAre("ANCHOR_TRAILING_BYTES"));
  longer.back() = 1;
  EXPECT_THAT(trust::take_apart(longer, "file").findings.failing_codes(), ElementsAre("ANCHOR_UNREADABLE"));
}

TEST(OfferedFileTest, SeveralCertificatesBehindEachOtherAreAllTaken) {
  Bytes both = synth("csca1_p384.cer");
  base::append(both, synth("csca_rsa4096_pss.cer"));
  const auto file = trust::take_apart(both, "file");
  EXPECT_THAT(file.certificates, SizeIs(2));
  EXPECT_THAT(codes(file.findings), ElementsAre("ANCHOR_SEVERAL"));
}

TEST(OfferedFileTest, ARevocationListIsFoundAndIsNoCertificate) {
  EXPECT_THAT(trust::take_apart(synth("crl_csca1.crl"), "file").lists, ElementsAre(synth("crl_csca1.crl")));
  const Bytes der = synth("crl_csca1.crl");
  const unsigned char* octets = der.data();
  const std::unique_ptr<X509_CRL, crypto::openssl::FreeWith<X509_CRL_free>> list(
      d2i_X509_CRL(nullptr, &octets, static_cast<long>(der.size())));
  const crypto::openssl::BioPtr out(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_X509_CRL(out.get(), list.get()), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const auto file = offered(pem("csca1_p384.cer") + std::string(text, static_cast<std::size_t>(size)));
  EXPECT_THAT(file.certificates, SizeIs(1));
  EXPECT_THAT(file.lists, ElementsAre(der));
  EXPECT_THAT(file.findings.list(), IsEmpty());
  trust::TrustStore store;
  EXPECT_THAT(store.offer_anchors(der, "file").failing_codes(), ElementsAre("ANCHOR_UNREADABLE"));
  EXPECT_THROW(store.add_anchor(der, "file"), base::Error);
}

TEST(OfferedFileTest, WhatHoldsNoCertificateIsToldAndNeverThrown) {
  for (const std::string& text : {std::string(), std::string("hello, world"), std::string("-----BEGIN "),
                                  std::string("-----BEGIN CERTIFICATE-----"), std::string("AAAA"), std::string(1, '0'),
                                  std::string("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")}) {
    const auto file = offered(text);
    EXPECT_THAT(file.certificates, IsEmpty()) << text;
    EXPECT_THAT(file.findings.failing_codes(), ElementsAre("ANCHOR_UNREADABLE")) << text;
  }
}

TEST(OfferedAnchorTest, IsJudgedByWhatItIs) {
  EXPECT_THAT(trust::judge_anchor(vectors::load_binary("csca-vietnam-epassport-2022.cer"), "it", kNow).list(),
              IsEmpty());
  EXPECT_THAT(trust::judge_anchor(synth("csca1_p384.cer"), "it", at("2050-01-01T00:00:00Z")).list(), SizeIs(1));
  EXPECT_TRUE(trust::judge_anchor(synth("csca1_p384.cer"), "it", at("2050-01-01T00:00:00Z")).has("ANCHOR_EXPIRED"));
  EXPECT_TRUE(
      trust::judge_anchor(synth("csca1_p384.cer"), "it", at("2000-01-01T00:00:00Z")).has("ANCHOR_NOT_YET_VALID"));
  EXPECT_THAT(trust::judge_anchor(synth("csca_link_1_to_2.cer"), "it").failing_codes(), ElementsAre("ANCHOR_LINK"));
  EXPECT_THAT(trust::judge_anchor(synth("ds1_p256.cer"), "it").failing_codes(), Contains("ANCHOR_NOT_CA"));
  Bytes changed = synth("csca1_p384.cer");
  changed.back() ^= 0x01;
  EXPECT_THAT(trust::judge_anchor(changed, "it").failing_codes(), ElementsAre("ANCHOR_SIGNATURE"));
  EXPECT_THAT(trust::judge_anchor({}, "it").failing_codes(), ElementsAre("ANCHOR_UNREADABLE"));
}

TEST(OfferedAnchorTest, AStoreTakesTheGoodOnesAndTellsTheRest) {
  trust::TrustStore store;
  const std::string text = pem("csca1_p384.cer") + pem("ds1_p256.cer") + pem("csca_rsa4096_pss.cer");
  const base::Findings findings = store.offer_anchors(base::bytes_of(text), "given");
  EXPECT_EQ(store.size(), 2U);
  EXPECT_THAT(findings.failing_codes(), Contains("ANCHOR_NOT_CA"));
  EXPECT_EQ(findings.list().front().where, "given, certificate 2");
  EXPECT_TRUE(store.offer_anchors(synth("masterlist_UTO.ml"), "list").has("ANCHOR_IS_MESSAGE"));
  EXPECT_EQ(store.size(), 2U);
}

// --- the store on disk ---

class TrustStoreFolder : public testing::Test {
 protected:
  admin::TrustImport import(const Bytes& file, const std::string& name = "a.cer", base::Moment now = kNow,
                            std::optional<base::Moment> as_of = {}) {
    TrustDirectory directory = TrustDirectory::open_or_begin(folder());
    admin::TrustImport done;
    admin::import_file(file, name,
                       {.how = "by \"bag\" \\ 7, số", .by = "Officer 17", .now = now, .as_of = as_of.value_or(now)},
                       directory, done);
    directory.save();
    return done;
  }
  void distrust(const char* from, const char* why = "key stolen") {
    TrustDirectory directory = TrustDirectory::open(folder());
    directory.distrust(kCsca1, {.from = at(from), .told_at = kNow, .why = why, .by = "Officer 18"});
    directory.save();
  }
  std::vector<std::string> judge(const char* as_of, const Bytes& also = {}) {
    trust::TrustStore store;
    if (!also.empty()) store.add_anchor(also, "given");
    base::Findings told;
    TrustDirectory::open(folder()).load_into(store, told);
    EXPECT_THAT(told.list(), IsEmpty());
    std::map<int, Bytes> groups;
    for (const int number : {1, 2, 11, 12, 13, 14, 15})
      groups[number] = synth("EF_DG" + std::to_string(number) + ".bin");
    return sod::judge::passive_authentication(synth("EF_SOD_ok_p256_sha256.bin"), groups, store, at(as_of))
        .findings.failing_codes();
  }
  std::filesystem::path folder() const { return folder_ / "trust"; }
  std::string index() const { return base::read_text_file(folder() / "trust.toml", "reading the index"); }

  test::TemporaryFolder folder_;
};

TEST_F(TrustStoreFolder, RemembersHowWhenAndByWhom) {
  EXPECT_THAT(import(synth("csca1_p384.cer")).added, ElementsAre(kCsca1));
  const TrustDirectory directory = TrustDirectory::open(folder());
  const trust::KeptAnchor* const anchor = directory.find(kCsca1);
  ASSERT_NE(anchor, nullptr);
  EXPECT_EQ(anchor->provenance, (trust::Provenance{"by \"bag\" \\ 7, số", "Officer 17", "a.cer", kCsca1, kNow}));
  EXPECT_EQ(anchor->certificate, synth("csca1_p384.cer"));
  EXPECT_EQ(trust::distrusted_from(*anchor), std::nullopt);
}

TEST_F(TrustStoreFolder, WhenItCameIsTheClocksWhateverDayIsJudged) {
  const auto done = import(synth("csca1_p384.cer"), "a.cer", kNow, at("2020-01-01T00:00:00Z"));
  EXPECT_TRUE(done.findings.has("ANCHOR_NOT_YET_VALID"));
  EXPECT_EQ(TrustDirectory::open(folder()).find(kCsca1)->provenance.added_at, kNow);
}

TEST_F(TrustStoreFolder, ImportingAgainChangesNothing) {
  import(synth("csca1_p384.cer"));
  const std::string before = index();
  const admin::TrustImport again =
      import(base::bytes_of(pem("csca1_p384.cer")), "b.pem", kNow + std::chrono::hours{24});
  EXPECT_THAT(again.added, IsEmpty());
  EXPECT_THAT(again.known, ElementsAre(kCsca1));
  EXPECT_EQ(index(), before);
}

TEST_F(TrustStoreFolder, TakesARealMasterListAndFindsTheCountryInIt) {
  const admin::TrustImport done = import(vectors::load_binary("masterlists/NL_ML_2025-07-29.ml"), "nl.ml");
  EXPECT_FALSE(done.findings.failed());
  EXPECT_EQ(done.added.size() + done.known.size() + done.left_out, 394U);
  EXPECT_THAT(codes(done.findings), Contains("ML_SIGNER_VOUCHED_BY_ITSELF"));
  EXPECT_THAT(import(vectors::load_binary("csca-vietnam-epassport-2022.cer")).known, SizeIs(1));
}

TEST_F(TrustStoreFolder, ACscaInTheStoreVouchesForTheListsSigner) {
  import(synth("csca1_p384.cer"));
  const admin::TrustImport done = import(synth("masterlist_UTO.ml"), "uto.ml");
  EXPECT_THAT(codes(done.findings), AllOf(Not(Contains("ML_SIGNER_VOUCHED_BY_ITSELF")), Contains("ANCHOR_LINK")));
  EXPECT_FALSE(done.findings.failed());
  EXPECT_EQ(done.left_out, 0U);
  EXPECT_THAT(TrustDirectory::open(folder()).links(), SizeIs(1));
}

TEST_F(TrustStoreFolder, ALinkIsNoAnchorAndJoinsTheListsOfItsCsca) {
  import(synth("csca1_p384.cer"));
  import(synth("csca2_bp384_explicit.cer"));
  import(synth("crl_csca1.crl"), "csca1.crl");
  const auto speaks_for_the_other = [this] {
    trust::TrustStore store;
    base::Findings told;
    TrustDirectory::open(folder()).load_into(store, told);
    EXPECT_THAT(told.list(), IsEmpty());
    const auto& anchors = store.state().anchors;
    EXPECT_THAT(anchors, SizeIs(2));
    const auto other = std::ranges::find(anchors, synth("csca2_bp384_explicit.cer"), &trust::Anchor::der);
    return trust::ask_revocation(store.state(), *other, base::hex("2006"), at("2026-03-01T00:00:00Z")).revoked;
  };
  EXPECT_FALSE(speaks_for_the_other());
  const admin::TrustImport done = import(synth("csca_link_1_to_2.cer"));
  EXPECT_FALSE(done.findings.failed());
  EXPECT_THAT(codes(done.findings), Contains("ANCHOR_LINK"));
  EXPECT_TRUE(speaks_for_the_other());
}

TEST_F(TrustStoreFolder, ARevocationListIsKeptOnceItsCscaIsThere) {
  const auto early = import(synth("crl_csca1.crl"), "csca1.crl");
  EXPECT_THAT(early.findings.failing_codes(), ElementsAre("TRUST_LIST_UNVERIFIED"));
  EXPECT_EQ(early.left_out, 1U);
  import(synth("csca1_p384.cer"));
  EXPECT_THAT(import(synth("crl_csca1.crl"), "csca1.crl").added, SizeIs(1));
  EXPECT_THAT(import(synth("crl_csca1.crl"), "again.crl").known, SizeIs(1));
  Bytes changed = synth("crl_csca1.crl");
  changed.back() ^= 0x01;
  EXPECT_THAT(import(changed, "changed.crl").findings.failing_codes(), ElementsAre("TRUST_LIST_UNVERIFIED"));

  const auto lists = TrustDirectory::open(folder()).lists();
  ASSERT_THAT(lists, SizeIs(1));
  EXPECT_EQ(lists.front().provenance.file, "csca1.crl");
  EXPECT_EQ(lists.front().der, synth("crl_csca1.crl"));
  const auto revoked = [this] {
    trust::TrustStore store;
    base::Findings told;
    TrustDirectory::open(folder()).load_into(store, told);
    return store.revoked();
  };
  EXPECT_EQ(revoked(), 1U);
  base::write_file(folder() / (lists.front().sha256 + ".crl"), changed, "swapping");
  EXPECT_THAT(TrustDirectory::open(folder()).findings().failing_codes(), ElementsAre("TRUST_FILE_DAMAGED"));
  EXPECT_EQ(revoked(), 0U);
  import(synth("crl_csca1.crl"), "csca1.crl");
  EXPECT_EQ(revoked(), 1U);
}

TEST_F(TrustStoreFolder, AListThatWasChangedBringsNothing) {
  Bytes list = synth("masterlist_UTO.ml");
  list.back() ^= 0x01;
  const admin::TrustImport done = import(list, "uto.ml");
  EXPECT_THAT(done.findings.failing_codes(), ElementsAre("ML_SIGNATURE"));
  EXPECT_THAT(done.added, IsEmpty());
  EXPECT_THAT(TrustDirectory::open(folder()).anchors(), IsEmpty());
}

TEST_F(TrustStoreFolder, AListOfADistrustedCscaBringsNothing) {
  import(synth("csca1_p384.cer"));
  distrust("2026-04-01T00:00:00Z");
  const admin::TrustImport done = import(synth("masterlist_UTO.ml"), "uto.ml");
  EXPECT_THAT(done.findings.failing_codes(), ElementsAre("CSCA_DISTRUSTED"));
  EXPECT_THAT(done.added, IsEmpty());
}

TEST_F(TrustStoreFolder, DistrustCountsFromItsDayOn) {
  import(synth("csca1_p384.cer"));
  distrust("2026-04-01T00:00:00Z");
  EXPECT_THAT(judge("2026-03-31T23:59:59Z"), IsEmpty());
  EXPECT_THAT(judge("2026-04-01T00:00:00Z"), ElementsAre("CSCA_DISTRUSTED"));
  EXPECT_TRUE(import(synth("csca1_p384.cer")).findings.has("ANCHOR_DISTRUSTED"));
  EXPECT_THAT(judge("2026-04-01T00:00:00Z"), ElementsAre("CSCA_DISTRUSTED"));
}

TEST_F(TrustStoreFolder, TheEarliestDistrustCountsAndTheSameOneIsToldOnce) {
  import(synth("csca1_p384.cer"));
  distrust("2026-04-01T00:00:00Z");
  const std::string before = index();
  distrust("2026-04-01T00:00:00Z");
  EXPECT_EQ(index(), before);
  distrust("2026-02-20T00:00:00Z", "it was earlier");
  distrust("2026-05-01T00:00:00Z", "again");
  EXPECT_THAT(judge("2026-03-01T00:00:00Z"), ElementsAre("CSCA_DISTRUSTED"));
  EXPECT_THAT(TrustDirectory::open(folder()).find(kCsca1)->distrusted, SizeIs(3));
}

TEST_F(TrustStoreFolder, AnAnchorThatCameLaterIsUsableForADayBefore) {
  import(synth("csca1_p384.cer"));
  EXPECT_THAT(judge("2026-03-01T00:00:00Z"), IsEmpty());
}

TEST_F(TrustStoreFolder, DistrustReachesTheSameKeyFromElsewhere) {
  import(synth("csca1_p384.cer"));
  distrust("2026-01-01T00:00:00Z");
  EXPECT_THAT(judge("2026-03-01T00:00:00Z", synth("csca1_p384.cer")), ElementsAre("CSCA_DISTRUSTED"));
}

TEST_F(TrustStoreFolder, AListSignedByADistrustedKeyRevokesAndAssuresNothing) {
  trust::TrustStore store;
  store.add_anchor(synth("csca1_p384.cer"), "csca1");
  store.add_crl(synth("crl_csca1.crl"), "crl");
  store.distrust(synth("csca1_p384.cer"), at("2026-03-01T00:00:00Z"));
  const auto ask = [&](const char* serial, const char* moment) {
    return trust::ask_revocation(store.state(), store.state().anchors.front(), base::hex(serial), at(moment));
  };
  EXPECT_EQ(ask("2001", "2026-02-28T00:00:00Z").freshness, trust::Freshness::Fresh);
  EXPECT_EQ(ask("2001", "2026-03-01T00:00:00Z").freshness, trust::Freshness::Unknown);
  EXPECT_TRUE(ask("2006", "2026-03-01T00:00:00Z").revoked);
}

TEST_F(TrustStoreFolder, ADamagedCertificateFileIsToldAndLeftOutUntilItComesAgain) {
  import(synth("csca1_p384.cer"));
  base::write_file(folder() / (std::string(kCsca1) + ".cer"), synth("csca_rsa4096_pss.cer"), "swapping");
  const TrustDirectory directory = TrustDirectory::open(folder());
  EXPECT_THAT(directory.findings().failing_codes(), ElementsAre("TRUST_FILE_DAMAGED"));
  trust::TrustStore store;
  base::Findings told;
  directory.load_into(store, told);
  EXPECT_EQ(store.size(), 0U);
  EXPECT_TRUE(told.has("TRUST_FILE_DAMAGED"));
  EXPECT_FALSE(told.failed());
  import(synth("csca1_p384.cer"));
  EXPECT_THAT(judge("2026-03-01T00:00:00Z"), IsEmpty());
}

TEST_F(TrustStoreFolder, AnIndexChangedByHandIsRefusedWithItsLine) {
  import(synth("csca1_p384.cer"));
  base::write_text_file(folder() / "trust.toml", index() + "trusted = true\n", "spoiling the index");
  try {
    TrustDirectory::open(folder());
    FAIL() << "a field that nobody knows was taken";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.what(), HasSubstr("trust.toml:11"));
  }
  EXPECT_THROW(TrustDirectory::open(folder_ / "nowhere"), base::Error);
}

TEST(TrustIndexTest, FingerprintsAndTextsHaveTheirForm) {
  EXPECT_EQ(trust::parse_fingerprint("2b:3c" + std::string(kCsca1).substr(4)), kCsca1);
  for (const char* wrong : {"", "2B3C", "zz"}) EXPECT_EQ(trust::parse_fingerprint(wrong), std::nullopt);
  EXPECT_TRUE(trust::is_index_text("Người gác cửa"));
  for (const std::string& wrong :
       {std::string(), std::string("a\nb"), std::string("a\x7F"), std::string("\xFF"), std::string(501, 'a')}) {
    EXPECT_FALSE(trust::is_index_text(wrong)) << wrong;
  }
}

}  // namespace
