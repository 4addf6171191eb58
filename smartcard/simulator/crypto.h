#pragma once
// The chip's own primitives on Botan: what a card's crypto processor offers to its operating system. The terminal has
// its own, on OpenSSL; the two share nothing, so that an error in one is seen by the other.

#include <memory>
#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace simulator {

inline constexpr std::size_t kAesBlock = 16;
inline constexpr std::size_t kDesBlock = 8;

// ISO/IEC 9797-1 padding method 2: 80, then 00 up to the block. unpad: nullopt when no such padding ends the data.
base::Bytes pad(base::ByteView data, std::size_t block);
std::optional<base::Bytes> unpad(base::ByteView padded, std::size_t block);

// Keys of 16, 24 or 32 bytes. The data must be whole blocks.
base::Bytes aes_encrypt_block(base::ByteView key, base::ByteView block);
base::Bytes aes_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes aes_cbc_decrypt(base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes aes_cmac(base::ByteView key, base::ByteView data);  // NIST SP 800-38B, 16 bytes

// Two-key triple DES, CBC, IV 0: ICAO Doc 9303-11 §9.8.6.1. The data must be whole blocks.
base::Bytes des3_cbc_encrypt(base::ByteView key, base::ByteView data);
base::Bytes des3_cbc_decrypt(base::ByteView key, base::ByteView data);
base::Bytes des3_ecb_decrypt(base::ByteView key, base::ByteView data);
// Single DES of one block; key 8 bytes.
base::Bytes des_encrypt_block(base::ByteView key, base::ByteView block);
// Retail MAC, ISO/IEC 9797-1 algorithm 3 with padding method 2 (9303-11 §9.8.6.3), 8 bytes. Pads by itself. With an
// initial vector of one block in place of zeros.
base::Bytes retail_mac(base::ByteView key, base::ByteView data);
base::Bytes retail_mac(base::ByteView key, base::ByteView data, base::ByteView iv);

base::Bytes sha1(base::ByteView data);
base::Bytes sha256(base::ByteView data);

// Key check value, GlobalPlatform Card Specification §B.6: the first three bytes of the enciphered block, of 01 with
// AES, of zeros with 3DES.
base::Bytes key_check_value(base::ByteView key);
base::Bytes des3_key_check_value(base::ByteView key);

// The chip's key for Active Authentication, made on the chip.
class AaKey {
 public:
  // The number is the request of DGI 8F10. RSA: e = 65537.
  enum class Kind : std::uint8_t { Rsa2048 = 1, P256 = 2, BrainpoolP256r1 = 3 };
  static AaKey generate(base::Random& random, Kind kind = Kind::Rsa2048);
  static std::optional<AaKey> load(base::ByteView pkcs8);  // nullopt: no private key of RSA, or of one of the curves
  AaKey(AaKey&&) noexcept;
  AaKey& operator=(AaKey&&) noexcept;
  ~AaKey();

  base::Secret pkcs8() const;
  Kind kind() const;
  bool elliptic() const { return kind() != Kind::Rsa2048; }
  base::Bytes modulus() const;          // RSA
  base::Bytes exponent() const;         // RSA
  base::Bytes point() const;            // EC: 04 ‖ x ‖ y
  base::Bytes public_key_info() const;  // EC: SubjectPublicKeyInfo with a named curve
  std::size_t answer_size() const;      // bytes
  // The answer to INTERNAL AUTHENTICATE (9303-11 §6.1): ISO/IEC 9796-2 scheme 1 with SHA-256, trailer 34CC; or ECDSA
  // with SHA-256, r ‖ s (§6.1.2.3).
  base::Bytes answer(base::ByteView challenge, base::Random& random) const;
  // RSA: the same with the recoverable part given: F = 6A ‖ M1 ‖ SHA-256(M1 ‖ M2) ‖ 34CC.
  base::Bytes sign(base::ByteView m1, base::ByteView m2, base::Random& random) const;

 private:
  struct Impl;
  explicit AaKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulator
