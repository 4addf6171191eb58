#pragma once
// Everything a chip keeps without power: the content of its non-volatile memory, and where that is kept. The file
// stands for the silicon: who can read it has cloned the chip. Format: docs/formats/chip-state.md.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace simulator {

enum class CardState { OpReady, Terminated };                      // GPCS §5.1.1, the part used
enum class ApplicationState { Absent, Selectable, Personalized };  // GPCS §5.3.1

// A Secure Channel key set (SCP03, AES-128) with what belongs to it.
struct KeySet {
  std::uint8_t version = 0;
  base::Secret enc, mac, dek;                // 16 bytes each
  std::uint32_t sequence_counter = 0;        // of the last session begun, 24 bits
  std::uint32_t failed_authentications = 0;  // in a row
};

struct BacKeys {
  base::Secret enc, mac;  // 16 bytes each
};

struct State {
  base::Bytes serial;  // 8 bytes
  CardState card = CardState::OpReady;
  ApplicationState application = ApplicationState::Absent;
  KeySet keys;
  std::map<std::uint16_t, base::Bytes> files;  // of the LDS application, by file id
  std::optional<BacKeys> bac;
  base::Secret aa_key;  // PKCS#8; empty: none
};

// Whether everything is there that a personalized chip needs: mandatory files, BAC keys, Active Authentication key.
bool is_complete(const State& state);

std::string encode_state(const State& state);
// Throws base::Error{FixConfiguration}, naming `where` and the field, when the text is no chip state.
State decode_state(std::string_view text, std::string_view where);

// Three AES-128 keys from a transport key file (docs/formats/transport-keys.md). Throws base::Error{FixConfiguration}.
KeySet read_transport_keys(const std::filesystem::path& file);
// A chip as it leaves the factory. serial: 16 hexadecimal digits; throws base::Error{UsedWrongly} when it is not.
State blank_state(std::string_view serial, KeySet transport_keys);
// A false card, for demonstrations: every file and the BAC keys of another chip, but an Active Authentication key and
// card keys of its own, because nobody gets those out of a real chip.
State cloned_state(const State& original, base::Random& random);

class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual std::string load() = 0;
  // All or nothing: afterwards load() gives `text`, or, when this throws base::Error, what it gave before.
  virtual void save(std::string_view text) = 0;
  virtual std::string name() const = 0;  // for messages
};

// One file, mode 0600, replaced atomically. create() refuses to overwrite.
class FileStore final : public StateStore {
 public:
  explicit FileStore(std::filesystem::path file) : file_(std::move(file)) {}
  static void create(const std::filesystem::path& file, const State& state);
  std::string load() override;
  void save(std::string_view text) override;
  std::string name() const override { return file_.string(); }

 private:
  std::filesystem::path file_;
};

// For tests and fuzzers.
class MemoryStore final : public StateStore {
 public:
  explicit MemoryStore(const State& state) : text_(encode_state(state)) {}
  std::string load() override { return text_; }
  void save(std::string_view text) override {
    text_ = text;
    ++saves_;
  }
  std::string name() const override { return "memory"; }
  std::size_t saves() const { return saves_; }

 private:
  std::string text_;
  std::size_t saves_ = 0;
};

// The state while the chip works, with one write for each command that changed it.
class Memory {
 public:
  explicit Memory(StateStore& store);
  const State& operator*() const { return state_; }
  const State* operator->() const { return &state_; }
  State& change() {
    changed_ = true;
    return state_;
  }
  // Writes if something changed. When the store refuses, the old state stands again and its base::Error goes on.
  void commit();
  void roll_back();

 private:
  StateStore& store_;
  std::string saved_;
  State state_;
  bool changed_ = false;
};

}  // namespace simulator
