#include "pki/keystore/use_limit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/keystore/pkcs11_uses.h"
#include "pki/keystore/use_counter.h"
#include "pki/pkcs11/time_limit.h"

namespace keystore {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCounting = "counting a key's uses";
constexpr std::string_view kOf = " of ";
constexpr std::string_view kEnding = ".uses";

[[noreturn]] void refuse(std::string_view doing, std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), std::move(seen));
}

std::int64_t number(std::string_view text) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    refuse(kCounting, "the count is damaged; bring it back from the backup, or retire the key");
  }
  return value;
}

class CountedKey final : public SigningKey {
 public:
  CountedKey(std::unique_ptr<SigningKey> key, std::unique_ptr<UseCounter> counter)
      : key_(std::move(key)), counter_(std::move(counter)) {}
  KeyKind kind() const override { return key_->kind(); }
  base::Bytes public_key_named() const override { return key_->public_key_named(); }
  base::Bytes public_key_explicit() const override { return key_->public_key_explicit(); }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    counter_->count();
    return key_->sign_unverified(digest);
  }

 private:
  std::unique_ptr<SigningKey> key_;
  std::unique_ptr<UseCounter> counter_;
};

// --- of a key file: a second file beside it, under a lock on the first ---------------------------------------------

class FileLock {
 public:
  explicit FileLock(const fs::path& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) == 0) return;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw base::Error(base::Fault::AskOperator, std::string(kCounting),
                      fmt::format("{}: cannot be locked", file.string()));
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { ::close(descriptor_); }

 private:
  int descriptor_;
};

fs::path book_of(const fs::path& key_file) {
  return key_file.string() + std::string(kEnding);
}

void write(const fs::path& key_file, const UseLimit& uses) {
  base::write_text_file(book_of(key_file), to_text(uses) + "\n", kCounting, base::Access::OwnerOnly);
}

class FileUses final : public UseCounter {
 public:
  explicit FileUses(fs::path key_file) : key_file_(std::move(key_file)) {}
  void count() override {
    const FileLock lock(key_file_);  // each opens the file anew, so threads wait for one another as programs do
    auto uses = read_file_uses(key_file_);
    if (!uses) refuse(kCounting, fmt::format("{}: is gone; bring it back", book_of(key_file_).string()));
    if (uses->uses >= uses->limit) refuse_spent(*uses);
    ++uses->uses;
    write(key_file_, *uses);
  }

 private:
  fs::path key_file_;
};

}  // namespace

void refuse_spent(const UseLimit& spent) {
  refuse("signing",
         fmt::format("the key made the {} signatures that it may make in its life; make its successor", spent.limit));
}

UseLimit lowered(const std::optional<UseLimit>& now, std::int64_t limit) {
  constexpr std::string_view kDoing = "limiting a key's uses";
  if (limit < 1) throw base::Error(base::Fault::UsedWrongly, std::string(kDoing), "a limit is 1 or more");
  if (now && now->limit < limit) {
    refuse(kDoing, fmt::format("its limit is {} and is not raised; make its successor", now->limit));
  }
  return {limit, now ? now->uses : 0};
}

std::string to_text(const UseLimit& uses) {
  return fmt::format("{}{}{}", uses.uses, kOf, uses.limit);
}

UseLimit parse_uses(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto of = text.find(kOf);
  if (of == std::string_view::npos) number("");
  return {.limit = number(text.substr(of + kOf.size())), .uses = number(text.substr(0, of))};
}

std::unique_ptr<SigningKey> counted(std::unique_ptr<SigningKey> key, std::unique_ptr<UseCounter> counter) {
  if (!counter) return key;
  return std::make_unique<CountedKey>(std::move(key), std::move(counter));
}

std::unique_ptr<UseCounter> find_file_uses(const fs::path& key_file) {
  if (!fs::exists(book_of(key_file))) return nullptr;
  return std::make_unique<FileUses>(key_file);
}

std::optional<UseLimit> read_file_uses(const fs::path& key_file) {
  const fs::path book = book_of(key_file);
  if (!fs::exists(book)) return std::nullopt;
  return parse_uses(base::read_text_file(book, kCounting));
}

UseLimit limit_file_uses(const fs::path& key_file, std::int64_t limit) {
  const FileLock lock(key_file);
  const UseLimit uses = lowered(read_file_uses(key_file), limit);
  write(key_file, uses);
  return uses;
}

std::optional<UseLimit> use_limit(const std::string& address, const base::Secret& secret) {
  if (!is_token_address(address)) return read_file_uses(address);
  const pkcs11::Address at = pkcs11::parse_key_address(address);
  return pkcs11::in_time(at.token, kCounting, pkcs11::kAnswerTime, [at, pin = base::Secret::copy_of(secret.reveal())] {
    const auto token = pkcs11::Token::open(at, pin);
    pkcs11::Token::Lease lease(*token);
    return read_uses(token->functions(), lease.session(), at.object);
  });
}

UseLimit limit_uses(const std::string& address, std::int64_t limit, const base::Secret& secret) {
  open(address, secret);  // there is such a key, and who limits it may use it
  if (!is_token_address(address)) return limit_file_uses(address, limit);
  const pkcs11::Address at = pkcs11::parse_key_address(address);
  return pkcs11::in_time(at.token, kCounting, pkcs11::kAnswerTime,
                         [at, limit, pin = base::Secret::copy_of(secret.reveal())] {
                           return limit_uses(*pkcs11::Token::open(at, pin), at.object, limit);
                         });
}

}  // namespace keystore
