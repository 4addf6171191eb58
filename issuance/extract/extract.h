#pragma once
// A dated extract of the register for a station without network (docs/formats/extract.md): a header that the registry
// signed, then one signed answer a person, in the order of their numbers. What a station does by it is provisional: the
// signer wants a live answer beside it.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iosfwd>
#include <string>
#include <variant>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/evidence/merkle.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/registry_answer.h"

namespace extract {

inline constexpr std::string_view kPurpose = "issuance";

struct Header {
  std::string id;          // "X-20261123T020000Z-4f0c5d21"
  base::Moment at;         // of every entry
  base::Moment until;      // no case is vetted by it afterwards
  std::int64_t count = 0;  // entries
  std::string root;        // RFC 6962 over the entries' lines, base64url
  bool operator==(const Header&) const = default;
};

std::string new_id(base::Moment at, base::Random& random);

// Writes one. The file (mode 0600) is there once finish() has returned, and refuses to replace one: throws
// Error{FixConfiguration}, also when the disk is full.
class Writer {
 public:
  // header: id, at and until are taken. Key and file outlive it.
  Writer(std::filesystem::path file, Header header, const keystore::SigningKey& key);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // removes what was not finished

  // What the register answers about a number: becomes an entry of this extract, whatever it was asked for. Numbers
  // come in ascending order, each once (ensure).
  void add(document::RegistryAnswer answer);
  // before_it_is_there: told the whole header once everything is written and nobody can read the file yet.
  Header finish(const std::function<void(const Header&)>& before_it_is_there = {});

 private:
  void write(std::ofstream& out, const std::string& line) const;
  std::filesystem::path file_;
  Header header_;
  const keystore::SigningKey& key_;
  std::ofstream entries_;
  evidence::Frontier frontier_;
  std::string last_number_;
};

// One entry as it is kept: the statement, and whom it is about.
struct Entry {
  std::string number;
  std::string jws;
};

// The first line. Finding EXTRACT_NOT_TRUSTED: not signed by this key, or no header.
std::variant<Header, base::Findings> read_header(std::istream& in, base::ByteView registry_key);

// The rest, each entry given on as soon as it was verified; what was given on counts only when nothing failed in the
// end. EXTRACT_NOT_TRUSTED (an entry that the key did not sign, or not for this extract), EXTRACT_DAMAGED (order, count
// or root do not fit the header).
base::Findings read_entries(std::istream& in, const Header& header, base::ByteView registry_key,
                            const std::function<void(const Entry&)>& take);

// The answer in an entry's statement if the key signed it as an entry of that extract and nothing else: no case, the
// purpose issuance, the extract's moment. nullopt otherwise.
std::optional<document::RegistryAnswer> open_entry(std::string_view jws, base::ByteView registry_key);

}  // namespace extract
