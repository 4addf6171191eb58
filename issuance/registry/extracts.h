#pragma once
// A dated extract of the register for stations without network (docs/formats/extract.md). Whoever is in it was read:
// the intent stands in the log, and an access for each person is kept, before the file is there.

#include <filesystem>
#include <functional>
#include <vector>

#include "issuance/extract/extract.h"
#include "issuance/registry/store.h"
#include "pki/evidence/log.h"
#include "pki/keystore/signing_key.h"

namespace registry {

// Up to a thousand numbers that come after the last one given, ascending; none when all were given.
using NumbersAfter = std::function<std::vector<CitizenNumber>(const std::optional<CitizenNumber>& last)>;

// Everybody whose number begins with this province (three digits).
NumbersAfter numbers_of_province(Store& store, const std::string& province);
// These, each once.
NumbersAfter numbers_listed(std::vector<CitizenNumber> numbers);

struct WantedExtract {
  std::filesystem::path file;
  std::string reader;                                 // the account that runs the command
  std::chrono::hours counts{std::chrono::hours{72}};  // from now on
  NumbersAfter numbers;
};

// One page of the numbers that are about to be written, and the extract's id.
using KeepReads = std::function<void(const std::vector<CitizenNumber>& numbers, const std::string& extract)>;

// Throws Error{FixConfiguration} when the file is there or cannot be written.
extract::Header write_extract(const WantedExtract& wanted, Store& store, evidence::Log& log,
                              const keystore::SigningKey& key, const KeepReads& keep_reads, const base::Clock& clock,
                              base::Random& random);

}  // namespace registry
