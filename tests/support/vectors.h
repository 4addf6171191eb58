#pragma once
// Foreign vectors for tests: JSON files under tests/vectors, each with its origin (tests/vectors/README.md). The house
// test VectorsBite runs a room's tests again with one nibble flipped (environment CCCD_VECTOR_FLIP=file#/json/pointer)
// and expects them to fail; tests/vectors/groups.csv lists the groups.

#include <nlohmann/json.hpp>
#include <string>

#include "pki/base/core/bytes.h"

namespace vectors {

nlohmann::json load(const std::string& file);      // "bac.json"
base::Bytes load_binary(const std::string& file);  // "synth/EF_DG1.bin"
base::Bytes hex(const nlohmann::json& value);      // a hexadecimal string of the file
std::string path(const std::string& file);

}  // namespace vectors
