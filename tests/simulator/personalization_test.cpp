// STORE DATA and the lock: section I of the catalogue of bad inputs.
#include "pki/asn1/tlv.h"
#include "smartcard/simulator/crypto.h"
#include "tests/simulator/card_manager_fixture.h"

namespace simulator::testing {

namespace {

const base::Bytes kBac = base::concat({kBacEnc, kBacMac});

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

}  // namespace

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
      {"a file that no card has", 0x08, 0, dgi(0x0111, good), 0x6A80},
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
      {"AA key of another kind", 0x09, 0, dgi(0x8F10, {{0x04}}), 0x6A80},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    begin_run();
    const std::string before = store.load();
    EXPECT_EQ(store_block(c.p1, c.block, c.data), c.expected);
    EXPECT_EQ(store.load(), before) << "nothing of a refused block stays";
    EXPECT_EQ(store_block(0x88, 0, good), 0x6985) << "the run is over";
    EXPECT_EQ(host.send(lock()).sw.value, 0x6985) << "and the card is not made operational";
    EXPECT_EQ(state().application, ApplicationState::Selectable);
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

TEST_F(StoreDataTest, MakesKeysOfACurveForEcdsa) {
  begin_run();
  std::uint8_t block = 0;
  for (const auto& [request, curve] : {std::pair{0x02, "2A8648CE3D030107"}, std::pair{0x03, "2B2403030208010107"}}) {
    const auto made = host.send(store_data(0x09, block++, dgi(0x8F10, {{static_cast<std::uint8_t>(request)}})));
    ASSERT_EQ(made.sw.value, 0x9000);
    asn1::TlvReader outer(made.data);
    asn1::TlvReader info(outer.need(0x30));
    outer.end();
    EXPECT_NE(base::to_hex(info.need(0x30)).find(curve), std::string::npos);
    EXPECT_EQ(info.need(0x03).size(), 66U) << "no unused bits, and the point";
    info.end();
    const auto key = AaKey::load(state().aa_key.reveal());
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(static_cast<int>(key->kind()), request);
    EXPECT_EQ(base::to_hex(key->public_key_info()), base::to_hex(made.data));
  }
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
  for (int missing = 0; missing < 5; ++missing) {
    State state = written();
    const std::uint16_t files[] = {0x011E, 0x011D, 0x0101};
    if (missing < 3) state.files.erase(files[missing]);
    if (missing == 3) state.bac.reset();
    if (missing == 4) state.aa_key = base::Secret();
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

}  // namespace simulator::testing
