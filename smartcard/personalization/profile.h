#pragma once
// A GlobalPlatform product as data (docs/formats/chip-profile.md): its secure channel, its applications, key versions,
// the keys it makes, the objects it stores and in which order, and how its STORE DATA looks. A new product is a new
// file, never new code.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "smartcard/globalplatform/channel_form.h"
#include "smartcard/lds/lds.h"
#include "smartcard/lds/security_infos.h"

namespace personalization {

struct StoreDataForm {
  std::size_t block_short = 0;     // plain bytes in one block when the reader takes short commands only
  std::size_t block_extended = 0;  // … with extended length
  std::uint8_t p1_dgi = 0;         // P1 of every block
  std::uint8_t p1_last = 0;        // added on the last block of a run
  std::uint8_t p1_encrypted =
      0;  // added while the DGI's value is encrypted under the data key (globalplatform::DataKey)
  std::uint8_t p1_response = 0;  // added when an answer is expected
};

struct StoredObject {
  enum class Kind {
    File,           // of the LDS; EF.CardAccess is made from the profile itself
    BacKeys,        // K_ENC ‖ K_MAC
    PacePasswords,  // { 83 reference, 84 secret }*: the SHA-1 of the MRZ information, the CAN
    TrustPoint,     // the CVCA's certificate; left out when the card is given none
    Date,           // the day of personalization, YYMMDD, one digit an octet; left out without a trust point
    Octets,         // what the product always gets
  };
  Kind kind = Kind::File;
  lds::FileId file = lds::FileId::Com;  // of a File
  base::Bytes octets;                   // of Octets
  std::string name;                     // "EF.DG1", "BAC keys"
  std::uint16_t dgi = 0;
  bool encrypted = false;
};

// "Make a key and tell me its public part."
struct KeyRequest {
  std::uint16_t dgi = 0;
  base::Bytes value;
};

// The key for Chip Authentication, and what EF.DG14 says of it (9303-11 §9.2.5, §9.2.6).
struct ChipAuthenticationForm {
  KeyRequest request;
  std::optional<std::int64_t> key_id;  // left out by a chip with one key
  lds::Cipher cipher = lds::Cipher::Aes128;
};

// Where the card access number comes from.
enum class CanSource {
  Number,  // the last six digits of the holder's
  Random,  // drawn for this card alone, and printed on it
};

struct Profile {
  std::string name;
  base::Bytes card_manager;  // AID of the issuer security domain
  globalplatform::ChannelForm channel;
  std::size_t key_size = 0;  // octets of each transport and card key
  std::uint8_t transport_key_version = 0;
  std::uint8_t card_key_version = 0;
  base::Bytes package, module, instance, privileges;  // of the LDS application
  StoreDataForm store_data;
  KeyRequest aa_key;
  std::optional<asn1::Oid> aa_signature;                      // of an ECDSA key, for EF.DG14; nullopt: RSA
  std::optional<ChipAuthenticationForm> chip_authentication;  // without it the card has no EF.DG14
  std::optional<lds::PaceInfo> pace;                          // without it no EF.CardAccess and no PACE
  CanSource can = CanSource::Number;
  std::set<int> closed_groups;        // that the chip gives after terminal authentication only, besides DG3 and DG4
  std::vector<StoredObject> objects;  // in the order of writing

  bool stores(StoredObject::Kind kind) const;
};

// The profile of the virtual chip, carried in the program.
extern const std::string_view kVirtualLdsToml;
const Profile& virtual_lds_profile();

// EF.CardAccess as the product's chips carry it (9303-10 §3.11.3), and EF.DG14 of the chip that made this key
// (SubjectPublicKeyInfo): the same PACEInfo, Chip and Terminal Authentication, here with the key, and how Active
// Authentication signs where that is ECDSA (9303-11 §9.2.4). Only for a profile with PACE, or with Chip Authentication
// (ensure).
base::Bytes card_access_of(const Profile& profile);
base::Bytes dg14_of(const Profile& profile, base::ByteView chip_key);

}  // namespace personalization
