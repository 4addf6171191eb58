// PACE, Chip and Terminal Authentication between the two sides that were written apart: the terminal on OpenSSL, the
// chip on Botan, with nothing between them but command and response APDUs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"
#include "smartcard/access/access.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/lds/dg3.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/group.h"
#include "tests/judge/sample_card.h"
#include "tests/simulator/card_side.h"
#include "tests/support/vectors.h"

namespace {

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
namespace card_side = simulator::testing;

constexpr std::string_view kCan = "123456";
constexpr std::int64_t kBrainpoolP256r1 = 13;
constexpr std::int64_t kSecp224r1 = 10;  // no integrated mapping: its p is 1 mod 4
const base::Bytes kNewKey = base::hex("303132333435363738393A3B3C3D3E3F");

class InProcessCard final : public transport::Channel {
 public:
  explicit InProcessCard(const State& state, bool extended = true)
      : store_(state), chip_(store_, random_), extended_(extended) {}
  apdu::Response transmit(const apdu::Command& command) override {
    return apdu::decode_response(chip_.transmit(apdu::encode(command))).value();
  }
  bool extended_length() const override { return extended_; }
  void reset() { chip_.reset(); }
  State state() { return simulator::decode_state(store_.load(), "test"); }

 private:
  simulator::MemoryStore store_;
  base::SeededRandom random_{3};
  simulator::Chip chip_;
  bool extended_;
};

std::string mrz_information() {
  return document::parse_mrz(sample::mrz()).fields.value().bac_information;
}

const nlohmann::json& chain(const char* family = "ecdsa_p256") {
  static const nlohmann::json json = vectors::load("ca_ta.json");
  return json["generated_chain"][family];
}

// --- the terminal's certificates and key ---

base::Bytes sign_digest(base::ByteView digest) {
  asn1::TlvWriter fields;
  fields.integer(1).octet_string(vectors::hex(chain().at("is").at("private_key")));
  fields.put(0xA0, asn1::TlvWriter{}.oid(asn1::Oid("1.2.840.10045.3.1.7")));
  const base::Bytes der = asn1::TlvWriter{}.sequence(fields).take();
  const unsigned char* at = der.data();
  const crypto::openssl::PkeyPtr key(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(der.size())));
  const crypto::openssl::PkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  base::Bytes signature(100);
  std::size_t size = signature.size();
  base::ensure(EVP_PKEY_sign_init(context.get()) == 1 &&
                   EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) == 1,
               "the vectors' key signs");
  signature.resize(size);
  asn1::TlvReader outer(signature);
  asn1::TlvReader numbers(outer.need(0x30));
  base::Bytes plain;
  for (int i = 0; i < 2; ++i) {
    base::ByteView number = numbers.need(0x02);
    if (number.size() > 32) number = number.last(32);
    base::append(plain, base::Bytes(32 - number.size()));
    base::append(plain, number);
  }
  return plain;
}

cvc::format::Certificate certificate(const char* name) {
  return cvc::format::parse_certificate(vectors::hex(chain().at(name).at("der")));
}

// CVCA (the chip's) → link → DV → this inspection system.
chip_access::InspectionCredentials inspection_system(const char* name = "is") {
  return {certificate(name), {certificate("dv"), certificate("cvca2"), certificate("link_1_2")}, sign_digest};
}

// --- the chip ---

lds::PaceInfo pace_info(std::int64_t parameters, Mapping mapping, Cipher cipher) {
  return {parameters < 8 ? Agreement::Dh : Agreement::Ecdh, mapping, cipher, 2, parameters};
}

const lds::PaceInfo kUsual = pace_info(kBrainpoolP256r1, Mapping::Generic, Cipher::Aes128);

lds::SecurityInfos dg14_infos(const lds::PaceInfo& pace, Cipher cipher, const base::Bytes& chip_key) {
  lds::SecurityInfos infos;
  infos.pace = {pace};
  infos.chip_authentication = {{pace.agreement, cipher, 1, 1}};
  infos.chip_keys = {{pace.agreement, chip_key, 1}};
  infos.terminal_authentication = {{}};
  return infos;
}

