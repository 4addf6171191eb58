#pragma once
// A trust pack: everything that a checkpoint has to know to judge cards, in one signed and numbered file
// (docs/formats/trust-pack.md). It is CMS SignedData by one signer whose certificate every checkpoint knows; what is
// inside is DER of this house. Made by cccd-pki pack make, read here with OpenSSL alone.

#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/trust/trust_store.h"

namespace trust {

// Eighteen digits: what every reader can remember, and one more is still a number.
inline constexpr std::int64_t kHighestPackNumber = 999'999'999'999'999'999;

struct Pack {
  std::int64_t number = 0;  // 1 to kHighestPackNumber; a reader takes no lower one than it has seen
  base::Moment made_at;
  base::Moment clock_floor;        // a clock that stands before this is wrong, and decides nothing
  std::chrono::hours crl_grace{};  // how long a list is used, with a warning, after the next one was due
  std::vector<base::Bytes> anchors, crls;
  std::vector<base::Bytes> is_certificates;  // CV certificates of inspection systems, carried as they are
  base::Bytes status_list;                   // of cards (status_list.h); empty: none
  bool operator==(const Pack&) const = default;
};

base::Bytes encode_pack(const Pack& pack);  // what is signed
Pack parse_pack(base::ByteView der);        // throws asn1::Malformed

// What a reader remembers of the last pack it took.
struct SeenPack {
  std::int64_t number = 0;
  std::string sha256;  // of the file, in hexadecimal
  bool operator==(const SeenPack&) const = default;
};
std::string to_text(const SeenPack& seen);                       // "7 0A1B…\n"
std::optional<SeenPack> parse_seen_pack(std::string_view text);  // nullopt: it is none

struct OpenedPack {
  std::optional<Pack> pack;  // there when nothing failed
  SeenPack seen;             // to be remembered then
  base::Findings findings;
};

// signer: the certificate that signs the packs, DER, known beforehand. last: the one taken before. Findings, all of
// severity fail: PACK_SIGNER, PACK_SIGNATURE, PACK_MALFORMED, PACK_SIGNER_NOT_VALID (at made_at),
// PACK_NUMBER_WENT_BACK, PACK_NUMBER_TWICE (the same number on another file). Never throws on foreign input.
OpenedPack open_pack(base::ByteView file, base::ByteView signer, const std::optional<SeenPack>& last);

// A certificate out of a file, DER or PEM, as DER. Throws Error{FixConfiguration}.
base::Bytes read_certificate_file(const std::filesystem::path& file, const char* doing);

// The store that a pack describes, its policy and clock floor included. Throws as TrustStore::add_anchor and add_crl.
TrustStore load_pack(const Pack& pack);

}  // namespace trust
