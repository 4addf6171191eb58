// PACE, Chip and Terminal Authentication between the two sides that were written apart: the terminal on OpenSSL, the
// chip on Botan, with nothing between them but command and response APDUs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "smartcard/access/access.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/group.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace {

using full_chip::card_access;
using full_chip::chain;
using full_chip::dg14_infos;
using full_chip::InProcessCard;
using full_chip::inspection_system;
using full_chip::kBrainpoolP256r1;
using full_chip::kCan;
using full_chip::made;
using full_chip::pace_info;
using inspection::Report;
using inspection::StepResult;
using inspection::Verdict;
using lds::Agreement;
using lds::Cipher;
using lds::FileId;
using lds::Mapping;
using simulator::State;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kSecp224r1 = 10;  // no integrated mapping: its p is 1 mod 4

// --- whole inspections, with the default protocols ---

struct Known {
  std::string mrz = sample::mrz();
  std::string can = {};
  inspection::Policy policy = {};
  const char* inspection_system = nullptr;
  bool extended = true;
};

Report inspect(const State& state, const Known& known, lds::Files* read = nullptr) {
  InProcessCard card(state, known.extended);
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const auto credentials = inspection_system(known.inspection_system != nullptr ? known.inspection_system : "is");
  inspection::CardInspection how{known.mrz, trust, forge::inspection_moment(), random};
  how.can = known.can;
  how.policy = known.policy;
  if (known.inspection_system != nullptr) how.inspection_system = &credentials;
  return inspection::inspect_card(card, how, read);
}

StepResult step(const Report& report, const char* name) {
  return std::ranges::find(report.steps, name, &inspection::Step::name)->result;
}

TEST(ProtocolsMeet, ACardOpensByCanAndByMrz) {
  for (const Known& known : {Known{.can = std::string(kCan)}, Known{}, Known{.mrz = {}, .can = std::string(kCan)}}) {
    lds::Files read;
    const Report report = inspect(made(), known, &read);
    EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
    EXPECT_EQ(step(report, "pace"), StepResult::Passed);
    EXPECT_NE(step(report, "bac"), StepResult::Passed);
    EXPECT_EQ(step(report, "active_authentication"), StepResult::Passed);
    EXPECT_EQ(step(report, "chip_authentication"), StepResult::Passed);
    EXPECT_FALSE(read.contains(FileId::Dg3)) << "without terminal authentication";
  }
}

TEST(ProtocolsMeet, TheInspectionSystemReadsTheFingers) {
  for (const bool by_pace : {true, false}) {
    Known known{.inspection_system = "is"};
    if (!by_pace) known.policy.pace = inspection::Demand::Never;
    lds::Files read;
    const Report report = inspect(made(), known, &read);
    EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
    EXPECT_EQ(step(report, by_pace ? "pace" : "bac"), StepResult::Passed);
    EXPECT_EQ(step(report, "terminal_authentication"), StepResult::Passed) << to_text(report);
    EXPECT_EQ(read[FileId::Dg3], made().files.at(0x0103));
    EXPECT_FALSE(report.findings.has("DG3_NOT_READ"));
  }
}

TEST(ProtocolsMeet, AReaderOfShortCommandsShowsTheChainInPieces) {
  Known known{.can = std::string(kCan), .inspection_system = "is", .extended = false};
  known.policy.active_authentication = inspection::Demand::Never;
  lds::Files read;
  const Report report = inspect(made(), known, &read);
  EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
  EXPECT_TRUE(read.contains(FileId::Dg3));
}

TEST(ProtocolsMeet, AForeignKeyOrAnExpiredCertificateDoesNotOpenTheFingers) {
  for (const char* name : {"is_expired", "is_bad_signature"}) {
    lds::Files read;
    const Report report = inspect(made(), {.inspection_system = name}, &read);
    EXPECT_EQ(step(report, "terminal_authentication"), StepResult::Failed) << name;
    EXPECT_TRUE(report.findings.has("TERMINAL_AUTHENTICATION_REFUSED")) << name;
    EXPECT_FALSE(read.contains(FileId::Dg3)) << name;
    EXPECT_EQ(report.verdict, Verdict::Genuine) << "a chip is no less genuine for that";
  }
}

