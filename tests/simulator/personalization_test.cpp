// The card manager: secure channel rules, key change, personalization, locking, and the state after a loss of power
// (section I of the catalogue of bad inputs).
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/simulator/card_manager.h"
#include "tests/simulator/card_side.h"

namespace simulator::testing {

namespace {

const base::Bytes kEnc = base::hex("303132333435363738393A3B3C3D3E3F");
const base::Bytes kMac = base::hex("404142434445464748494A4B4C4D4E40");
const base::Bytes kDek = base::hex("505152535455565758595A5B5C5D5E5F");
const base::Bytes kBac = base::concat({kBacEnc, kBacMac});
const base::Bytes kFace(5000, 0x75);

// A store that can be told to fail, as a disk does or power in the moment of writing.
class FragileStore final : public StateStore {
 public:
  explicit FragileStore(const State& state) : inner_(state) {}
  std::string load() override { return inner_.load(); }
  void save(std::string_view text) override {
    if (broken) throw base::Error(base::Fault::AskOperator, "keeping the chip's state", "no space left");
    inner_.save(text);
  }
  std::string name() const override { return "fragile"; }
  std::size_t saves() const { return inner_.saves(); }
  bool broken = false;

 private:
  MemoryStore inner_;
};

State with_aa_key(State state) {
  state.aa_key = base::Secret::copy_of(personalized().aa_key.reveal());
  return state;
}

class CardManagerTest : public ::testing::Test {
 protected:
  explicit CardManagerTest(State state = blank()) : store(state), chip(store, random), host(chip) {}
  State state() { return decode_state(store.load(), "test"); }
  void begin_run() {
    ASSERT_EQ(host.open(), 0x9000);
    if (state().application == ApplicationState::Absent) {
      ASSERT_EQ(host.send(install_application()).sw.value, 0x9000);
    }
    ASSERT_EQ(host.send(install_for_personalization()), (apdu::Response{{0x00}, {0x9000}}));
  }
  std::uint16_t store_block(std::uint8_t p1, std::uint8_t block, base::Bytes data) {
    return host.send(store_data(p1, block, std::move(data))).sw.value;
  }

