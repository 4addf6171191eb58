#include "pki/evidence/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "pki/base/core/error.h"
#include "pki/evidence/canonical.h"
#include "pki/evidence/statement.h"

namespace evidence {

namespace {

using nlohmann::json;

constexpr std::size_t kReadAhead = 1U << 16;
constexpr std::size_t kHashSize = 32;

std::string why(int error) {
  return std::generic_category().message(error);
}

// A new name in a folder is durable only once the folder itself is synced.
void sync_folder_of(const std::filesystem::path& file) {
  const int descriptor = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // the file is open and written all the same
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& lock_file)
    : descriptor_(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  int locked = -1;
  while (descriptor_ >= 0 && (locked = ::flock(descriptor_, LOCK_EX)) != 0 && errno == EINTR) {
  }
  if (locked != 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw base::Error(base::Fault::FixConfiguration, "locking the audit log",
                      fmt::format("{}: {}", lock_file.string(), why(error)));
  }
}

FolderLock::~FolderLock() {
  ::close(descriptor_);  // closing the only descriptor releases the lock
}

LineFile::LineFile(std::filesystem::path path, Mode mode) : path_(std::move(path)), descriptor_(-1) {
  if (mode == Mode::Read) {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  } else {
    const bool is_new = !std::filesystem::exists(path_);
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ >= 0 && is_new) sync_folder_of(path_);
  }
  if (descriptor_ < 0) {
    throw base::Error(base::Fault::FixConfiguration, "opening the audit log",
                      fmt::format("{}: {}", path_.string(), why(errno)));
  }
}

LineFile::LineFile(LineFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      position_(other.position_),
      buffer_(std::move(other.buffer_)),
      buffer_start_(other.buffer_start_) {}

LineFile::~LineFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LineFile::fail(std::string_view doing) const {
  const int error = errno;
  throw base::Error(base::Fault::AskOperator, std::string(doing), fmt::format("{}: {}", path_.string(), why(error)));
}

std::uint64_t LineFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("reading the audit log");
  return static_cast<std::uint64_t>(status.st_size);
}

void LineFile::go_to(std::uint64_t position) {
  position_ = position;
  buffer_.clear();
  buffer_start_ = position;
}

std::optional<std::string> LineFile::next() {
  for (std::size_t searched = position_ - buffer_start_;;) {
    const auto end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      const std::size_t begin = position_ - buffer_start_;
      std::string line = buffer_.substr(begin, end - begin);
      position_ = buffer_start_ + end + 1;
      return line;
    }
    if (buffer_.size() - (position_ - buffer_start_) > kLongestLine) {
      throw base::Error(base::Fault::TreatAsAttack, "reading the audit log",
                        fmt::format("{}: a line is longer than {} bytes", path_.string(), kLongestLine));
    }
    buffer_.erase(0, position_ - buffer_start_);
    buffer_start_ = position_;
    searched = buffer_.size();
    buffer_.resize(searched + kReadAhead);
    const ssize_t got =
        ::pread(descriptor_, buffer_.data() + searched, kReadAhead, static_cast<off_t>(buffer_start_ + searched));
    buffer_.resize(searched + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && errno != EINTR) fail("reading the audit log");
    if (got == 0) return std::nullopt;
  }
}

void LineFile::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail("writing the audit log");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(descriptor_) != 0) fail("writing the audit log");
}

void LineFile::append(std::string_view line) {
  base::ensure(!has_rest(), "a log is appended to at its end");
  const std::uint64_t end = position_;
  try {
    write_all(std::string(line) + "\n");
  } catch (const base::Error&) {
    go_to(end);
    cut_here();  // a disk that filled up in the middle of the line
    throw;
  }
  go_to(end + line.size() + 1);
}

void LineFile::cut_here() {
  if (::ftruncate(descriptor_, static_cast<off_t>(position_)) != 0 || ::fsync(descriptor_) != 0)
    fail("cutting an unfinished line off the audit log");
  go_to(position_);
}

std::string entry_line(std::size_t index, base::Moment at, std::string_view event, const json& data) {
  return canonical({{"at", base::to_rfc3339(at)}, {"data", data}, {"event", event}, {"index", index}});
}

std::optional<json> parse_any_entry(std::string_view line) {
  auto entry = parse_canonical(line);
  if (!entry || !entry->is_object() || entry->size() != 4 || !entry->contains("data")) return std::nullopt;
  const auto at = entry->find("at"), event = entry->find("event"), number = entry->find("index");
  if (at == entry->end() || !at->is_string() || !base::parse_rfc3339(at->get<std::string>())) return std::nullopt;
  if (event == entry->end() || !event->is_string()) return std::nullopt;
  if (number == entry->end() || !number->is_number_unsigned()) return std::nullopt;
  return entry;
}

std::size_t number_of(const json& entry) {
  return entry.at("index").get<std::size_t>();
}

std::optional<json> parse_entry(std::string_view line, std::size_t index) {
  auto entry = parse_any_entry(line);
  if (!entry || number_of(*entry) != index) return std::nullopt;
  return entry;
}

std::string checkpoint_line(std::string_view jws) {
  return canonical({{"checkpoint", jws}});
}

std::optional<std::string> jws_of_checkpoint_line(std::string_view line) {
  const auto fields = parse_canonical(line);
  if (!fields || !fields->is_object() || fields->size() != 1) return std::nullopt;
  const auto jws = fields->find("checkpoint");
  if (jws == fields->end() || !jws->is_string()) return std::nullopt;
  return jws->get<std::string>();
}

json checkpoint_payload(std::size_t size, base::ByteView root, base::Moment at) {
  return {{"at", base::to_rfc3339(at)}, {"root", base::to_base64url(root)}, {"size", size}};
}

std::optional<Checkpoint> open_checkpoint(std::string_view jws, base::ByteView owner_public_key) {
  const auto payload = open_statement(jws, "checkpoint", owner_public_key);
  if (!payload || payload->size() != 3 || !payload->contains("at")) return std::nullopt;
  const auto size = payload->find("size"), root = payload->find("root");
  if (size == payload->end() || !size->is_number_unsigned() || root == payload->end() || !root->is_string())
    return std::nullopt;
  const auto bytes = base::parse_base64url(root->get<std::string>());
  if (!bytes || bytes->size() != kHashSize) return std::nullopt;
  return Checkpoint{size->get<std::size_t>(), *bytes};
}

}  // namespace evidence