TEST(ProtocolsMeet, AWrongCanDoesNotOpenTheChip) {
  const Report report = inspect(made(), {.can = "654321"});
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_THAT(report.reasons(), ElementsAre("PACE_PASSWORD"));
  EXPECT_NE(step(report, "bac"), StepResult::Passed) << "nothing takes its place in silence";
}

TEST(ProtocolsMeet, AnotherCardsMrzDoesNotOpenTheChip) {
  std::string other = sample::mrz();
  other[5] = other[5] == '1' ? '2' : '1';
  EXPECT_THAT(inspect(made(), {.mrz = other}).reasons(), Contains("PACE_PASSWORD"));
}

// Whoever stands between takes EF.CardAccess away, or puts a weaker protocol into it that the chip speaks as well.
TEST(ProtocolsMeet, ADowngradeIsFoundOut) {
  State hidden = made();
  hidden.master_files.clear();
  EXPECT_THAT(inspect(hidden, {}).reasons(), ElementsAre("PACE_DOWNGRADE"));
  State weaker = made();
  weaker.master_files[0x011C] = card_access(pace_info(kBrainpoolP256r1, Mapping::Generic, Cipher::TripleDes));
  const Report report = inspect(weaker, {.can = std::string(kCan)});
  EXPECT_EQ(step(report, "pace"), StepResult::Passed);
  EXPECT_THAT(report.reasons(), ElementsAre("PACE_DOWNGRADE"));
}

TEST(ProtocolsMeet, ACloneHasNotTheChipsKey) {
  base::SeededRandom random(9);
  State clone = cloned_state(made(), random);
  Known known{.can = std::string(kCan), .inspection_system = "is"};
  known.policy.active_authentication = inspection::Demand::Never;
  lds::Files read;
  const Report report = inspect(clone, known, &read);
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_THAT(report.reasons(), Contains("CHIP_AUTHENTICATION_FAILED"));
  EXPECT_EQ(step(report, "chip_authentication"), StepResult::Failed);
  EXPECT_FALSE(read.contains(FileId::Dg3));
  clone.chip_keys.clear();  // and one that does not even pretend
  EXPECT_THAT(inspect(clone, known).reasons(), Contains("CHIP_AUTHENTICATION_FAILED"));
}

// --- every set of domain parameters with every mapping and cipher, without an inspection around it ---

struct Cell {
  lds::PaceInfo pace;
  Cipher chip_cipher;
};

std::vector<Cell> cells() {
  std::vector<Cell> out;
  for (const std::int64_t parameters : {0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}) {
    for (const Mapping mapping : {Mapping::Generic, Mapping::Integrated, Mapping::ChipAuthentication}) {
      for (const Cipher cipher : {Cipher::TripleDes, Cipher::Aes128, Cipher::Aes192, Cipher::Aes256}) {
        const bool cam = mapping == Mapping::ChipAuthentication;
        if (cam && (cipher == Cipher::TripleDes || parameters < 8)) continue;
        if (mapping == Mapping::Integrated && parameters == kSecp224r1) continue;
        out.push_back({pace_info(parameters, mapping, cipher), cipher});
      }
    }
  }
  return out;
}

// A chip with a key over the cell's parameters that offers this PACE and this cipher for chip authentication.
std::pair<State, lds::SecurityInfos> chip_for(const Cell& cell) {
  State state = made();
  base::SeededRandom random(17);
  const auto parameters = static_cast<std::uint8_t>(*cell.pace.parameter_id);
  const auto group = simulator::Group::standardized(parameters);
  base::Secret secret = group->random_number(random);
  const base::Bytes key = group->public_key_info(group->multiply(group->generator(), secret.reveal(), random));
  state.chip_keys.clear();
  state.chip_keys.push_back({1, parameters, std::move(secret)});
  state.master_files[0x011C] = card_access(cell.pace);
  lds::SecurityInfos infos = dg14_infos(cell.pace, cell.chip_cipher, key);
  state.files[0x010E] = encode_dg14(infos);
  return {std::move(state), std::move(infos)};
}

base::Bytes read_com(transport::Channel& channel) {
  return channel.transmit({0x00, 0xB0, 0x9E, 0x00, {}, 256}).data;
}

