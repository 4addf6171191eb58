#pragma once
// The places inside a chip where a false one is false: what it shows of its files, what it says before secure messaging
// protects it, and whether it takes the keys that chip authentication agreed. An honest chip has none.

#include <cstdint>

#include "pki/base/core/bytes.h"
#include "smartcard/apdu/apdu.h"

namespace simulator {

class Tampering {
 public:
  Tampering() = default;
  Tampering(const Tampering&) = delete;
  Tampering& operator=(const Tampering&) = delete;
  virtual ~Tampering() = default;

  // A file became the current one; `content` is what reading gives until another does.
  virtual void opened(std::uint16_t file, base::Bytes& content) = 0;
  // The command as it came out of secure messaging, and the answer that goes in.
  virtual void answered(const apdu::Command& command, apdu::Response& response) = 0;
  // Whether the session goes on under the new keys.
  virtual bool takes_new_keys() = 0;
};

}  // namespace simulator
