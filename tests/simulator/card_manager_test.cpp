// The card manager: what it tells, the secure channel's rules, key change, INSTALL and GET STATUS.
#include "pki/asn1/tlv.h"
#include "tests/simulator/card_manager_fixture.h"

namespace simulator::testing {

namespace {

class SecureChannelTest : public CardManagerTest {};

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
            "E30D4F07A00000015153509F700101E30C4F06A000000247109F700101"
            "9000");
  EXPECT_EQ(status(0x10, "4F06A000000247105C034F9F70"),
            "E3154F06A000000247109F7001018407A0000002471001"
            "9000");
  EXPECT_EQ(status(0x80, "4F00", 0x00), "08A000000151000000019E9000") << "the form of before";
  EXPECT_EQ(status(0x10, "4F06A00000024710", 0x00), "06A0000002471001000107A00000024710019000");
  EXPECT_EQ(status(0x08, "4F00"), "6A86");
  EXPECT_EQ(status(0x80, "4F00", 0x03), "6985");
  EXPECT_EQ(status(0x80, "4F00", 0x04), "6A86");
  EXPECT_EQ(status(0x80, "4F0A00"), "6A80");
}

// GPCS §11.4.2.2: what does not fit is told by 6310, and asked for with P2 = next.
TEST_F(CardManagerTest, TellsItsContentInPiecesWhenTheAnswerIsShort) {
  const auto status = [&](std::uint8_t p2) {
    return base::to_hex(apdu::encode(host.send({0x80, 0xF2, 0x20, p2, base::hex("4F00"), 0x38})));
  };
  ASSERT_EQ(host.open(), 0x9000);
  EXPECT_EQ(status(0x03), "6985") << "nothing was broken off";
  EXPECT_EQ(status(0x02), "E30D4F07A00000015153509F7001016310");
  EXPECT_EQ(status(0x03), "E30C4F06A000000247109F7001019000");
  EXPECT_EQ(status(0x03), "6985") << "that was all";
  EXPECT_EQ(status(0x02), "E30D4F07A00000015153509F7001016310");
  ASSERT_EQ(host.send({0x80, 0xCA, 0x00, 0x45, {}, 256}).sw.value, 0x9000);
  EXPECT_EQ(status(0x03), "6985") << "another command came between";
}

}  // namespace simulator::testing