  FragileStore store;
  ScriptedRandom random;
  Chip chip;
  Host host;
};

class SecureChannelTest : public CardManagerTest {};
class StoreDataTest : public CardManagerTest {};

// Everything is written, only the lock is missing.
class LockTest : public CardManagerTest {
 protected:
  LockTest() : CardManagerTest(written()) {}
  static State written() {
    State state = personalized();
    state.keys.version = 0x30;
    state.application = ApplicationState::Selectable;
    return state;
  }
};

// One way to personalize a chip: the management commands after key change, in order. Several DGIs in one block, one DGI
// over several, an encrypted one, the lock at the end.
std::vector<apdu::Command> personalization(base::ByteView dek) {
  const base::Bytes face = dgi(0x0102, kFace);
  const auto part = [&](std::size_t from, std::size_t to) {
    return base::Bytes(face.begin() + static_cast<std::ptrdiff_t>(from),
                       face.begin() + static_cast<std::ptrdiff_t>(to));
  };
  return {
      install_application(),
      install_for_personalization(),
      store_data(0x68, 0, encrypted_dgi(0x8F01, kBac, dek)),
      store_data(0x08, 1, base::concat({dgi(0x011E, base::hex("60020102")), dgi(0x0101, base::hex("6101AA"))})),
      store_data(0x08, 2, part(0, 1)),
      store_data(0x08, 3, part(1, 2000)),
      store_data(0x08, 4, part(2000, face.size())),
      store_data(0x88, 5, dgi(0x011D, base::Bytes(1500, 0x77))),
      lock(),
  };
}

}  // namespace

TEST_F(CardManagerTest, TellsWhatItIsWithoutAuthentication) {
  for (const char* const select : {"00A4040000", "00A4040008A00000015100000000"}) {
    EXPECT_EQ(base::to_hex(transmit(chip, select).data), "6F108408A000000151000000A5049F6501FF");
  }
  EXPECT_EQ(base::to_hex(transmit(chip, "80CA004500").data), "45080123456789ABCDEF");
  EXPECT_EQ(base::to_hex(transmit(chip, "00CA004500").data), "45080123456789ABCDEF");
  EXPECT_EQ(base::to_hex(transmit(chip, "80CA00E000").data), "E012C00401308810C00402308810C00403308810");
  EXPECT_EQ(transmit(chip, "80CA9F7F00").data.size(), 45U);
  const auto answer = transmit(chip, "80CA006600").data;
  asn1::TlvReader recognition(answer);
  EXPECT_NE(base::to_hex(recognition.need(0x66)).find("640B06092A864886FC6B040370"), std::string::npos) << "SCP03, 70";
  EXPECT_EQ(sw(chip, "80CA004400"), 0x6A88);
  EXPECT_EQ(sw(chip, "80CA004501AA00"), 0x6700);
}

TEST_F(CardManagerTest, IsNotYetAnIdentityCard) {
  EXPECT_EQ(sw(chip, "00A4040C07A0000002471001"), 0x6A82);
  EXPECT_EQ(sw(chip, "00A4000C023F00"), 0x6A82);
  ASSERT_EQ(host.open(), 0x9000);
  ASSERT_EQ(host.send(install_application()), (apdu::Response{{0x00}, {0x9000}}));
  EXPECT_EQ(sw(chip, "00A4040C07A0000002471001"), 0x6985);
}

TEST_F(CardManagerTest, ManagesNothingWithoutAChannel) {
  for (const auto& command : {install_application(), install_for_personalization(), store_data(0x88, 0, {1}), lock(),
                              terminate(), put_key(kTransportKey, 0x30, 0x31, {kEnc, kMac, kDek})}) {
    EXPECT_EQ(transmit(chip, apdu::encode(command)).sw.value, 0x6982);
    auto secured = command;
    secured.cla = 0x84;
    EXPECT_EQ(transmit(chip, apdu::encode(secured)).sw.value, 0x6982);
  }
  EXPECT_EQ(sw(chip, "80F28002024F0000"), 0x6982);
  EXPECT_EQ(store.saves(), 0U);
}

TEST_F(SecureChannelTest, OpensAtEachLevel) {
  for (const std::uint8_t level : base::hex("0103111333")) {
    ASSERT_EQ(host.open(level), 0x9000) << int{level};
    const auto status = host.send({0x80, 0xF2, 0x80, 0x02, base::hex("4F00"), 256});
    EXPECT_EQ(base::to_hex(status.data), "E3134F08A0000001510000009F700101C5039EFE80") << int{level};
  }
  for (const std::uint8_t level : base::hex("000210303132FF")) EXPECT_EQ(host.open(level), 0x6A86);
}

TEST_F(SecureChannelTest, CountsSessionsBeforeTheyBegin) {
  for (const char* const counter : {"000001", "000002", "000003"}) {
    ASSERT_EQ(host.open(), 0x9000);
    const auto& answer = host.initialize_update_answer();
    EXPECT_EQ(base::to_hex(base::ByteView(answer).first(13)), "564E0123456789ABCDEF300370");
    EXPECT_EQ(base::to_hex(base::ByteView(answer).last(3)), counter);
  }
  EXPECT_EQ(state().keys.sequence_counter, 3U);
  EXPECT_EQ(store.saves(), 3U) << "one write for each INITIALIZE UPDATE, none for a success";
}

TEST_F(SecureChannelTest, RefusesOtherKeyVersionsAndLengths) {
  EXPECT_EQ(host.open(0x33, 0x30), 0x9000);
  EXPECT_EQ(host.open(0x33, 0x31), 0x6A88);
  EXPECT_EQ(sw(chip,
               "80500001080102030405060708"
               "00"),
            0x6A86);
  EXPECT_EQ(sw(chip,
               "805000000701020304050607"
               "00"),
            0x6700);
  EXPECT_EQ(sw(chip,
               "80500000"
               "10"
               "01020304050607080102030405060708"
               "00"),
            0x6700);
  EXPECT_EQ(sw(chip,
               "8482330010"
               "00112233445566770011223344556677"),
            0x6985)
      << "nothing was begun";
}

TEST_F(SecureChannelTest, BlocksTheKeysAfterTenFailuresInARow) {
  host.use_keys(kEnc, kMac, kDek);
  for (std::uint32_t i = 1; i < kMostFailures; ++i) ASSERT_EQ(host.open(), 0x6300) << i;
  host.use_keys(kTransportKey, kTransportKey, kTransportKey);
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(state().keys.failed_authentications, 0U) << "a success forgives";
  host.use_keys(kEnc, kMac, kDek);
  for (std::uint32_t i = 0; i < kMostFailures; ++i) ASSERT_EQ(host.open(), 0x6300) << i;
  host.use_keys(kTransportKey, kTransportKey, kTransportKey);
  EXPECT_EQ(host.open(), 0x6983);
  chip.reset();
  EXPECT_EQ(host.open(), 0x6983) << "it is no matter of power";
  EXPECT_EQ(sw(chip, "80CA004500"), 0x9000);
}

TEST_F(SecureChannelTest, ComesToAnEndOfItsCounter) {
  State worn = blank();
  worn.keys.sequence_counter = 0xFFFFFE;
  MemoryStore last(worn);
  Chip old_chip(last, random);
  Host old_host(old_chip);
  EXPECT_EQ(old_host.open(), 0x9000);
  EXPECT_EQ(old_host.open(), 0x6985);
}

TEST_F(SecureChannelTest, EndsWithAReplayAReorderingOrAWrongMac) {
  const apdu::Command harmless{0x80, 0xF2, 0x80, 0x02, base::hex("4F00"), 256};
  ASSERT_EQ(host.open(), 0x9000);
  const auto first = host.wrap(harmless);
  ASSERT_EQ(transmit(chip, first).sw.value, 0x9000);
  EXPECT_EQ(transmit(chip, first).sw.value, 0x6982) << "replayed";
  EXPECT_EQ(host.send(harmless).sw.value, 0x6982) << "and the session is over";

  ASSERT_EQ(host.open(), 0x9000);
  host.wrap(harmless);
  EXPECT_EQ(host.send(harmless).sw.value, 0x6982) << "one left out";

  ASSERT_EQ(host.open(), 0x9000);
  auto spoiled = host.wrap(harmless);
  spoiled[8] ^= 0x01;
  EXPECT_EQ(transmit(chip, spoiled).sw.value, 0x6982);
  EXPECT_EQ(host.send(harmless).sw.value, 0x6982);
}

TEST_F(SecureChannelTest, EndsWithAPlainCommandOtherThanSelect) {
  for (const char* const plain : {"80CA004500", "80F28002024F0000", "00B0000004", "0CB0000004", "80CA0045"}) {
    ASSERT_EQ(host.open(0x01), 0x9000);
    EXPECT_NE(sw(chip, plain), 0x9000) << plain;
    EXPECT_EQ(host.send(install_application()).sw.value, 0x6982) << plain;
  }
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(sw(chip, "00A4040C07A0000002471001"), 0x6A82);
  EXPECT_EQ(host.send(install_application()).sw.value, 0x9000) << "a refused SELECT changes nothing";
}

TEST_F(SecureChannelTest, EndsWithAResetOrASelect) {
  ASSERT_EQ(host.open(), 0x9000);
  chip.reset();
  EXPECT_EQ(host.send(install_application()).sw.value, 0x6982);
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(sw(chip, "00A4040000"), 0x9000);
  EXPECT_EQ(host.send(install_application()).sw.value, 0x6982);
}

TEST_F(SecureChannelTest, LeavesErrorsUnprotectedAndGoesOn) {
  ASSERT_EQ(host.open(), 0x9000);
  const auto raw = host.wrap({0x80, 0xCA, 0x00, 0x44, {}, 256});
  EXPECT_EQ(base::to_hex(chip.transmit(raw)), "6A88");
  EXPECT_EQ(host.send({0x80, 0xCA, 0x00, 0x45, {}, 256}).sw.value, 0x9000);
  EXPECT_EQ(host.send({0x80, 0xE4, 0x00, 0x00, base::hex("4F07A0000002471001"), 256}).sw.value, 0x6D00);
}

TEST_F(CardManagerTest, ChangesAllThreeKeysAtOnce) {
  ASSERT_EQ(host.open(), 0x9000);
  ASSERT_EQ(host.send(put_key(kTransportKey, 0x30, 0x31, {kEnc, kMac, kDek})).sw.value, 0x9000);
  EXPECT_EQ(host.send(install_application()).sw.value, 0x9000) << "the session goes on";
  EXPECT_EQ(host.open(), 0x6300) << "the transport keys are gone";
  EXPECT_EQ(host.open(0x33, 0x30), 0x6A88);
  host.use_keys(kEnc, kMac, kDek);
  EXPECT_EQ(host.open(0x33, 0x31), 0x9000);
  EXPECT_EQ(state().keys.sequence_counter, 2U) << "new keys count from the start";
}

TEST_F(CardManagerTest, KeepsTheOldKeysWhenOneNewKeyIsWrong) {
  const auto good = put_key(kTransportKey, 0x30, 0x31, {kEnc, kMac, kDek});
  const std::string before = store.load();
  const auto refused = [&](apdu::Command command) {
    EXPECT_EQ(host.open(), 0x9000);
    return host.send(command).sw.value;
  };
  for (const std::size_t key : {0U, 1U, 2U}) {  // KCV of each key
    auto bad = good;
    bad.data[1 + key * 23 + 22] ^= 0x01;
    EXPECT_EQ(refused(bad), 0x6A80) << key;
  }
  auto shorter = good;
  shorter.data.pop_back();
  EXPECT_EQ(refused(shorter), 0x6A80);
  auto longer = good;
  longer.data.push_back(0x00);
  EXPECT_EQ(refused(longer), 0x6A80);
  auto two_keys = put_key(kTransportKey, 0x30, 0x31, {kEnc, kMac});
  EXPECT_EQ(refused(two_keys), 0x6A80);
  auto des_key = good;
  des_key.data[1] = 0x80;
  EXPECT_EQ(refused(des_key), 0x6A80);
  EXPECT_EQ(refused(put_key(kTransportKey, 0x30, 0x00, {kEnc, kMac, kDek})), 0x6A80);
  EXPECT_EQ(refused(put_key(kTransportKey, 0x30, 0x80, {kEnc, kMac, kDek})), 0x6A80);
  EXPECT_EQ(refused(put_key(kTransportKey, 0x31, 0x32, {kEnc, kMac, kDek})), 0x6A88);
  EXPECT_EQ(refused(put_key(kTransportKey, 0x00, 0x31, {kEnc, kMac, kDek})), 0x6A88);
  auto one_key = good;
  one_key.p2 = 0x01;
  EXPECT_EQ(refused(one_key), 0x6A86);
  auto empty = good;
  empty.data.clear();
  EXPECT_EQ(refused(empty), 0x6A80);
  EXPECT_EQ(base::to_hex(state().keys.enc.reveal()), base::to_hex(kTransportKey));
  EXPECT_EQ(state().keys.version, decode_state(before, "test").keys.version);
}

TEST_F(CardManagerTest, RefusesToInstallWhatItHasNot) {
  const auto install = [&](std::uint8_t p1, const std::string& data, std::uint8_t p2 = 0) {
    EXPECT_EQ(host.open(), 0x9000);
    return host.send({0x80, 0xE6, p1, p2, base::hex(data), 256}).sw.value;
  };
  EXPECT_EQ(install(0x20, "000007A0000002471001000000"), 0x6A88) << "not installed yet";
  EXPECT_EQ(install(0x0C, "06A0000002472007A000000247100107A0000002471001010002C90000"), 0x6A88) << "package";
  EXPECT_EQ(install(0x0C, "06A0000002471007A000000247100207A0000002471001010002C90000"), 0x6A88) << "class";
  EXPECT_EQ(install(0x0C, "06A0000002471007A000000247100107A0000002471002010002C90000"), 0x6A80) << "instance";
  EXPECT_EQ(install(0x0C, "06A0000002471007A000000247100107A0000002471001010002"), 0x6A80) << "cut off";
  EXPECT_EQ(install(0x0C, "06A0000002471007A000000247100107A0000002471001010002C9000000"), 0x6A80) << "left over";
  EXPECT_EQ(install(0x0C, ""), 0x6A80);
  EXPECT_EQ(install(0x04, "00"), 0x6A86);
  EXPECT_EQ(install(0x0C, "00", 0x01), 0x6A86);
  EXPECT_EQ(install(0x0C, "06A0000002471007A000000247100107A0000002471001030000000000"), 0x9000);
  EXPECT_EQ(install(0x0C, "06A0000002471007A000000247100107A0000002471001010002C90000"), 0x6985) << "twice";
  EXPECT_EQ(install(0x20, "000007A0000002471002000000"), 0x6A88);
  EXPECT_EQ(install(0x20, "000007A00000024710010000"), 0x6A80);
  EXPECT_EQ(install(0x20, "010007A0000002471001000000"), 0x6A80);
}

TEST_F(CardManagerTest, ListsItsContent) {
  const auto status = [&](std::uint8_t p1, const std::string& data, std::uint8_t p2 = 0x02) {
    const auto response = host.send({0x80, 0xF2, p1, p2, base::hex(data), 256});
    return base::to_hex(apdu::encode(response));
  };
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(status(0x40, "4F00"), "6A88") << "nothing installed";
  ASSERT_EQ(host.send(install_application()).sw.value, 0x9000);
  EXPECT_EQ(status(0x40, "4F00"),
            "E3124F07A00000024710019F700107C503000000"
            "9000");
  EXPECT_EQ(status(0x40, "4F05A000000247"),
            "E3124F07A00000024710019F700107C503000000"
            "9000");
  EXPECT_EQ(status(0x40, "4F07A0000002471002"), "6A88");
  EXPECT_EQ(status(0x20, "4F00"),
            "E30C4F06A000000247109F700101"
            "9000");
  EXPECT_EQ(status(0x10, "4F005C034F9F70"),
            "E3154F06A000000247109F7001018407A0000002471001"
            "9000");
  EXPECT_EQ(status(0x08, "4F00"), "6A86");
  EXPECT_EQ(status(0x80, "4F00", 0x03), "6985");
  EXPECT_EQ(status(0x80, "4F00", 0x01), "6A86");
  EXPECT_EQ(status(0x80, "4F0A00"), "6A80");
}

TEST_F(StoreDataTest, PutsADgiTogetherAtAnyCut) {
  const auto whole = dgi(0x0101, base::Bytes(300, 0xAB));
  for (std::size_t cut = 1; cut < 8; ++cut) {
    begin_run();
    const auto middle = whole.begin() + static_cast<std::ptrdiff_t>(cut);
    EXPECT_EQ(store_block(0x08, 0, base::Bytes(whole.begin(), middle)), 0x9000);
    EXPECT_EQ(store_block(0x88, 1, base::Bytes(middle, whole.end())), 0x9000) << cut;
    EXPECT_EQ(state().files.at(0x0101), base::Bytes(300, 0xAB));
  }
}

TEST_F(StoreDataTest, WritesOnceForEachBlockThatCompletesSomething) {
  begin_run();
  const std::size_t saves = store.saves();
  EXPECT_EQ(store_block(0x08, 0, base::hex("010110AA")), 0x9000);
  EXPECT_EQ(store.saves(), saves) << "nothing is whole yet";
  auto rest = base::Bytes(15, 0xBB);
  base::append(rest, dgi(0x011E, base::hex("6000")));
  base::append(rest, dgi(0x0102, base::hex("7500")));
  EXPECT_EQ(store_block(0x08, 1, rest), 0x9000);
  EXPECT_EQ(store.saves(), saves + 1) << "three files, one write";
}

TEST_F(StoreDataTest, TakesBlockNumbersPastFf) {
  begin_run();
  const auto whole = dgi(0x0102, base::Bytes(600, 0x42));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool last = i + 1 == whole.size();
    ASSERT_EQ(store_block(last ? 0x88 : 0x08, static_cast<std::uint8_t>(i), {whole[i]}), 0x9000) << i;
  }
  EXPECT_EQ(state().files.at(0x0102).size(), 600U);
}

