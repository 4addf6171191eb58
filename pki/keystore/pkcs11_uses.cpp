#include "pki/keystore/pkcs11_uses.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/pkcs11/time_limit.h"

namespace keystore {

namespace {

constexpr std::string_view kCounting = "counting a key's uses";
constexpr int kTries = 32;

std::string object_of(const std::string& label) {
  return "uses of " + label;
}

struct Entry {
  CK_OBJECT_HANDLE object = 0;
  UseLimit uses;
};

// What stands in the token, the newest last. There are two while one is being replaced, and after a power cut then; one
// that another program destroyed since it was found is left out.
std::vector<Entry> entries(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label) {
  std::vector<Entry> found;
  for (const CK_OBJECT_HANDLE object : pkcs11::find_objects(functions, session, CKO_DATA, object_of(label))) {
    std::array<char, 64> text{};
    CK_ATTRIBUTE value{CKA_VALUE, text.data(), text.size()};
    const CK_RV answer = functions.C_GetAttributeValue(session, object, &value, 1);
    if (answer == CKR_OBJECT_HANDLE_INVALID) continue;
    pkcs11::check(answer, kCounting);
    found.push_back({object, parse_uses({text.data(), std::min<std::size_t>(value.ulValueLen, text.size())})});
  }
  std::ranges::sort(found, {}, [](const Entry& entry) { return entry.uses.uses; });
  return found;
}

// The highest count and the lowest limit of them.
std::optional<UseLimit> sum_of(const std::vector<Entry>& found) {
  if (found.empty()) return std::nullopt;
  const auto lowest = std::ranges::min_element(found, {}, [](const Entry& entry) { return entry.uses.limit; });
  return UseLimit{.limit = lowest->uses.limit, .uses = found.back().uses.uses};
}

CK_OBJECT_HANDLE write(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label,
                       const UseLimit& uses) {
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  const CK_OBJECT_CLASS type = CKO_DATA;
  const std::string name = object_of(label), text = to_text(uses), application = "cccd-pki";
  std::array wanted{pkcs11::attribute(CKA_CLASS, &type, sizeof type),
                    pkcs11::attribute(CKA_TOKEN, &yes, sizeof yes),
                    pkcs11::attribute(CKA_PRIVATE, &yes, sizeof yes),
                    pkcs11::attribute(CKA_MODIFIABLE, &no, sizeof no),
                    pkcs11::attribute(CKA_APPLICATION, application.data(), application.size()),
                    pkcs11::attribute(CKA_LABEL, name.data(), name.size()),
                    pkcs11::attribute(CKA_VALUE, text.data(), text.size())};
  CK_OBJECT_HANDLE object = 0;
  pkcs11::check(functions.C_CreateObject(session, wanted.data(), static_cast<CK_ULONG>(wanted.size()), &object),
                kCounting);
  return object;
}

void drop(const pkcs11::Functions& functions, pkcs11::Session session, const std::vector<Entry>& old) {
  for (const Entry& entry : old)
    functions.C_DestroyObject(session, entry.object);  // another program may have been first
}

// PKCS #11 has no "write if unchanged", but an object is destroyed once: the new count is written, and who destroys the
// old one has the turn. Who does not takes its own back and begins again. A number may be skipped; none is used twice.
bool try_to_count(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label) {
  const auto found = entries(functions, session, label);
  const auto now = sum_of(found);
  if (!now) return false;
  if (now->uses >= now->limit) refuse_spent(*now);
  const CK_OBJECT_HANDLE mine = write(functions, session, label, {.limit = now->limit, .uses = now->uses + 1});
  if (functions.C_DestroyObject(session, found.back().object) != CKR_OK) {
    functions.C_DestroyObject(session, mine);
    return false;
  }
  drop(functions, session, {found.begin(), found.end() - 1});
  return true;
}

class UsesInToken {
 public:
  UsesInToken(std::shared_ptr<pkcs11::Token> token, std::string label)
      : token_(std::move(token)), label_(std::move(label)) {}
  const std::string& token() const { return token_->address().token; }

  void count() {
    const std::lock_guard lock(mutex_);
    const bool counted = token_->insist([this](pkcs11::Session session) {
      for (int tries = 0; tries < kTries; ++tries) {
        if (try_to_count(token_->functions(), session, label_)) return true;
      }
      return false;
    });
    if (counted) return;
    throw base::Error(
        base::Fault::FixConfiguration, std::string(kCounting),
        fmt::format("the count of '{}' is gone from the token, or cannot be written; limit the key anew", label_));
  }

 private:
  std::shared_ptr<pkcs11::Token> token_;
  std::string label_;
  std::mutex mutex_;
};

class TokenUses final : public UseCounter {
 public:
  explicit TokenUses(std::shared_ptr<UsesInToken> uses) : uses_(std::move(uses)) {}
  void count() override {
    pkcs11::in_time(uses_->token(), kCounting, pkcs11::kAnswerTime, [uses = uses_] { uses->count(); });
  }

 private:
  std::shared_ptr<UsesInToken> uses_;
};

}  // namespace

std::optional<UseLimit> read_uses(const pkcs11::Functions& functions, pkcs11::Session session,
                                  const std::string& label) {
  return sum_of(entries(functions, session, label));
}

std::unique_ptr<UseCounter> find_uses(const std::shared_ptr<pkcs11::Token>& token, const std::string& label) {
  pkcs11::Token::Lease lease(*token);
  if (pkcs11::find_objects(token->functions(), lease.session(), CKO_DATA, object_of(label)).empty()) return nullptr;
  return std::make_unique<TokenUses>(std::make_shared<UsesInToken>(token, label));
}

UseLimit limit_uses(pkcs11::Token& token, const std::string& label, std::int64_t limit) {
  pkcs11::Token::Lease lease(token);
  const auto old = entries(token.functions(), lease.session(), label);
  const UseLimit uses = lowered(sum_of(old), limit);
  write(token.functions(), lease.session(), label, uses);
  drop(token.functions(), lease.session(), old);
  return uses;
}

void begin_uses(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label,
                const UseLimit& uses) {
  const auto old = entries(functions, session, label);
  write(functions, session, label, uses);
  drop(functions, session, old);
}

void forget_uses(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label) {
  for (const CK_OBJECT_HANDLE object : pkcs11::find_objects(functions, session, CKO_DATA, object_of(label))) {
    pkcs11::check(functions.C_DestroyObject(session, object), kCounting);
  }
}

}  // namespace keystore
