#pragma once
// A symmetric key that answers with AES-CMAC (NIST SP 800-38B) and never shows itself: keys are derived so.

#include "pki/base/core/secret.h"

namespace keystore {

class MacKey {
 public:
  MacKey() = default;
  MacKey(const MacKey&) = delete;
  MacKey& operator=(const MacKey&) = delete;
  virtual ~MacKey() = default;
  // 16 octets. From any thread. Errors as SigningKey::sign_unverified.
  virtual base::Secret mac(base::ByteView message) const = 0;
};

// A key that was read from a file: 16, 24 or 32 octets (ensure).
class MemoryMacKey final : public MacKey {
 public:
  explicit MemoryMacKey(base::Secret aes_key);
  base::Secret mac(base::ByteView message) const override;

 private:
  base::Secret key_;
};

}  // namespace keystore