TEST_F(StoreDataTest, EndsTheRunAtEachError) {
  const base::Bytes good = dgi(0x0101, base::hex("6100"));
  struct Case {
    const char* what;
    std::uint8_t p1, block;
    base::Bytes data;
    std::uint16_t expected;
  };
  const Case cases[] = {
      {"block number gap", 0x08, 1, good, 0x6A80},
      {"no data", 0x08, 0, {}, 0x6A80},
      {"an unknown DGI", 0x08, 0, dgi(0x0199, good), 0x6A80},
      {"fingerprints", 0x08, 0, dgi(0x0103, good), 0x6A80},
      {"an empty file", 0x08, 0, dgi(0x0101, {}), 0x6A80},
      {"twice in one block", 0x08, 0, base::concat({good, good}), 0x6A80},
      {"cut off by the last block", 0x88, 0, base::hex("010103AA"), 0x6A80},
      {"only a number in the last block", 0x88, 0, base::hex("0101"), 0x6A80},
      {"BER-TLV structure", 0x10, 0, good, 0x6A86},
      {"no structure", 0x00, 0, good, 0x6A86},
      {"reserved bits", 0x0A, 0, good, 0x6A86},
      {"application dependent encryption", 0x28, 0, good, 0x6A86},
      {"encryption 10", 0x48, 0, good, 0x6A86},
      {"encrypted, but no blocks", 0x68, 0, dgi(0x0101, base::Bytes(15)), 0x6A80},
      {"encrypted, wrong padding", 0x68, 0, dgi(0x0101, base::Bytes(16)), 0x6A80},
      {"BAC keys in clear", 0x08, 0, dgi(0x8F01, kBac), 0x6A80},
      {"BAC keys too short", 0x68, 0, encrypted_dgi(0x8F01, kBacEnc, kTransportKey), 0x6A80},
      {"BAC keys under another key", 0x68, 0, encrypted_dgi(0x8F01, kBac, kDek), 0x6A80},
      {"AA key without an answer", 0x08, 0, dgi(0x8F10, {{0x01}}), 0x6A80},
      {"AA key of another kind", 0x09, 0, dgi(0x8F10, {{0x02}}), 0x6A80},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    begin_run();
    const std::string before = store.load();
    EXPECT_EQ(store_block(c.p1, c.block, c.data), c.expected);
    EXPECT_EQ(store.load(), before) << "nothing of a refused block stays";
    EXPECT_EQ(store_block(0x88, 0, good), 0x6985) << "the run is over";
  }
}

