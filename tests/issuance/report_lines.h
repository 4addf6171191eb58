#pragma once
// What an anomaly report accuses, a line each: "MEASURE WHO".

#include <string>
#include <vector>

#include "issuance/attestation/anomaly.h"

inline std::vector<std::string> lines(const attestation::AnomalyReport& report) {
  std::vector<std::string> out;
  for (const auto& a : report.anomalies) out.push_back(a.measure + " " + a.who);
  return out;
}
