#pragma once
// What the tests of the chip need on the other side of the wire: a personalization host, a reader, made-to-measure
// randomness and states. The protocols themselves are held by foreign vectors (scp03_test, bac_test); this is only a
// driver, so it uses the chip's primitives.

#include <deque>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/chip.h"

namespace simulator::testing {

inline const base::Bytes kSerial = base::hex("0123456789ABCDEF");
inline const base::Bytes kTransportKey = base::hex("404142434445464748494A4B4C4D4E4F");
inline const base::Bytes kBacEnc = base::hex("AB94FDECF2674FDFB9B391F85D7F76F2");  // ICAO Doc 9303-11 App. D.2
inline const base::Bytes kBacMac = base::hex("7962D9ECE03D1ACD4C76089DCE131543");

State blank();
// A finished card with the files given (the mandatory ones are filled up) and an Active Authentication key.
State personalized(std::map<std::uint16_t, base::Bytes> files = {});

apdu::Response transmit(Chip& chip, base::ByteView raw);
apdu::Response transmit(Chip& chip, const std::string& hex);
std::uint16_t sw(Chip& chip, const std::string& hex);  // the status word of a plain exchange

// Gives the bytes queued, then those of a seed.
class ScriptedRandom final : public base::Random {
 public:
  void queue(base::ByteView bytes) { queue_.insert(queue_.end(), bytes.begin(), bytes.end()); }
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::deque<std::uint8_t> queue_;
  base::SeededRandom rest_{1};
};

// SCP03 host. Keys: enc, mac, dek.
class Host {
 public:
  explicit Host(Chip& chip, bool s16 = false) : chip_(chip), s16_(s16) {}
  void use_keys(base::Bytes enc, base::Bytes mac, base::Bytes dek);
  // INITIALIZE UPDATE and EXTERNAL AUTHENTICATE; the first status word that is not 9000, or 9000.
  std::uint16_t open(std::uint8_t level = 0x33, std::uint8_t version = 0);
  // Wraps, sends, checks and unwraps. The status word alone when the answer is not protected.
  apdu::Response send(const apdu::Command& command);
  base::Bytes wrap(const apdu::Command& command);  // the raw APDU, for tests that spoil it

  const base::Bytes& dek() const { return dek_; }
  const base::Bytes& initialize_update_answer() const { return initialize_update_answer_; }

 private:
  std::size_t size() const { return s16_ ? 16 : 8; }  // bytes of challenge, cryptogram and MAC

  Chip& chip_;
  bool s16_;
  base::Bytes enc_ = kTransportKey, mac_ = kTransportKey, dek_ = kTransportKey;
  base::Bytes s_enc_, s_mac_, s_rmac_, chaining_, initialize_update_answer_;
  std::uint64_t counter_ = 0;
  std::uint8_t level_ = 0;
};

// The commands of a whole personalization.
apdu::Command put_key(base::ByteView dek, std::uint8_t old_version, std::uint8_t new_version,
                      const std::vector<base::Bytes>& keys);
apdu::Command install_application();
apdu::Command install_for_personalization();
apdu::Command store_data(std::uint8_t p1, std::uint8_t block, base::Bytes data);
apdu::Command lock();
apdu::Command terminate();
base::Bytes dgi(std::uint16_t id, base::ByteView value);
base::Bytes encrypted_dgi(std::uint16_t id, base::ByteView value, base::ByteView dek);

// Reader: BAC and 3DES secure messaging.
class Reader {
 public:
  explicit Reader(Chip& chip) : chip_(chip) {}
  std::uint16_t open();  // SELECT, GET CHALLENGE, EXTERNAL AUTHENTICATE with the keys above
  static base::Bytes authentication(base::ByteView challenge, base::ByteView rnd_ifd, base::ByteView k_ifd);
  // Protected exchange; fails the test when a protected answer does not verify. `is_protected` tells whether it was.
  apdu::Response send(const apdu::Command& command, std::uint32_t outer_le = 256);
  bool last_was_protected() const { return protected_; }

  // Pieces, for commands that are wrong on purpose. Objects(...) advances the counter.
  base::Bytes cryptogram(base::ByteView data) const;    // the ciphertext of the padded data
  base::Bytes enciphered(base::ByteView blocks) const;  // without padding
  base::Bytes sealed(const apdu::Command& header, base::ByteView objects, std::uint32_t outer_le = 256);
  void set_counter(std::uint64_t ssc) { ssc_ = ssc; }
  std::uint64_t counter() const { return ssc_; }

 private:
  Chip& chip_;
  base::Bytes enc_, mac_;
  std::uint64_t ssc_ = 0;
  bool protected_ = false;
};

}  // namespace simulator::testing