TEST_F(StoreDataTest, RefusesADgiTwiceOrAfterTheLastBlockOrWithoutARun) {
  begin_run();
  const base::Bytes good = dgi(0x0101, base::hex("6100"));
  EXPECT_EQ(store_block(0x08, 0, good), 0x9000);
  EXPECT_EQ(store_block(0x08, 1, good), 0x6A80);
  begin_run();
  EXPECT_EQ(store_block(0x88, 0, good), 0x9000) << "a new run may write it again";
  EXPECT_EQ(store_block(0x88, 1, dgi(0x0102, good)), 0x6985);
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(store_block(0x88, 0, good), 0x6985);
}

TEST_F(StoreDataTest, RefusesADgiThatChangesItsEncryptionHalfWay) {
  begin_run();
  EXPECT_EQ(store_block(0x08, 0, base::hex("010104AA")), 0x9000);
  EXPECT_EQ(store_block(0xE8, 1, base::hex("BBCCDD")), 0x6A80);
}

TEST_F(StoreDataTest, HasRoomFor80KAndNoMore) {
  begin_run();
  EXPECT_EQ(store_block(0x08, 0, dgi(0x0102, base::Bytes(40000))), 0x9000);
  EXPECT_EQ(store_block(0x08, 1, dgi(0x011D, base::Bytes(41900))), 0x9000);
  EXPECT_EQ(store_block(0x08, 2, dgi(0x010D, base::Bytes(100))), 0x6A84);
  begin_run();
  EXPECT_EQ(store_block(0x08, 0, dgi(0x0102, base::Bytes(40001))), 0x9000) << "a file is replaced, not added";
}