void meet(const Cell& cell) {
  const auto [state, infos] = chip_for(cell);
  const base::Bytes& com = state.files.at(0x011E);
  InProcessCard card(state);
  base::SeededRandom random(4);
  const auto choices = chip_access::supported_pace(lds::parse_card_access(state.master_files.at(0x011C)).infos.value());
  ASSERT_EQ(choices.size(), 1U);
  auto pace = chip_access::pace(card, choices.front(),
                                chip_access::password_of(chip_access::PasswordReference::Can, kCan), random);
  for (const auto& finding : pace.findings.list()) ADD_FAILURE() << finding.code << " " << finding.text;
  ASSERT_TRUE(pace.secured);
  ASSERT_TRUE(pace.secured->transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt}).sw.ok());
  EXPECT_EQ(read_com(*pace.secured), com);
  EXPECT_EQ(pace.mapping.has_value(), cell.pace.mapping == Mapping::ChipAuthentication);
  if (pace.mapping) {
    EXPECT_TRUE(judge_chip_authentication_mapping(*pace.mapping, infos.chip_keys).empty());
  }
  auto chip = chip_access::chip_authentication(card, std::move(pace.secured), infos, random);
  for (const auto& finding : chip.findings.list()) ADD_FAILURE() << finding.code << " " << finding.text;
  ASSERT_TRUE(chip.agreed());
  EXPECT_EQ(read_com(*chip.secured), com);
  EXPECT_TRUE(chip.proven());
  constexpr std::uint16_t kRefused = 0x6982;
  const apdu::Command read_fingers{0x00, 0xB0, 0x83, 0x00, {}, 256};
  EXPECT_EQ(chip.secured->transmit(read_fingers).sw.value, kRefused) << "before terminal authentication";
  const auto findings = chip_access::terminal_authentication(*chip.secured, inspection_system("is"), {"UTCVCA00001"},
                                                             pace.id_picc, chip.terminal_key);
  for (const auto& finding : findings.list()) ADD_FAILURE() << finding.code << " " << finding.text;
  EXPECT_EQ(chip.secured->transmit(read_fingers).data, state.files.at(0x0103));
}

TEST(ProtocolsMeet, OnEverySetOfDomainParametersWithEveryMappingAndCipher) {
  for (const Cell& cell : cells()) {
    SCOPED_TRACE(testing::Message() << "parameters " << *cell.pace.parameter_id << ", mapping "
                                    << static_cast<int>(cell.pace.mapping) << ", cipher "
                                    << static_cast<int>(cell.pace.cipher));
    ASSERT_NO_THROW(meet(cell));
  }
}

// A chip that answers with another key's mapping data has not shown that it holds the one that is signed.
TEST(ProtocolsMeet, MappingDataOfAnotherKeyProvesNothing) {
  const Cell cell{pace_info(kBrainpoolP256r1, Mapping::ChipAuthentication, Cipher::Aes128), Cipher::Aes128};
  auto [state, infos] = chip_for(cell);
  base::SeededRandom random(5);
  const auto group = simulator::Group::standardized(static_cast<std::uint8_t>(kBrainpoolP256r1));
  state.chip_keys.front().secret = group->random_number(random);
  InProcessCard card(state);
  const auto choices = chip_access::supported_pace(lds::parse_card_access(state.master_files.at(0x011C)).infos.value());
  const auto pace = chip_access::pace(card, choices.at(0),
                                      chip_access::password_of(chip_access::PasswordReference::Can, kCan), random);
  ASSERT_TRUE(pace.mapping.has_value());
  EXPECT_THAT(judge_chip_authentication_mapping(*pace.mapping, infos.chip_keys).failing_codes(),
              ElementsAre("CHIP_AUTHENTICATION_FAILED"));
}

// A link certificate moves the chip's trust; the rights are those that the whole chain has.
TEST(ProtocolsMeet, TheChainMovesTheChipsTrustAndItsDate) {
  InProcessCard card(made());
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const auto credentials = inspection_system();
  const std::string mrz = sample::mrz();
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  how.inspection_system = &credentials;
  for (int visit = 0; visit < 2; ++visit) {  // the second time the chip names the new one first
    const Report report = inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
    EXPECT_EQ(step(report, "terminal_authentication"), StepResult::Passed) << visit << to_text(report);
    EXPECT_EQ(card.state().trust_points.size(), 2U);
    EXPECT_EQ(card.state().trust_points.front(), vectors::hex(chain().at("link_1_2").at("der")));
    EXPECT_EQ(base::to_hex(card.state().date), "020600010001");
    card.reset();
  }
}

}  // namespace
