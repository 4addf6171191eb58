// The state file and the ways a chip comes into being.
#include "smartcard/simulator/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/simulator/sole_user.h"
#include "tests/simulator/card_side.h"

namespace simulator::testing {

namespace {

using ::testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string name = ::testing::TempDir() + "chipXXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The message of the base::Error that `act` throws.
template <class Act>
std::string error_of(base::Fault fault, Act act) {
  try {
    act();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), fault);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

std::string write_keys(const Folder& folder, const std::string& text) {
  base::write_text_file(folder / "keys.toml", text, "writing a test file", base::Access::OwnerOnly);
  return (folder / "keys.toml").string();
}

const std::string kKeys =
    "version = 0x30\nenc = \"303132333435363738393A3B3C3D3E3F\"\nmac = \"404142434445464748494A4B4C4D4E4F\"\n"
    "dek = \"505152535455565758595A5B5C5D5E5F\"\n";

}  // namespace

TEST(StateTest, ReadsBackWhatItWrote) {
  for (const State& state : {personalized({{0x010D, base::hex("6D03020101")}}), blank()}) {
    const std::string text = encode_state(state);
    EXPECT_EQ(encode_state(decode_state(text, "test")), text);
  }
}

TEST(StateTest, ReadsAStateFromBeforePace) {
  auto old = nlohmann::json::parse(encode_state(personalized()));
  for (const char* const name : {"master_files", "pace", "chip_keys", "trust_points", "date", "access"})
    old.erase(name);
  const State state = decode_state(old.dump(), "test");
  EXPECT_EQ(encode_state(state), encode_state(personalized()));
}

TEST(StateTest, NamesTheFieldThatIsWrong) {
  const auto good = nlohmann::json::parse(encode_state(personalized()));
  const std::pair<const char*, nlohmann::json> cases[] = {
      {"/format", "other"},
      {"/version", 2},
      {"/serial", "0123"},
      {"/serial", 5},
      {"/card", "OPEN"},
      {"/application", nullptr},
      {"/keys", 7},
      {"/keys/version", 300},
      {"/keys/enc", "00"},
      {"/keys/dek", "zz"},
      {"/keys/sequence_counter", -1},
      {"/keys/sequence_counter", 16777216},
      {"/files", nlohmann::json::array()},
      {"/files/0101", "6"},
      {"/bac", "00"},
      {"/bac/mac", "00"},
      {"/aa_key", "3000"},
      {"/aa_key", nullptr},
      {"/bac", nullptr},
      {"/pace", {{"1", "00"}}},
      {"/chip_keys", {{{"id", 1}}}},
      {"/trust_points", {"7F2100"}},
      {"/date", "020613010001"},
      {"/access/bac", 1},
  };
  for (const auto& [pointer, value] : cases) {
    auto bad = good;
    bad[nlohmann::json::json_pointer(pointer)] = value;
    const std::string message =
        error_of(base::Fault::FixConfiguration, [&] { decode_state(bad.dump(), "chip.state"); });
    EXPECT_THAT(message, HasSubstr("chip.state")) << pointer;
    EXPECT_THAT(message, HasSubstr("field '")) << pointer;
  }
  for (const char* const name : {"format", "serial", "keys", "files", "aa_key"}) {
    auto bad = good;
    bad.erase(name);
    EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { decode_state(bad.dump(), "x"); }),
                HasSubstr(std::string("'") + name + "' is missing"));
  }
  auto bad = good;
  bad["files"]["101"] = "00";
  EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { decode_state(bad.dump(), "x"); }), HasSubstr("file id"));
  EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { decode_state("no json", "x"); }), HasSubstr("no JSON"));
  EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { decode_state("[]", "x"); }), HasSubstr("no object"));
}

TEST(FileStoreTest, KeepsTheStateToItsOwner) {
  const Folder folder;
  FileStore::create(folder / "chip.state", blank());
  FileStore store(folder / "chip.state");
  const auto mode = [&] {
    struct stat info {};
    EXPECT_EQ(::stat((folder / "chip.state").c_str(), &info), 0);
    return info.st_mode & 0777;
  };
  EXPECT_EQ(mode(), 0600U);
  store.save(encode_state(personalized()));
  EXPECT_EQ(mode(), 0600U);
  EXPECT_EQ(store.load(), encode_state(personalized()));
  EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { FileStore::create(folder / "chip.state", blank()); }),
              HasSubstr("already there"));
}

