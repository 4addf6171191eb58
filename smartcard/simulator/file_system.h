#pragma once
// The files of the LDS1 application as the chip knows them: identifiers and access rules, as a table
// (ICAO Doc 9303-10 §3.11, table 38; rules 9303-11 §4).

#include <cstddef>
#include <cstdint>
#include <span>

namespace simulator {

enum class ReadRule {
  AfterAccessControl,   // after BAC or PACE
  AfterExtendedAccess,  // fingerprints and irises: after terminal authentication
};

struct FileRule {
  std::uint16_t id;
  std::uint8_t sfi;
  ReadRule read;
  bool personalized;  // a DGI of this number may write it (docs/formats/virtual-chip.md)
};

std::span<const FileRule> file_rules();
const FileRule* rule_of_file(std::uint16_t id);  // nullptr: no such file in the application
const FileRule* rule_of_sfi(std::uint8_t sfi);

// Files without which the application is not personalized.
std::span<const std::uint16_t> mandatory_files();

inline constexpr std::size_t kFileMemory =
    std::size_t{80} * 1024;  // bytes for all files together; 9303-10 §4.5.4 asks for 32 kB

}  // namespace simulator
