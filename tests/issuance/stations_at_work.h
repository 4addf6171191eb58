#pragma once
// Issuing stations whose officers receive applications and approve orders, invented: honest and different, and schemes
// that can be planted among them. The same seed gives the same work.

#include <cstdint>
#include <string>
#include <vector>

#include "issuance/attestation/anomaly.h"

namespace stations_at_work {

enum class Scheme {
  None,
  ApproversWhoAlwaysMeet,   // two officers approve for each other
  ReceiverAndHisApprover,   // one officer approves whatever one receiver takes in
  RiskyOrdersOfThree,       // one receiver takes the risky cases in, and the same two approve them
  RiskyOrdersOfOneOfficer,  // one officer is there whenever a risky order is to be approved
};
inline constexpr Scheme kSchemes[] = {Scheme::ApproversWhoAlwaysMeet, Scheme::ReceiverAndHisApprover,
                                      Scheme::RiskyOrdersOfThree, Scheme::RiskyOrdersOfOneOfficer};  // all but None
std::string name(Scheme scheme);

// Who has to be found, as the report names them, and who may be named beside them; empty for None.
struct Planted {
  std::vector<std::string> found;  // "MEASURE WHO"
  std::vector<std::string> people;
};
Planted planted(Scheme scheme);
void fill(attestation::AnomalySearch& search, std::uint64_t seed, Scheme scheme);

}  // namespace stations_at_work
