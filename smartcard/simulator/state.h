#pragma once
// Everything a chip keeps without power: the content of its non-volatile memory, and where that is kept. The file
// stands for the silicon: who can read it has cloned the chip. Format: docs/formats/chip-state.md.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "smartcard/simulator/effort.h"

namespace simulator {

enum class CardState { OpReady, Terminated };                      // GPCS §5.1.1, the part used
enum class ApplicationState { Absent, Selectable, Personalized };  // GPCS §5.3.1

// A Secure Channel key set with what belongs to it.
struct KeySet {
  std::uint8_t version = 0;
  base::Secret enc, mac, dek;                // AES: 16, 24 or 32 bytes, all three alike; 3DES: 16
  std::uint32_t sequence_counter = 0;        // SCP03: of the last session begun, 24 bits; SCP02: of the next, 16 bits
  std::uint32_t failed_authentications = 0;  // in a row
  // Of the chip, not of its keys:
  bool s16 = false;               // Amendment D v1.2 §5.1: 16 bytes in place of 8
  std::uint8_t scp02_option = 0;  // i of SCP02 with 3DES keys (GPCS table E-1); 0: SCP03
};

struct BacKeys {
  base::Secret enc, mac;  // 16 bytes each
};

// What a terminal must do before it reads (DGI 8F20).
struct AccessProfile {
  bool bac = true;                          // Basic Access Control is offered
  bool dg13_behind_authentication = false;  // EF.DG13 only after terminal authentication
  bool open = false;                        // all but EF.DG3 and EF.DG4 without access control
  bool operator==(const AccessProfile&) const = default;
};

// A key for Chip Authentication, made on the chip.
struct ChipKey {
  std::uint8_t id = 0;
  std::uint8_t parameters = 0;  // standardized domain parameters, 9303-11 table 6
  base::Secret secret;          // the private number, as long as the group's order
};

struct State {
  base::Bytes serial;  // 8 bytes
  CardState card = CardState::OpReady;
  ApplicationState application = ApplicationState::Absent;
  KeySet keys;
  std::map<std::uint16_t, base::Bytes> files;  // of the LDS application, by file id
  std::optional<BacKeys> bac;
  base::Secret aa_key;                                // PKCS#8, RSA or EC; empty: none
  std::map<std::uint16_t, base::Bytes> master_files;  // EF.CardAccess 011C, EF.CardSecurity 011D in the MF
  std::map<std::uint8_t, base::Secret>
      pace;  // PACE passwords as f(π) sees them: 01 MRZ (SHA-1), 02 CAN, 03 PIN, 04 PUK
  std::vector<ChipKey> chip_keys;
  std::vector<base::Bytes> trust_points;  // CVCA certificates, whole 7F21, the current one first; at most two
  base::Bytes date;                       // YYMMDD, a digit an octet; empty: none, no certificate is too old
  AccessProfile access;
  std::uint32_t failed_accesses = 0;  // BAC or PACE with a wrong password, in a row, up to kMostFailedAccesses
};

inline constexpr std::uint32_t kMostFailedAccesses = 7;  // from then on the pause before a try grows no more

inline constexpr std::size_t kMostTrustPoints = 2;  // 9303-11 §7.1.4

// Whether everything is there that a personalized chip needs: mandatory files, the secrets of the access control that
// its profile offers, and a key that shows the chip is no copy (Active or Chip Authentication).
bool is_complete(const State& state);

// Whether this is one card-verifiable certificate (7F21), and one day (YYMMDD, a digit an octet); nothing is judged.
bool is_certificate(base::ByteView file);
bool is_day(base::ByteView digits);

std::string encode_state(const State& state);
// Throws base::Error{FixConfiguration}, naming `where` and the field, when the text is no chip state.
State decode_state(std::string_view text, std::string_view where);

// Three keys of one length from a transport key file (docs/formats/transport-keys.md). Throws
// base::Error{FixConfiguration}.
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
  // What the command that runs has cost until now; no part of the state.
  Effort& effort() const { return effort_; }

 private:
  StateStore& store_;
  std::string saved_;
  State state_;
  bool changed_ = false;
  mutable Effort effort_;
};

}  // namespace simulator
