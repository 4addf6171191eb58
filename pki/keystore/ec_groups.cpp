#include "pki/keystore/ec_groups.h"

#include <array>

#include "pki/base/core/error.h"

namespace keystore {

namespace {

struct Row {
  Curve curve;
  const char* botan;
};

constexpr std::array kGroups{Row{Curve::P256, "secp256r1"},
                             Row{Curve::P384, "secp384r1"},
                             Row{Curve::P521, "secp521r1"},
                             Row{Curve::BrainpoolP256r1, "brainpool256r1"},
                             Row{Curve::BrainpoolP384r1, "brainpool384r1"},
                             Row{Curve::BrainpoolP512r1, "brainpool512r1"}};

struct Written {
  base::Bytes out, name;  // ECParameters written out; the curve's OID
};

std::array<Written, kGroups.size()> written_groups() {
  std::array<Written, kGroups.size()> all;
  for (std::size_t i = 0; i < kGroups.size(); ++i) {
    const Botan::EC_Group group(kGroups[i].botan);
    all[i] = {group.DER_encode(Botan::EC_DOMPAR_ENC_EXPLICIT), group.DER_encode(Botan::EC_DOMPAR_ENC_OID)};
  }
  return all;
}

}  // namespace

Botan::EC_Group group_of(Curve curve) {
  for (const Row& row : kGroups) {
    if (row.curve == curve) return Botan::EC_Group(row.botan);
  }
  base::ensure(false, "a curve is one of the six");
  return {};
}

std::optional<Curve> curve_of(const Botan::EC_Group& group) {
  for (const Row& row : kGroups) {
    if (group == Botan::EC_Group(row.botan)) return row.curve;
  }
  return std::nullopt;
}

std::optional<base::Bytes> name_for(base::ByteView explicit_parameters) {
  static const auto kWritten = written_groups();
  for (const Written& one : kWritten) {
    if (base::equal(one.out, explicit_parameters)) return one.name;
  }
  return std::nullopt;
}

}  // namespace keystore