base::Bytes card_access(const lds::PaceInfo& pace) {
  lds::SecurityInfos infos;
  infos.pace = {pace};
  return encode_security_infos(infos);
}

// A host that makes one card by the card manager's commands, from the blank chip to the lock.
class Maker {
 public:
  State make() {
    EXPECT_EQ(host_.open(), 0x9000);
    EXPECT_EQ(
        host_.send(card_side::put_key(card_side::kTransportKey, 0x30, 0x31, {kNewKey, kNewKey, kNewKey})).sw.value,
        0x9000);
    host_.use_keys(kNewKey, kNewKey, kNewKey);
    EXPECT_EQ(host_.open(), 0x9000);
    EXPECT_EQ(host_.send(card_side::install_application()).sw.value, 0x9000);
    EXPECT_EQ(host_.send(card_side::install_for_personalization()).sw.value, 0x9000);
    const base::Bytes chip_key = store(0x09, card_side::dgi(0x8F11, base::hex("010D")));
    const base::Bytes numbers = store(0x09, card_side::dgi(0x8F10, base::hex("01")));
    store_secrets();
    store(0x08, card_side::dgi(0x011C, card_access(kUsual)));
    store(0x08, card_side::dgi(0x8F12, vectors::hex(chain().at("cvca1").at("der"))));
    store(0x08, card_side::dgi(0x8F13, base::hex("020500010001")));
    for (const auto& [id, content] : files(chip_key, numbers)) {
      store(0x08, card_side::dgi(static_cast<std::uint16_t>(id), content));
    }
    store(0x88, card_side::dgi(0x8F20, base::hex("01")));
    EXPECT_EQ(host_.send(card_side::lock()).sw.value, 0x9000);
    return simulator::decode_state(store_.load(), "test");
  }

 private:
  base::Bytes store(std::uint8_t p1, base::Bytes data) {
    const apdu::Response answer = host_.send(card_side::store_data(p1, block_++, std::move(data)));
    EXPECT_EQ(answer.sw.value, 0x9000) << "block " << block_ - 1;
    return answer.data;
  }
  void store_secrets() {
    const chip_access::BacKeys bac = chip_access::derive_bac_keys(mrz_information());
    store(0x68, card_side::encrypted_dgi(0x8F01, base::concat({bac.enc.reveal(), bac.mac.reveal()}), kNewKey));
    asn1::TlvWriter passwords;
    passwords.put(0x83, base::hex("01")).put(0x84, simulator::sha1(base::view_of(mrz_information())));
    passwords.put(0x83, base::hex("02")).put(0x84, base::view_of(kCan));
    store(0x68, card_side::encrypted_dgi(0x8F02, passwords.view(), kNewKey));
  }
  static lds::Files files(const base::Bytes& chip_key, const base::Bytes& aa_numbers) {
    lds::Files files = sample::card();
    files[FileId::Com] = lds::encode_com({1, 2, 3, 13, 14, 15});
    files[FileId::Dg3] = lds::encode_dg3({}, base::hex("0102030405060708"));
    files[FileId::Dg14] = encode_dg14(dg14_infos(kUsual, Cipher::Aes128, chip_key));
    asn1::TlvReader outer(aa_numbers);
    asn1::TlvReader numbers(outer.need(0x7F49));
    asn1::TlvWriter key, algorithm, spki;
    const base::ByteView modulus = numbers.need(0x81);
    key.unsigned_integer(modulus).unsigned_integer(numbers.need(0x82));
    algorithm.oid(asn1::oid::kRsaEncryption).null();
    spki.sequence(algorithm).bit_string(asn1::TlvWriter{}.sequence(key).view());
    files[FileId::Dg15] = lds::encode_dg15(asn1::TlvWriter{}.sequence(spki).view());
    return sample::sign_again(std::move(files));
  }

  simulator::MemoryStore store_{card_side::blank()};
  base::SeededRandom random_{21};
  simulator::Chip chip_{store_, random_};
  card_side::Host host_{chip_};
  std::uint8_t block_ = 0;
};

State made() {
  static const std::string text = encode_state(Maker{}.make());
  return simulator::decode_state(text, "test");
}

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
