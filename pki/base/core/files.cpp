#include "pki/base/core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "pki/base/core/error.h"

namespace base {

namespace {

constexpr std::size_t kLongestPasswordFile = 4096;

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

 private:
  int fd_;
};

int open_for_reading(const std::filesystem::path& path, std::string_view doing) {
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) refuse(doing, path, why(errno));
  return fd;
}

void write_all(int fd, ByteView content, std::string_view doing, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0)
      throw Error(Fault::AskOperator, std::string(doing), fmt::format("{}: {}", path.string(), why(errno)));
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
}

// A name is durable only once its folder is synced.
void sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());  // a folder that may be written but not read: the file itself is synced
}

enum class Existing { Replace, Refuse };

// The content goes to a temporary file of the same folder, is synced and only then gets its name.
void put_file(const std::filesystem::path& path, ByteView content, std::string_view doing, Access access,
              Existing existing) {
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (fd.get() < 0) refuse(doing, path, why(errno));
  try {
    if (::fchmod(fd.get(), access == Access::OwnerOnly ? 0600 : 0644) != 0) refuse(doing, path, why(errno));
    write_all(fd.get(), content, doing, path);
    if (::fsync(fd.get()) != 0)
      throw Error(Fault::AskOperator, std::string(doing), fmt::format("{}: {}", path.string(), why(errno)));
    if (existing == Existing::Replace) {
      if (::rename(temporary.c_str(), path.c_str()) != 0) refuse(doing, path, why(errno));
    } else {
      // link() gives the name only when it is free; the temporary name goes afterwards.
      if (::link(temporary.c_str(), path.c_str()) != 0) {
        refuse(doing, path,
               errno == EEXIST ? "is already there and is not overwritten; move it away first" : why(errno));
      }
      ::unlink(temporary.c_str());
    }
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder_of(path);
}

}  // namespace

Bytes read_file_start(const std::filesystem::path& path, std::string_view doing, std::size_t most) {
  const Descriptor fd(open_for_reading(path, doing));
  Bytes content;
  std::uint8_t buffer[65536];
  while (content.size() < most) {
    const ssize_t got = ::read(fd.get(), buffer, std::min(sizeof buffer, most - content.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(doing, path, why(errno));
    if (got == 0) break;
    append(content, {buffer, static_cast<std::size_t>(got)});
  }
  return content;
}

Bytes read_file(const std::filesystem::path& path, std::string_view doing, std::size_t largest) {
  Bytes content = read_file_start(path, doing, largest + 1);
  if (content.size() > largest) refuse(doing, path, fmt::format("larger than {} bytes", largest));
  return content;
}

std::string read_text_file(const std::filesystem::path& path, std::string_view doing) {
  return text_of(read_file(path, doing));
}

// Read into one block that is wiped, never through a buffer that grows and leaves copies behind.
Secret read_password_file(const std::filesystem::path& path, std::string_view doing) {
  const Descriptor fd(open_for_reading(path, doing));
  Bytes block(kLongestPasswordFile + 1);
  std::size_t size = 0;
  while (size < block.size()) {
    const ssize_t got = ::read(fd.get(), block.data() + size, block.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(doing, path, why(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  const Secret whole(std::move(block));
  if (size > kLongestPasswordFile) refuse(doing, path, fmt::format("larger than {} bytes", kLongestPasswordFile));
  const ByteView all = whole.reveal().first(size);
  std::size_t end = 0;
  while (end < all.size() && all[end] != '\n' && all[end] != '\r') ++end;
  if (end == 0) refuse(doing, path, "its first line is empty; write the password there");
  return Secret::copy_of(all.first(end));
}

void write_file(const std::filesystem::path& path, ByteView content, std::string_view doing, Access access) {
  put_file(path, content, doing, access, Existing::Replace);
}

void write_text_file(const std::filesystem::path& path, std::string_view content, std::string_view doing,
                     Access access) {
  put_file(path, view_of(content), doing, access, Existing::Replace);
}

void write_new_file(const std::filesystem::path& path, ByteView content, std::string_view doing, Access access) {
  put_file(path, content, doing, access, Existing::Refuse);
}

}  // namespace base
