#pragma once
// What every session of tests/vectors/scp02.json and scp03.json names in the same way.

#include "smartcard/globalplatform/channel_form.h"
#include "smartcard/globalplatform/keys.h"
#include "tests/support/vectors.h"

namespace scp_vectors {

inline globalplatform::KeySet keys_of(const nlohmann::json& value) {
  const auto key = [&value](const char* name) { return base::Secret(vectors::hex(value[name])); };
  return {key("enc"), key("mac"), key("dek")};
}

inline globalplatform::SecurityLevel level_of(const nlohmann::json& value) {
  return globalplatform::security_level(vectors::hex(value["security_level"]).at(0)).value();
}

}  // namespace scp_vectors
