#pragma once
// A blank chip, a host that manages it, and a store that can fail: what the tests of the card manager share.

#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "smartcard/simulator/card_manager.h"
#include "tests/simulator/card_side.h"

namespace simulator::testing {

inline const base::Bytes kEnc = base::hex("303132333435363738393A3B3C3D3E3F");
inline const base::Bytes kMac = base::hex("404142434445464748494A4B4C4D4E40");
inline const base::Bytes kDek = base::hex("505152535455565758595A5B5C5D5E5F");

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

}  // namespace simulator::testing
