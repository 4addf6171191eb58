#pragma once
// A chip product as data (docs/formats/chip-profile.md): its applications, key versions, the objects it stores and in
// which order, and how its STORE DATA looks. A new product is a new file, never new code.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "smartcard/lds/lds.h"

namespace personalization {

struct StoreDataForm {
  std::size_t block_short = 0;     // plain bytes in one block when the reader takes short commands only
  std::size_t block_extended = 0;  // … with extended length
  std::uint8_t p1_dgi = 0;         // P1 of every block
  std::uint8_t p1_last = 0;        // added on the last block of a run
  std::uint8_t p1_encrypted = 0;   // added while the DGI's value is encrypted under the static DEK
  std::uint8_t p1_response = 0;    // added when an answer is expected
};

struct StoredObject {
  enum class Kind { File, BacKeys };
  Kind kind = Kind::File;
  lds::FileId file = lds::FileId::Com;  // of a File
  std::string name;                     // "EF.DG1", "BAC keys"
  std::uint16_t dgi = 0;
  bool encrypted = false;
};

struct Profile {
  std::string name;
  base::Bytes card_manager;         // AID of the issuer security domain
  std::uint8_t security_level = 0;  // of SCP03
  std::uint8_t transport_key_version = 0;
  std::uint8_t card_key_version = 0;
  base::Bytes package, module, instance, privileges;  // of the LDS application
  StoreDataForm store_data;
  std::uint16_t aa_key_dgi = 0;       // "make a key for Active Authentication"
  base::Bytes aa_key_request;         // its value
  std::vector<StoredObject> objects;  // in the order of writing
};

// `source` names the text in messages ("virtual-lds.toml"). Throws Error{FixConfiguration} with source:line and field.
Profile parse_profile(std::string_view toml, std::string_view source);
Profile read_profile(const std::filesystem::path& path);

// The profile of the virtual chip, carried in the program.
extern const std::string_view kVirtualLdsToml;
const Profile& virtual_lds_profile();

}  // namespace personalization
