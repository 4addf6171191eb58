#pragma once
// A virtual chip on a reader, and a station that remembers what a real one writes into its log.

#include <gtest/gtest.h>

#include "smartcard/access/access.h"
#include "smartcard/lds/lds.h"
#include "smartcard/personalization/personalizer.h"
#include "smartcard/personalization/profile_reader.h"
#include "smartcard/simulator/chip.h"
#include "tests/support/vectors.h"

namespace desk {

using base::Bytes;
using base::Findings;
using base::Secret;
using globalplatform::KeySet;
using personalization::ChipIdentity;
using personalization::LifeCycle;

inline constexpr std::string_view kMrz = "L898902C<369080619406236";  // ICAO Doc 9303-11 App. D
inline constexpr std::string_view kCan = "123456";
inline constexpr std::string_view kSerial = "00112233445566AA";

inline KeySet test_keys(std::uint8_t seed, std::size_t size = 16) {
  return {Secret(Bytes(size, seed)), Secret(Bytes(size, static_cast<std::uint8_t>(seed + 1))),
          Secret(Bytes(size, static_cast<std::uint8_t>(seed + 2)))};
}

inline KeySet transport_key_set(std::size_t size = 16) {
  return test_keys(0x40, size);
}

// Of two-key 3DES: the halves differ.
inline KeySet des3_keys(std::uint8_t seed) {
  const auto key = [seed](std::uint8_t number) {
    Bytes octets(16, static_cast<std::uint8_t>(seed + number));
    octets.back() ^= 0xF0;
    return Secret(std::move(octets));
  };
  return {key(0), key(2), key(4)};
}

// A chip's keys as its state has them.
inline simulator::KeySet simulator_keys(KeySet keys = transport_key_set(), std::uint8_t version = 0x30,
                                        bool s16 = false) {
  simulator::KeySet out;
  out.version = version;
  out.s16 = s16;
  out.enc = std::move(keys.enc);
  out.mac = std::move(keys.mac);
  out.dek = std::move(keys.dek);
  return out;
}

// The chip on the reader. A tear ends its power.
class ChipChannel final : public transport::Channel {
 public:
  ChipChannel(simulator::Chip& chip, bool extended) : chip_(chip), extended_(extended) { chip_.reset(); }
  apdu::Response transmit(const apdu::Command& command) override {
    const Bytes raw = apdu::encode(command);
    EXPECT_TRUE(extended_ || !apdu::is_extended(raw)) << "an extended command through a short reader";
    return apdu::decode_response(chip_.transmit(raw)).value();
  }
  bool extended_length() const override { return extended_; }

 private:
  simulator::Chip& chip_;
  bool extended_;
};

// A chip with its memory, and a station that remembers what a real one writes into its log.
struct Desk {
  explicit Desk(std::string state = simulator::encode_state(simulator::blank_state(kSerial, simulator_keys())))
      : store(simulator::decode_state(state, "test")), chip(store, chip_random) {}
  // A blank chip with keys of this length that speaks this mode, and a profile that says so.
  Desk(globalplatform::Mode mode, std::size_t octets)
      : Desk(simulator::encode_state(simulator::blank_state(
            kSerial, simulator_keys(transport_key_set(octets), 0x30, mode == globalplatform::Mode::S16)))) {
    profile.channel.mode = mode;
    profile.store_data.block_short = globalplatform::largest_plain_data(profile.channel, 255);
    profile.key_size = octets;
    transport_keys.keys = transport_key_set(octets);
  }

  // The same of a chip that speaks SCP02 with this option.
  explicit Desk(globalplatform::Scp02Option option)
      : Desk(simulator::encode_state(simulator::blank_state(kSerial, scp02_keys(option)))) {
    profile = personalization::read_profile(std::string(CCCD_SOURCE_DIR) +
                                            "/smartcard/personalization/profiles/virtual-lds-scp02.toml");
    profile.channel.option = option;
    profile.channel.level = globalplatform::highest_level(option);
    blocks.keep({.proven = personalization::largest_block(profile, true)});
    transport_keys = {0x20, des3_keys(0x40)};
  }
  static simulator::KeySet scp02_keys(globalplatform::Scp02Option option) {
    simulator::KeySet keys = simulator_keys(des3_keys(0x40), 0x20);
    keys.scp02_option = static_cast<std::uint8_t>(option);
    return keys;
  }

  simulator::State state() { return simulator::decode_state(store.load(), "test"); }
  personalization::Profile profile = personalization::virtual_lds_profile();
  base::SeededRandom chip_random{7};
  simulator::MemoryStore store;
  simulator::Chip chip;

