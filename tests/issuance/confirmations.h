#pragma once
// A country of confirming officers, invented: offices of three forces, honest and different, and schemes that can be
// planted among them. The same seed gives the same work.

#include <cstdint>
#include <string>
#include <vector>

#include "issuance/attestation/anomaly.h"

namespace confirmations {

enum class Scheme {
  None,
  LateRegistrations,     // one commune office registers births late by the dozen
  WithoutBirthRecord,    // one officer confirms nationality on witnesses
  Night,                 // one officer confirms at night
  BeforeApplication,     // one officer corrects shortly before the application
  AlwaysTheSameTwo,      // two officers confirm for each other
  ThreeOfficesTogether,  // three offices register late, and hide each other in the average
};
inline constexpr Scheme kSchemes[] = {
    Scheme::LateRegistrations, Scheme::WithoutBirthRecord, Scheme::Night,
    Scheme::BeforeApplication, Scheme::AlwaysTheSameTwo,   Scheme::ThreeOfficesTogether};  // all but None
std::string name(Scheme scheme);

struct Size {
  int communes = 50, provinces = 10, registries = 10;  // offices of each force
  int statements_per_officer = 120;
};

// Who has to be found, as the report names them; empty for None.
std::vector<std::string> planted(Scheme scheme);
void fill(attestation::AnomalySearch& search, std::uint64_t seed, Scheme scheme, const Size& size = {});

}  // namespace confirmations
