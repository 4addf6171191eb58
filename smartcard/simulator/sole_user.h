#pragma once
// One chip, one place: while this object lives no other process on the machine has one for the same state file. Two
// readers cannot hold one card, and two processes writing one state would lose each other's counters.

#include <filesystem>

namespace simulator {

class SoleUser {
 public:
  // Throws base::Error{FixConfiguration} when the state file is in use.
  explicit SoleUser(const std::filesystem::path& state_file);
  SoleUser(const SoleUser&) = delete;
  SoleUser& operator=(const SoleUser&) = delete;
  ~SoleUser();

 private:
  int socket_;
};

}  // namespace simulator
