// EF.DG14 as the inspector takes it (rows E13 and G12 of the catalogue of bad inputs): signed and wrong, it leads to no
// chip authentication and says why; signed and written as chips in the field have it, it does its work.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "pki/asn1/tlv.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/simulator/group.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace {

using asn1::TlvWriter;
using base::Bytes;
using inspection::Report;
using inspection::StepResult;
using lds::FileId;
using simulator::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The finished card with this EF.DG14 under its signature; nullopt: with none, which nobody signed either.
State card_with(const std::optional<Bytes>& dg14) {
  State state = full_chip::made();
  lds::Files files;
  for (const auto& [id, content] : state.files) files[static_cast<FileId>(id)] = content;
  files.erase(FileId::Dg14);
  if (dg14) files[FileId::Dg14] = *dg14;
  std::vector<int> groups;
  for (const auto& [id, content] : files) {
    if (lds::info(id).data_group != 0) groups.push_back(lds::info(id).data_group);
  }
  files[FileId::Com] = lds::encode_com(groups);
  state.files.clear();
  for (const auto& [id, content] : sample::sign_again(files)) state.files[static_cast<std::uint16_t>(id)] = content;
  return state;
}

Report inspect(const State& state, bool active_authentication = false) {
  full_chip::InProcessCard card(state);
  base::SeededRandom random(4);
  static const trust::TrustStore trust = forge::trust();
  const std::string mrz = sample::mrz();
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  if (!active_authentication) how.policy.active_authentication = inspection::Demand::Never;
  return inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
}

StepResult chip_step(const Report& report) {
  return std::ranges::find(report.steps, "chip_authentication", &inspection::Step::name)->result;
}

std::vector<std::string> warnings(const Report& report) {
  std::vector<std::string> out;
  for (const base::Finding& finding : report.findings.list()) {
    if (finding.severity == base::Severity::Warn && finding.code != "DS_COUNTRY") out.push_back(finding.code);
  }
  return out;
}

lds::SecurityInfos good_infos() {
  return lds::parse_dg14(full_chip::made().files.at(0x010E)).infos.value();
}

TEST(Dg14Test, WithoutItTheChipIsNotProvenByChipAuthentication) {
  const State none = card_with(std::nullopt);
  const Report report = inspect(none);
  EXPECT_THAT(report.reasons(), ElementsAre("CHIP_NOT_PROVEN"));
  EXPECT_EQ(chip_step(report), StepResult::NotSupported);
  EXPECT_EQ(inspect(none, /*active_authentication=*/true).verdict, inspection::Verdict::Genuine);
  State hidden = full_chip::made();
  hidden.files.erase(0x010E);
  const Report missing = inspect(hidden);
  EXPECT_THAT(missing.reasons(), ElementsAre("DG14_MISSING"));
  EXPECT_NE(chip_step(missing), StepResult::Passed);
}

TEST(Dg14Test, AKeyThatCannotBeUsedFailsWithItsReason) {
  struct Case {
    const char* what;
    std::function<void(lds::SecurityInfos&)> change;
    const char* text;
  };
  const std::vector<Case> cases{
      {"two keys that nothing tells apart",
       [](lds::SecurityInfos& infos) {
         infos.chip_keys.front().key_id.reset();
         infos.chip_keys.push_back(infos.chip_keys.front());
         infos.chip_authentication.front().key_id.reset();
       },
       "Not possible: EF.DG14 names several keys and does not tell them apart."},
      {"a point off its curve", [](lds::SecurityInfos& infos) { infos.chip_keys.front().public_key.back() ^= 0x01; },
       "Not possible: the key in EF.DG14 is malformed, not on its curve, or of no standardized domain parameters."},
      {"an unknown curve",
       [](lds::SecurityInfos& infos) {
         Bytes& key = infos.chip_keys.front().public_key;
         const Bytes oid = base::hex("2B2403030208010107");  // brainpoolP256r1
         const auto at = std::search(key.begin(), key.end(), oid.begin(), oid.end());
         ASSERT_NE(at, key.end());
         *(at + 8) = 0x7F;
       },
       "Not possible: the key in EF.DG14 is malformed, not on its curve, or of no standardized domain parameters."},
      {"a protocol for another key", [](lds::SecurityInfos& infos) { infos.chip_authentication.front().key_id = 9; },
       "Not possible: EF.DG14 names no protocol of version 1 for its key."},
  };
  for (const auto& [what, change, text] : cases) {
    SCOPED_TRACE(what);
    lds::SecurityInfos infos = good_infos();
    change(infos);
    const Report report = inspect(card_with(encode_dg14(infos)));
    EXPECT_THAT(report.reasons(), ElementsAre("CHIP_AUTHENTICATION_NOT_POSSIBLE"));
    const auto& list = report.findings.list();
    EXPECT_EQ(std::ranges::find(list, "CHIP_AUTHENTICATION_NOT_POSSIBLE", &base::Finding::code)->text, text);
    EXPECT_EQ(chip_step(report), StepResult::Failed);
  }
}

TEST(Dg14Test, AChangedOneIsRefusedForItsHash) {
  State state = full_chip::made();
  state.files.at(0x010E).back() ^= 0x01;
  const Report report = inspect(state);
  EXPECT_THAT(report.reasons(), ElementsAre("DG14_HASH_MISMATCH"));
  EXPECT_NE(chip_step(report), StepResult::Passed);
}

Bytes dg14_of(const std::vector<Bytes>& infos) {
  TlvWriter set;
  for (const Bytes& info : infos) set.raw(info);
  return TlvWriter{}.put(0x6E, TlvWriter{}.put(0x31, set)).take();
}

TEST(Dg14Test, AnotherOrderUnknownInfosAndZeroesBehindItDoNoHarm) {
  const Bytes good = full_chip::made().files.at(0x010E);
  asn1::TlvReader outer(good);
  asn1::TlvReader dg14(outer.need(0x6E));
  std::vector<Bytes> infos;
  for (asn1::TlvReader set(dg14.need(0x31)); !set.at_end();) {
    const base::ByteView one = set.next().whole;
    infos.emplace_back(one.begin(), one.end());
  }
  const std::vector<Bytes> swapped(infos.rbegin(), infos.rend());
  std::vector<Bytes> unknown = infos;
  unknown.insert(unknown.begin(), base::hex("300806032A0304020105"));  // where DER sorts it
  const State reordered = card_with(dg14_of(swapped)), unheard_of = card_with(dg14_of(unknown));
  State padded = full_chip::made();
  padded.files.at(0x010E).resize(good.size() + 5);
  for (const auto& [what, state, told] :
       {std::tuple{"another order", &reordered, std::vector<std::string>{"SECURITY_INFOS_NOT_DER"}},
        {"an unknown protocol", &unheard_of, std::vector<std::string>{}},
        {"zeroes behind it", &std::as_const(padded), std::vector<std::string>{}}}) {
    const Report report = inspect(*state);
    EXPECT_THAT(report.reasons(), IsEmpty()) << what << to_text(report);
    EXPECT_EQ(warnings(report), told) << what;
    EXPECT_EQ(chip_step(report), StepResult::Passed) << what;
  }
}

}  // namespace