  base::SeededRandom random{11};
  std::uint8_t card_key_seed = 0x5A;
  personalization::TransportKeys transport_keys{0x30, transport_key_set()};
  ChipIdentity assigned;
  Bytes dg14, dg15;  // recorded as soon as prepare() answers
  Bytes trust_point = vectors::hex(vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"]["cvca1"]["der"]);
  std::size_t dg2_size = 3000;

  // What this reader and this profile carry was found with an earlier card.
  personalization::BlockOfThisRun blocks{{.proven = personalization::largest_block(profile, true)}};

  std::string well_known_key;  // as each of the card keys: one of test cards

  KeySet card_keys() {
    const bool own = well_known_key.empty();
    if (own && profile.channel.protocol == globalplatform::Protocol::Scp02) return des3_keys(card_key_seed);
    if (own) return test_keys(card_key_seed, profile.key_size);
    const auto key = [this] { return Secret(base::hex(well_known_key)); };
    return {key(), key(), key()};
  }

  lds::Files files() {
    Bytes portrait(dg2_size);
    for (std::size_t i = 0; i < portrait.size(); ++i) portrait[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
    return {{lds::FileId::Dg1, Bytes(93, 0x61)},
            {lds::FileId::Dg2, std::move(portrait)},
            {lds::FileId::Dg13, Bytes(300, 0x6D)},
            {lds::FileId::Dg14, dg14},
            {lds::FileId::Dg15, dg15},
            {lds::FileId::Sod, Bytes(1700, 0x77)},
            {lds::FileId::Com, Bytes(22, 0x60)}};
  }

  personalization::CardAccess access() const {
    return {.mrz_information = Secret::copy_of(base::view_of(kMrz)),
            .can = Secret::copy_of(base::view_of(kCan)),
            .trust_point = trust_point,
            .today = *base::parse_iso_date("2026-11-27")};
  }

  void identify(transport::Channel& card) {
    if (assigned.kdd.empty()) assigned = personalization::identify(card, profile);
  }
  Findings prepare(transport::Channel& card) {
    identify(card);
    auto prepared = personalization::prepare(card, profile, assigned, transport_keys, card_keys(), random);
    if (!prepared.findings.failed()) {
      dg14 = std::move(prepared.dg14);
      dg15 = std::move(prepared.dg15);
    }
    return prepared.findings;
  }
  Findings write(transport::Channel& card) {
    return personalization::write(card, profile, card_keys(), files(), access(), random, blocks);
  }
  Findings lock(transport::Channel& card) { return personalization::lock(card, profile, card_keys(), random).findings; }

  // What a station does with a card on the reader, first and after every tear.
  Findings personalize(transport::Channel& card) {
    if (personalization::identify(card, profile).state == LifeCycle::Personalized) return lock(card);
    Findings findings;
    if (dg15.empty()) findings.add(prepare(card));
    if (findings.failed()) return findings;
    findings.add(
        personalization::write_and_lock(card, profile, card_keys(), files(), access(), random, blocks).findings);
    return findings;
  }
};

inline std::string text_of(const Findings& findings) {
  std::string out;
  for (const auto& finding : findings.list()) out += finding.code + ": " + finding.text + "\n";
  return out;
}

inline Bytes read_file(transport::Channel& chip, lds::FileId id) {
  const auto number = static_cast<std::uint16_t>(id);
  const Bytes fid{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  EXPECT_TRUE(chip.transmit({0x00, 0xA4, 0x02, 0x0C, fid, std::nullopt}).sw.ok());
  Bytes out;
  while (true) {
    const auto answer = chip.transmit(
        {0x00, 0xB0, static_cast<std::uint8_t>(out.size() >> 8), static_cast<std::uint8_t>(out.size()), {}, 223});
    base::append(out, answer.data);
    if (!answer.sw.ok() || answer.data.size() < 223) return out;
  }
}

// The card as a reader meets it: opened with its MRZ, every file as it was written, and the key it made its own.
inline void expect_finished(Desk& desk) {
  EXPECT_EQ(desk.state().application, simulator::ApplicationState::Personalized);
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(card.transmit({0x00, 0xA4, 0x04, 0x0C, desk.profile.instance, std::nullopt}).sw.ok());
  const auto opened = chip_access::basic_access_control(card, kMrz, desk.random);
  ASSERT_TRUE(opened.secured) << text_of(opened.findings);
  for (const auto& [id, content] : desk.files()) {
    EXPECT_EQ(read_file(*opened.secured, id), content) << lds::info(id).name;
  }
  const auto proof =
      chip_access::active_authentication(*opened.secured, desk.files().at(lds::FileId::Dg15), desk.random);
  EXPECT_TRUE(proof.empty()) << text_of(proof);
}

}  // namespace desk