TEST_F(StoreDataTest, MakesAnotherKeyEachTimeUntilItIsLocked) {
  begin_run();
  const auto first = host.send(store_data(0x09, 0, dgi(0x8F10, {{0x01}})));
  ASSERT_EQ(first.sw.value, 0x9000);
  asn1::TlvReader outer(first.data);
  asn1::TlvReader numbers(outer.need(0x7F49));
  outer.end();
  EXPECT_EQ(numbers.need(0x81).size(), 256U);
  EXPECT_EQ(base::to_hex(numbers.need(0x82)), "010001");
  numbers.end();
  const auto second = host.send(store_data(0x89, 1, dgi(0x8F10, {{0x01}})));
  ASSERT_EQ(second.sw.value, 0x9000);
  EXPECT_NE(first.data, second.data);
}

TEST_F(LockTest, LocksACompleteCardForEver) {
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(host.send(lock()).sw.value, 0x9000);
  EXPECT_EQ(state().application, ApplicationState::Personalized);
  EXPECT_EQ(host.send(lock()).sw.value, 0x6985);
  EXPECT_EQ(host.send(install_application()).sw.value, 0x6985);
  EXPECT_EQ(host.send(install_for_personalization()).sw.value, 0x6985);
  EXPECT_EQ(host.send(store_data(0x88, 0, dgi(0x0101, {{0x61}}))).sw.value, 0x6985);
  EXPECT_EQ(host.send(put_key(kTransportKey, 0x30, 0x31, {kEnc, kMac, kDek})).sw.value, 0x6985);
  EXPECT_EQ(base::to_hex(host.send({0x80, 0xF2, 0x40, 0x02, base::hex("4F00"), 256}).data),
            "E3124F07A00000024710019F70010FC503000000");
  EXPECT_EQ(Reader(chip).open(), 0x9000);
}

