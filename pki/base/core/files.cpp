#include "pki/base/core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "pki/base/core/error.h"

namespace base {

namespace {

std::string why(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void refuse(std::string_view doing, const std::filesystem::path& path, std::string_view seen) {
  throw Error(Fault::FixConfiguration, std::string(doing), fmt::format("{}: {}", path.string(), seen));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

void write_all(int fd, ByteView content, std::string_view doing, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0)
      throw Error(Fault::AskOperator, std::string(doing), fmt::format("{}: {}", path.string(), why(errno)));
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
}

void replace_file(const std::filesystem::path& path, ByteView content, std::string_view doing, Access access) {
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor fd(::mkstemp(temporary.data()));
  if (fd.get() < 0) refuse(doing, path, why(errno));
  try {
    if (::fchmod(fd.get(), access == Access::OwnerOnly ? 0600 : 0644) != 0) refuse(doing, path, why(errno));
    write_all(fd.get(), content, doing, path);
    if (::fsync(fd.get()) != 0)
      throw Error(Fault::AskOperator, std::string(doing), fmt::format("{}: {}", path.string(), why(errno)));
    ::close(fd.release());
    if (::rename(temporary.c_str(), path.c_str()) != 0) refuse(doing, path, why(errno));
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

Bytes read_file(const std::filesystem::path& path, std::string_view doing, std::size_t largest) {
  const Descriptor fd(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) refuse(doing, path, why(errno));
  Bytes content;
  std::uint8_t buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(doing, path, why(errno));
    if (got == 0) return content;
    append(content, {buffer, static_cast<std::size_t>(got)});
    if (content.size() > largest) refuse(doing, path, fmt::format("larger than {} bytes", largest));
  }
}

std::string read_text_file(const std::filesystem::path& path, std::string_view doing) {
  return text_of(read_file(path, doing));
}

Secret read_password_file(const std::filesystem::path& path, std::string_view doing) {
  Secret whole(read_file(path, doing, 4096));
  const ByteView all = whole.reveal();
  std::size_t end = 0;
  while (end < all.size() && all[end] != '\n' && all[end] != '\r') ++end;
  if (end == 0) refuse(doing, path, "its first line is empty; write the password there");
  return Secret::copy_of(all.first(end));
}

void write_file(const std::filesystem::path& path, ByteView content, std::string_view doing, Access access) {
  replace_file(path, content, doing, access);
}

void write_text_file(const std::filesystem::path& path, std::string_view content, std::string_view doing,
                     Access access) {
  replace_file(path, view_of(content), doing, access);
}

void write_new_file(const std::filesystem::path& path, ByteView content, std::string_view doing, Access access) {
  Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, access == Access::OwnerOnly ? 0600 : 0644));
  if (fd.get() < 0) {
    refuse(doing, path, errno == EEXIST ? "is already there and is not overwritten; move it away first" : why(errno));
  }
  try {
    write_all(fd.get(), content, doing, path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
  if (::fsync(fd.get()) != 0)
    throw Error(Fault::AskOperator, std::string(doing), fmt::format("{}: {}", path.string(), why(errno)));
}

}  // namespace base
