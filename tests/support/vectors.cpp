#include "tests/support/vectors.h"

#include <cctype>
#include <cstdlib>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace vectors {

namespace {

// The part of CCCD_VECTOR_FLIP that concerns this file: a JSON pointer, or an offset for a binary file.
std::string flip_for(const std::string& file) {
  const char* const flip = std::getenv("CCCD_VECTOR_FLIP");
  if (flip == nullptr) return {};
  const std::string text = flip;
  const auto hash = text.find('#');
  return hash != std::string::npos && text.substr(0, hash) == file ? text.substr(hash + 1) : std::string{};
}

// Changes one hexadecimal digit (or, in other texts, one letter or digit) in the middle.
void flip_text(std::string& text) {
  for (std::size_t step = 0; step < text.size(); ++step) {
    char& c = text[(text.size() / 2 + step) % text.size()];
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) continue;
    c = c == '0' ? '1' : '0';
    return;
  }
}

}  // namespace

std::string path(const std::string& file) {
  return std::string(CCCD_SOURCE_DIR) + "/tests/vectors/" + file;
}

nlohmann::json load(const std::string& file) {
  auto json = nlohmann::json::parse(base::read_text_file(path(file), "reading a test vector"));
  if (const std::string pointer = flip_for(file); !pointer.empty()) {
    auto& value = json.at(nlohmann::json::json_pointer(pointer));
    std::string text = value.get<std::string>();
    flip_text(text);
    value = text;
  }
  return json;
}

base::Bytes load_binary(const std::string& file) {
  base::Bytes content = base::read_file(path(file), "reading a test vector");
  if (const std::string offset = flip_for(file); !offset.empty()) {
    content.at(std::stoul(offset)) ^= 0x01;
  }
  return content;
}

base::Bytes hex(const nlohmann::json& value) {
  const auto bytes = base::parse_hex(value.get<std::string>());
  base::ensure(bytes.has_value(), "a vector's hexadecimal value is well formed");
  return *bytes;
}

}  // namespace vectors
