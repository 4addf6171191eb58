#pragma once
// One production of a case at a time, over all processes: a lock on a file in the case's work folder, gone with its
// process.

#include <filesystem>

namespace production {

class CaseLock {
 public:
  // Throws base::Error{AskOperator} when another process works on the case.
  explicit CaseLock(const std::filesystem::path& work_folder);
  ~CaseLock();
  CaseLock(const CaseLock&) = delete;
  CaseLock& operator=(const CaseLock&) = delete;

 private:
  int file_;
};

}  // namespace production
