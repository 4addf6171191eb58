#include "issuance/production/case_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "pki/base/core/error.h"

namespace production {

CaseLock::CaseLock(const std::filesystem::path& work_folder) {
  std::error_code error;
  std::filesystem::create_directories(work_folder, error);
  const std::filesystem::path name = work_folder / "lock";
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) {
    throw base::Error(base::Fault::AskOperator, "locking a case", name.string() + ": " + std::strerror(errno));
  }
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    ::close(file_);
    throw base::Error(base::Fault::AskOperator, "locking a case",
                      "another process is producing this case's card; wait until it has ended");
  }
}

CaseLock::~CaseLock() {
  ::close(file_);
}

}  // namespace production
