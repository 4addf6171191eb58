#include "smartcard/simulator/sole_user.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

// The state file is replaced at each write, so a lock on it would be lost. A name among the abstract sockets belongs to
// the process that bound it, needs no file, and goes with the process however it ends.
SoleUser::SoleUser(const std::filesystem::path& state_file) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  base::ensure(socket_ >= 0, "the kernel gives a socket");
  std::error_code error;
  const auto canonical = std::filesystem::weakly_canonical(state_file, error);
  const std::string path = (error ? state_file : canonical).string();
  const std::string name = "cccd-chip " + base::to_hex(sha256(base::view_of(path)));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(name, address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    ::close(socket_);
    throw base::Error(base::Fault::FixConfiguration, "taking the chip",
                      path + ": another cccd-chip has it in a reader; stop that one first");
  }
}

SoleUser::~SoleUser() {
  ::close(socket_);
}

}  // namespace simulator