TEST_F(LockTest, RefusesWhileARunIsOpen) {
  ASSERT_EQ(host.open(), 0x9000);
  ASSERT_EQ(host.send(install_for_personalization()).sw.value, 0x9000);
  ASSERT_EQ(host.send(store_data(0x08, 0, dgi(0x0101, {{0x61}}))).sw.value, 0x9000);
  EXPECT_EQ(host.send(lock()).sw.value, 0x6985) << "the last block has not come";
  EXPECT_EQ(state().application, ApplicationState::Selectable);
}

TEST_F(LockTest, RefusesOtherApplicationsAndStates) {
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(host.send({0x80, 0xF0, 0x40, 0x0F, base::hex("A0000002471002"), std::nullopt}).sw.value, 0x6A88);
  EXPECT_EQ(host.send({0x80, 0xF0, 0x40, 0x07, base::hex("A0000002471001"), std::nullopt}).sw.value, 0x6A80);
  EXPECT_EQ(host.send({0x80, 0xF0, 0x80, 0x0F, {}, std::nullopt}).sw.value, 0x6A86);
  EXPECT_EQ(host.send({0x80, 0xF0, 0x60, 0xFF, {}, std::nullopt}).sw.value, 0x6A86);
}

TEST_F(LockTest, RefusesACardThatLacksSomething) {
  for (int missing = 0; missing < 6; ++missing) {
    State state = written();
    const std::uint16_t files[] = {0x011E, 0x011D, 0x0101, 0x0102};
    if (missing < 4) state.files.erase(files[missing]);
    if (missing == 4) state.bac.reset();
    if (missing == 5) state.aa_key = base::Secret();
    MemoryStore lacking(state);
    Chip other(lacking, random);
    Host other_host(other);
    ASSERT_EQ(other_host.open(), 0x9000);
    EXPECT_EQ(other_host.send(lock()).sw.value, 0x6985) << missing;
  }
}

