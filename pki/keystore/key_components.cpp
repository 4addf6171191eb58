#include "pki/keystore/key_components.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"
#include "pki/keystore/mac_key.h"

namespace keystore {

namespace {

constexpr std::size_t kCheckValueSize = 3;

[[noreturn]] void refuse(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "receiving a key in components", std::move(seen));
}

struct AesKind {
  std::string_view name;
  std::size_t octets;
};
constexpr AesKind kAesKinds[] = {{"AES-128", 16}, {"AES-192", 24}, {"AES-256", 32}};

bool is_aes_key(std::size_t octets) {
  return !aes_kind(octets).empty();
}

}  // namespace

std::optional<std::size_t> aes_octets(std::string_view kind) {
  const auto found = std::ranges::find(kAesKinds, kind, &AesKind::name);
  return found == std::end(kAesKinds) ? std::nullopt : std::optional(found->octets);
}

std::string_view aes_kind(std::size_t octets) {
  const auto found = std::ranges::find(kAesKinds, octets, &AesKind::octets);
  return found == std::end(kAesKinds) ? std::string_view() : found->name;
}

MemoryMacKey::MemoryMacKey(base::Secret aes_key) : key_(std::move(aes_key)) {
  base::ensure(is_aes_key(key_.size()), "a key for CMAC is an AES key");
}

base::Secret MemoryMacKey::mac(base::ByteView message) const {
  return base::Secret(crypto::openssl::aes_cmac(key_.reveal(), message));
}

base::Bytes key_check_value(const base::Secret& aes_key) {
  base::ensure(is_aes_key(aes_key.size()), "a check value is of an AES key");
  base::Bytes block = crypto::openssl::aes_encrypt_block(aes_key.reveal(), base::Bytes(16, 0x01));
  block.resize(kCheckValueSize);
  return block;
}

base::Secret read_component(const base::Secret& line, const std::string& who) {
  const base::ByteView octets = line.reveal();
  const std::string_view text(reinterpret_cast<const char*>(octets.data()), octets.size());
  const auto blank = text.find(' ');
  auto parsed = base::parse_hex(text.substr(0, blank));
  base::Secret component(parsed ? std::move(*parsed) : base::Bytes{});
  const auto told = blank == std::string_view::npos ? std::nullopt : base::parse_hex(text.substr(blank + 1));
  if (!is_aes_key(component.size()) || !told || told->size() != kCheckValueSize) {
    refuse(
        fmt::format("{}: is no component: 32, 48 or 64 hexadecimal digits, a blank, six digits of check value", who));
  }
  if (!base::equal_in_constant_time(*told, key_check_value(component))) {
    refuse(fmt::format("{}: the check value is another; its custodian types it once more", who));
  }
  return component;
}

base::Secret combine_components(std::span<const base::Secret> components, base::ByteView check_value) {
  if (components.size() < 2) refuse("there is one component only; nobody brings a key alone");
  base::Bytes sum(components.front().size());
  for (std::size_t i = 0; i < components.size(); ++i) {
    const base::ByteView one = components[i].reveal();
    if (one.size() != sum.size()) refuse("the components are of different lengths");
    for (std::size_t j = 0; j < i; ++j) {
      if (base::equal_in_constant_time(one, components[j].reveal())) refuse("one component is given twice");
    }
    for (std::size_t at = 0; at < sum.size(); ++at) sum[at] = static_cast<std::uint8_t>(sum[at] ^ one[at]);
  }
  base::Secret key(std::move(sum));
  if (!base::equal_in_constant_time(check_value, key_check_value(key))) {
    refuse("the key's check value is another: a component is missing or belongs to another key");
  }
  return key;
}

}  // namespace keystore
