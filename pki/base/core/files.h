#pragma once
// Whole files. Writing is atomic (a temporary file in the same folder, fsync, rename), so a power cut leaves the old
// file or the new one and never half of either.

#include <filesystem>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace base {

inline constexpr std::size_t kLargestFile = 64U << 20;  // bytes; a larger one is refused before it is read

// "-" reads standard input. `doing` begins the message of the Error{FixConfiguration} when the file cannot be read.
Bytes read_file(const std::filesystem::path& path, std::string_view doing, std::size_t largest = kLargestFile);
// The first `most` bytes of a file, or the whole of a smaller one.
Bytes read_file_start(const std::filesystem::path& path, std::string_view doing, std::size_t most);
std::string read_text_file(const std::filesystem::path& path, std::string_view doing);
// A password: the first line of the file, without its line end. Refuses an empty one.
Secret read_password_file(const std::filesystem::path& path, std::string_view doing);

enum class Access { Everyone, OwnerOnly };  // 0644 or 0600
void write_file(const std::filesystem::path& path, ByteView content, std::string_view doing,
                Access access = Access::Everyone);
void write_text_file(const std::filesystem::path& path, std::string_view content, std::string_view doing,
                     Access access = Access::Everyone);
// Refuses to overwrite: throws Error{FixConfiguration} if the file is there.
void write_new_file(const std::filesystem::path& path, ByteView content, std::string_view doing,
                    Access access = Access::Everyone);

}  // namespace base
