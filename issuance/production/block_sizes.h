#pragma once
// How much each of a station's readers carries with each chip profile (docs/formats/station-directory.md): a file that
// may be deleted at any time, and is found out again.

#include <filesystem>
#include <string>

#include "smartcard/personalization/block_size.h"

namespace production {

// One reader and one profile of the file. A file that is damaged or not there knows nothing.
class BlockSizes final : public personalization::BlockMemory {
 public:
  BlockSizes(std::filesystem::path file, std::string reader, std::string profile)
      : file_(std::move(file)), reader_(std::move(reader)), profile_(std::move(profile)) {}

  personalization::KnownBlock recall() const override;
  // Throws Error{FixConfiguration} when the folder cannot be written.
  void keep(personalization::KnownBlock known) override;

 private:
  std::filesystem::path file_;
  std::string reader_, profile_;
};

}  // namespace production
