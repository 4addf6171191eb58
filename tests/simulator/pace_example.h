#pragma once
// The worked examples of PACE (ICAO Doc 9303-11 Appendices G, H, I; tests/vectors/pace.json) as chips.

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/state.h"
#include "tests/simulator/card_side.h"
#include "tests/support/vectors.h"

namespace simulator::testing {

inline base::Bytes padded(base::Bytes number, std::size_t size) {
  while (number.size() > size) number.erase(number.begin());
  number.insert(number.begin(), size - number.size(), 0);
  return number;
}

inline base::Bytes card_access_of(const nlohmann::json& e) {
  asn1::TlvWriter info;
  info.put(0x06, vectors::hex(e["oid_raw"]))
      .integer(2)
      .integer(std::stoi(e["param_id"].is_string() ? e["param_id"].get<std::string>()
                                                   : std::to_string(e["param_id"].get<int>())));
  return asn1::TlvWriter{}.put(0x31, asn1::TlvWriter{}.sequence(info)).take();
}

inline const nlohmann::json& paces() {
  static const nlohmann::json json = vectors::load("pace.json");
  return json["examples"];
}

inline std::uint8_t parameters_of(const nlohmann::json& e) {
  return static_cast<std::uint8_t>(e["param_id"].is_string() ? std::stoi(e["param_id"].get<std::string>())
                                                             : e["param_id"].get<int>());
}

// A chip that knows the example's password under every reference.
inline State pace_state(const nlohmann::json& e) {
  State state = personalized();
  state.master_files[0x011C] = card_access_of(e);
  for (std::uint8_t reference = 1; reference <= 4; ++reference) {
    state.pace.emplace(reference, base::Secret(vectors::hex(e["f_pi"])));
  }
  if (e.contains("CAM")) {
    state.chip_keys.push_back({1, parameters_of(e), base::Secret(vectors::hex(e["CAM"]["chip_static_private"]))});
  }
  return state;
}

}  // namespace simulator::testing
