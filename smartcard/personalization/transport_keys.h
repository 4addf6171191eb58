#pragma once
// The keys with which a blank chip is delivered (docs/formats/transport-keys.md). They come from a file that its owner
// alone can read, never from a profile.

#include <cstdint>
#include <filesystem>

#include "smartcard/globalplatform/keys.h"

namespace personalization {

struct TransportKeys {
  std::uint8_t version = 0;
  globalplatform::KeySet keys;  // of one length, for the cipher of the profile's channel
};

// Throws Error{FixConfiguration} with file:line and field, or when others can read the file. A message never shows a
// key.
TransportKeys read_transport_keys(const std::filesystem::path& path);

}  // namespace personalization
