// Writes the full chip for other processes: DIR/chip.state for cccd-chip, DIR/mrz.txt and DIR/can.txt for
// cccd-verify.

#include <filesystem>
#include <iostream>

#include "pki/base/core/files.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "write_card DIR\n";
    return 2;
  }
  const std::filesystem::path folder = words[1];
  constexpr const char* kDoing = "writing a test card";
  simulator::FileStore::create(folder / "chip.state", full_chip::made());
  base::write_text_file(folder / "mrz.txt", sample::mrz(), kDoing);
  base::write_text_file(folder / "can.txt", std::string(full_chip::kCan) + "\n", kDoing);
  return 0;
}
