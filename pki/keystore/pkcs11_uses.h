#pragma once
// The count of a key's uses as an object of the token. For this room alone; whoever calls is pkcs11::in_time().

#include <memory>
#include <optional>
#include <string>

#include "pki/keystore/use_counter.h"
#include "pki/pkcs11/token.h"

namespace keystore {

std::optional<UseLimit> read_uses(const pkcs11::Functions& functions, pkcs11::Session session,
                                  const std::string& label);
// nullptr: the key has no limit.
std::unique_ptr<UseCounter> find_uses(const std::shared_ptr<pkcs11::Token>& token, const std::string& label);
UseLimit limit_uses(pkcs11::Token& token, const std::string& label, std::int64_t limit);
// For a key that comes from elsewhere: it goes on with what it had.
void begin_uses(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label,
                const UseLimit& uses);
void forget_uses(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label);

}  // namespace keystore
