#pragma once
// Big-endian numbers inside biometric records and image headers. The caller has checked that the octets are there.

#include "pki/base/core/bytes.h"

namespace lds {

inline std::uint32_t get16(base::ByteView in, std::size_t at) {
  return static_cast<std::uint32_t>(in[at]) << 8 | in[at + 1];
}
inline std::uint32_t get32(base::ByteView in, std::size_t at) {
  return get16(in, at) << 16 | get16(in, at + 2);
}
inline void put16(base::Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put32(base::Bytes& out, std::size_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xFFFF);
}

}  // namespace lds
