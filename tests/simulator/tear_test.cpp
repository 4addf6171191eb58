// Power lost or a disk that refuses during personalization (row I4 of the catalogue of bad inputs).
#include "tests/simulator/card_manager_fixture.h"

namespace simulator::testing {

namespace {

const base::Bytes kBac = base::concat({kBacEnc, kBacMac});
const base::Bytes kFace(5000, 0x75);

State with_aa_key(State state) {
  state.aa_key = base::Secret::copy_of(personalized().aa_key.reveal());
  return state;
}

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
