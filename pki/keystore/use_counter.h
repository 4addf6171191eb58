#pragma once
// The count of one key, wherever it stands. For this room alone.

#include <filesystem>
#include <memory>

#include "pki/keystore/signing_key.h"
#include "pki/keystore/use_limit.h"

namespace keystore {

class UseCounter {
 public:
  UseCounter() = default;
  UseCounter(const UseCounter&) = delete;
  UseCounter& operator=(const UseCounter&) = delete;
  virtual ~UseCounter() = default;
  // One use more. From several threads and programs at once. Error{FixConfiguration}, and nothing is counted, when the
  // limit is reached; Error{AskOperator} when the use cannot be counted.
  virtual void count() = 0;
};

[[noreturn]] void refuse_spent(const UseLimit& spent);
// Lowered to `limit`; a key that has none yet begins at no uses. Error{FixConfiguration} when it would be raised.
UseLimit lowered(const std::optional<UseLimit>& now, std::int64_t limit);

// "3 of 100" as both stores keep it. Error{FixConfiguration} when the text is none.
std::string to_text(const UseLimit& uses);
UseLimit parse_uses(std::string_view text);

// The key, which counts before it signs. Without a counter the key itself.
std::unique_ptr<SigningKey> counted(std::unique_ptr<SigningKey> key, std::unique_ptr<UseCounter> counter);

// Of a key file. nullptr, nullopt: it has no limit.
std::unique_ptr<UseCounter> find_file_uses(const std::filesystem::path& key_file);
std::optional<UseLimit> read_file_uses(const std::filesystem::path& key_file);
UseLimit limit_file_uses(const std::filesystem::path& key_file, std::int64_t limit);

}  // namespace keystore
