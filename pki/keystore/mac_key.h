#pragma once
// A symmetric key that answers with AES-CMAC (NIST SP 800-38B) and never shows itself: keys are derived so.

#include <optional>
#include <string_view>

#include "pki/base/core/secret.h"

namespace keystore {

// "AES-128", "AES-192", "AES-256": 16, 24, 32 octets, and back. nullopt, and empty: there is no such key.
std::optional<std::size_t> aes_octets(std::string_view kind);
std::string_view aes_kind(std::size_t octets);

class MacKey {
 public:
  MacKey() = default;
  MacKey(const MacKey&) = delete;
  MacKey& operator=(const MacKey&) = delete;
  virtual ~MacKey() = default;
  // 16 octets. From any thread. Errors as SigningKey::sign_unverified.
  virtual base::Secret mac(base::ByteView message) const = 0;
  virtual std::size_t size() const = 0;  // octets of the key: 16, 24 or 32
};

// A key that was read from a file: 16, 24 or 32 octets (ensure).
class MemoryMacKey final : public MacKey {
 public:
  explicit MemoryMacKey(base::Secret aes_key);
  base::Secret mac(base::ByteView message) const override;
  std::size_t size() const override { return key_.size(); }

 private:
  base::Secret key_;
};

}  // namespace keystore