TEST_F(LockTest, TerminatesForEver) {
  ASSERT_EQ(host.open(), 0x9000);
  ASSERT_EQ(host.send(terminate()).sw.value, 0x9000);
  chip.reset();
  for (const char* const command : {"00A4040000", "00A4040C07A0000002471001", "8050000008010203040506070800"}) {
    EXPECT_EQ(sw(chip, command), 0x6985) << command;
  }
  EXPECT_EQ(sw(chip, "80CA004500"), 0x9000);
  EXPECT_EQ(sw(chip, "00CA004500"), 0x9000);
}

// The chip is cut before or after each command of a personalization. What stands then must be the old chip or the new
// one, and a second attempt from the beginning must always lead to a good card.
TEST(TearTest, LeavesTheOldChipOrTheNewOneAndCanBeResumed) {
  const auto commands = personalization(kTransportKey);
  std::string saved = encode_state(with_aa_key(blank()));
  for (std::size_t cut = 0; cut < commands.size(); ++cut) {
    for (const bool after : {false, true}) {
      SCOPED_TRACE(std::to_string(cut) + (after ? " after" : " before"));
      FragileStore store(decode_state(saved, "test"));
      ScriptedRandom random;
      std::string before;
      {
        Chip chip(store, random);
        Host host(chip);
        ASSERT_EQ(host.open(), 0x9000);
        for (std::size_t i = 0; i < cut; ++i) ASSERT_EQ(host.send(commands[i]).sw.value, 0x9000) << i;
        before = store.load();
        const std::size_t saves = store.saves();
        if (after) {
          ASSERT_EQ(host.send(commands[cut]).sw.value, 0x9000);
        }
        EXPECT_LE(store.saves(), saves + 1) << "one write for each command";
      }
      const State found = decode_state(store.load(), "after the tear");
      if (!after) {
        EXPECT_EQ(store.load(), before);
      }
      const bool locked = after && cut + 1 == commands.size();
      EXPECT_EQ(found.application == ApplicationState::Personalized, locked);
      if (const auto face = found.files.find(0x0102); face != found.files.end()) {
        EXPECT_EQ(face->second, kFace) << "never half a file";
      }
      Chip chip(store, random);
      Host host(chip);
      ASSERT_EQ(host.open(), 0x9000);
      for (std::size_t i = found.application == ApplicationState::Absent ? 0 : 1; !locked && i < commands.size(); ++i) {
        ASSERT_EQ(host.send(commands[i]).sw.value, 0x9000) << i;
      }
      EXPECT_EQ(Reader(chip).open(), 0x9000);
    }
  }
}

TEST(TearTest, LeavesOldKeysOrNewKeysAtPutKey) {
  for (const bool broken : {true, false}) {
    FragileStore store(blank());
    ScriptedRandom random;
    {
      Chip chip(store, random);
      Host host(chip);
      ASSERT_EQ(host.open(), 0x9000);
      const auto raw = host.wrap(put_key(kTransportKey, 0x30, 0x31, {kEnc, kMac, kDek}));
      store.broken = broken;
      if (broken) {
        EXPECT_THROW(chip.transmit(raw), base::Error);
      } else {
        EXPECT_EQ(transmit(chip, raw).sw.value, 0x9000);
      }
      store.broken = false;
    }
    Chip chip(store, random);
    Host host(chip);
    if (!broken) host.use_keys(kEnc, kMac, kDek);
    EXPECT_EQ(host.open(0x33, broken ? 0x30 : 0x31), 0x9000);
  }
}

TEST(TearTest, GoesOnAsTheOldChipWhenTheDiskRefuses) {
  FragileStore store(with_aa_key(blank()));
  ScriptedRandom random;
  Chip chip(store, random);
  for (const auto& command : {install_application(), terminate()}) {
    Host host(chip);
    ASSERT_EQ(host.open(), 0x9000);
    const auto raw = host.wrap(command);
    const std::string before = store.load();
    store.broken = true;
    EXPECT_THROW(chip.transmit(raw), base::Error);
    store.broken = false;
    EXPECT_EQ(store.load(), before);
    EXPECT_EQ(host.send(command).sw.value, 0x6982) << "the session did not outlive it";
    EXPECT_EQ(sw(chip, "00A4040C07A0000002471001"), 0x6A82) << "and nothing was installed";
  }
}

}  // namespace simulator::testing