TEST(FileStoreTest, KeepsAWorkingChipOnDisk) {
  const Folder folder;
  FileStore::create(folder / "chip.state", blank());
  ScriptedRandom random;
  {
    FileStore store(folder / "chip.state");
    Chip chip(store, random);
    Host host(chip);
    ASSERT_EQ(host.open(), 0x9000);
    ASSERT_EQ(host.send(install_application()).sw.value, 0x9000);
  }
  FileStore store(folder / "chip.state");
  const State state = decode_state(store.load(), "test");
  EXPECT_EQ(state.application, ApplicationState::Selectable);
  EXPECT_EQ(state.keys.sequence_counter, 1U);
}

TEST(SoleUserTest, LetsOneProcessHaveAChip) {
  const Folder folder;
  {
    const SoleUser first(folder / "chip.state");
    EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { SoleUser second(folder / "chip.state"); }),
                HasSubstr("another cccd-chip"));
    const SoleUser other(folder / "other.state");
  }
  const SoleUser again(folder / "chip.state");
}

TEST(BlankChipTest, TakesSerialAndTransportKeys) {
  const Folder folder;
  const State state = blank_state("00112233aabbccdd", read_transport_keys(write_keys(folder, kKeys)));
  EXPECT_EQ(base::to_hex(state.serial), "00112233AABBCCDD");
  EXPECT_EQ(state.keys.version, 0x30);
  EXPECT_EQ(base::to_hex(state.keys.enc.reveal()), "303132333435363738393A3B3C3D3E3F");
  EXPECT_EQ(base::to_hex(state.keys.mac.reveal()), "404142434445464748494A4B4C4D4E4F");
  EXPECT_EQ(base::to_hex(state.keys.dek.reveal()), "505152535455565758595A5B5C5D5E5F");
}

TEST(BlankChipTest, RefusesOtherSerialsAndKeyFiles) {
  const Folder folder;
  for (const char* const serial : {"", "0011", "00112233AABBCCDDEE", "00112233AABBCCD", "00112233AABBCCDX"}) {
    error_of(base::Fault::UsedWrongly, [&] { blank_state(serial, {}); });
  }
  const auto refused = [&](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return error_of(base::Fault::FixConfiguration, [&] { read_transport_keys(write_keys(folder, text)); });
  };
  EXPECT_THAT(refused(kKeys, "0x30", "0x80"), HasSubstr("version"));
  EXPECT_THAT(refused(kKeys, "0x30", "0x00"), HasSubstr("version"));
  EXPECT_THAT(refused(kKeys, "0x30", "0x30\nother = 1"), HasSubstr("other fields"));
  EXPECT_THAT(refused(kKeys, "0x30", "\"30\""), HasSubstr("version"));
  EXPECT_THAT(refused(kKeys, "303132", "3031"), HasSubstr("enc"));
  EXPECT_THAT(refused(kKeys, "404142", "40414X"), HasSubstr("mac"));
  EXPECT_THAT(refused(kKeys, "dek", "kek"), HasSubstr("dek is not"));
  EXPECT_THAT(refused(kKeys, "enc = ", "enc : "), HasSubstr("keys.toml:2"));
  const std::string leaked = refused(kKeys, "505152", "5051");
  EXPECT_EQ(leaked.find("5354"), std::string::npos) << "no key in a message";
  error_of(base::Fault::FixConfiguration, [&] { read_transport_keys(folder / "none.toml"); });
  base::write_text_file(folder / "keys.toml", kKeys, "writing a test file", base::Access::Everyone);
  EXPECT_THAT(error_of(base::Fault::FixConfiguration, [&] { read_transport_keys(folder / "keys.toml"); }),
              HasSubstr("others can read it"));
}

TEST(CloneTest, HasEverythingButTheKeysThatNeverLeaveAChip) {
  const State original = personalized();
  ScriptedRandom random;
  const State clone = cloned_state(original, random);
  EXPECT_EQ(clone.files, original.files);
  EXPECT_EQ(clone.serial, original.serial);
  EXPECT_TRUE(base::equal(clone.bac->enc.reveal(), original.bac->enc.reveal()));
  EXPECT_FALSE(base::equal(clone.aa_key.reveal(), original.aa_key.reveal()));
  EXPECT_FALSE(base::equal(clone.keys.enc.reveal(), original.keys.enc.reveal()));
  MemoryStore store(clone);
  Chip chip(store, random);
  Reader reader(chip);
  ASSERT_EQ(reader.open(), 0x9000);
  EXPECT_EQ(reader.send({0x00, 0x88, 0x00, 0x00, base::Bytes(8), 256}, 65536).data.size(), 256U)
      << "it answers, with the wrong key";
}

}  // namespace simulator::testing
