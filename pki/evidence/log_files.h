#pragma once
// The files of a log: locked, read by lines, appended durably; and what one line says.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace evidence {

inline constexpr std::size_t kLongestLine = 1U << 20;

struct LogPaths {
  explicit LogPaths(const std::filesystem::path& folder)
      : entries(folder / "log.jsonl"),
        checkpoints(folder / "checkpoints.jsonl"),
        witnesses(folder / "witnesses.jsonl"),
        policy(folder / "witnesses.toml"),
        lock(folder / "lock") {}
  std::filesystem::path entries, checkpoints, witnesses, policy, lock;
};

// An exclusive lock over the folder (flock on folder/lock), for as long as the object lives.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& lock_file);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_;
};

// One open file of lines. Positions are byte offsets.
class LineFile {
 public:
  enum class Mode { Append, Read };
  // Append makes the file; Read throws Error{FixConfiguration} when it is not there.
  LineFile(std::filesystem::path path, Mode mode);
  LineFile(LineFile&&) noexcept;
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile();

  // The whole line at the position, which moves behind it; nullopt at the end or when the last line has no line end
  // (has_rest tells which).
  std::optional<std::string> next();
  void go_to(std::uint64_t position);
  std::uint64_t position() const { return position_; }
  std::uint64_t size() const;
  bool has_rest() const { return position_ < size(); }

  // Writes at the position, which is the end, and returns after fsync. A failure leaves the file as it was.
  void append(std::string_view line);
  void cut_here();  // drops everything behind the position

 private:
  [[noreturn]] void fail(std::string_view doing) const;
  void write_all(std::string_view bytes);
  std::filesystem::path path_;
  int descriptor_;
  std::uint64_t position_ = 0;
  std::string buffer_;              // read ahead
  std::uint64_t buffer_start_ = 0;  // its place in the file
};

// One entry of the log, canonical, without line end.
std::string entry_line(std::size_t index, base::Moment at, std::string_view event, const nlohmann::json& data);
// The entry if the line is canonical and has exactly these four members, with whatever number.
std::optional<nlohmann::json> parse_any_entry(std::string_view line);
std::size_t number_of(const nlohmann::json& entry);  // its index
// The same, if its number is this index.
std::optional<nlohmann::json> parse_entry(std::string_view line, std::size_t index);

struct Checkpoint {
  std::size_t size = 0;
  base::Bytes root;
};
// {"checkpoint": JWS}
std::string checkpoint_line(std::string_view jws);
std::optional<std::string> jws_of_checkpoint_line(std::string_view line);
nlohmann::json checkpoint_payload(std::size_t size, base::ByteView root, base::Moment at);
// nullopt unless the JWS is a checkpoint signed by this key.
std::optional<Checkpoint> open_checkpoint(std::string_view jws, base::ByteView owner_public_key);

}  // namespace evidence
