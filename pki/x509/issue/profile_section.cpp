#include "pki/x509/issue/profile_section.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"

namespace x509::issue {

toml::table read_profile_tables(std::string_view text, const std::string& origin,
                                const std::set<std::string_view>& tables) {
  constexpr const char* kDoing = "reading the certificate profile";
  toml::table file = [&] {
    try {
      return toml::parse(text, origin);
    } catch (const toml::parse_error& error) {
      throw base::Error(base::Fault::FixConfiguration, kDoing,
                        fmt::format("{}:{}: {}", origin, error.source().begin.line, error.description()));
    }
  }();
  for (const auto& [key, node] : file) {
    if (tables.contains(key.str())) continue;
    throw base::Error(base::Fault::FixConfiguration, kDoing,
                      fmt::format("{}:{}: {} is no table of a profile", origin, node.source().begin.line, key.str()));
  }
  return file;
}

ProfileSection::ProfileSection(const toml::table& file, const char* name, const std::string& origin)
    : name_(name), origin_(origin) {
  table_ = file[name].as_table();
  if (table_ == nullptr) refuse(file, fmt::format("the table [{}] is missing", name));
}

std::string ProfileSection::text(const char* key) {
  const auto value = need(key).value<std::string>();
  if (!value || value->empty()) refuse(need(key), fmt::format("{}.{} is a text", name_, key));
  return *value;
}

int ProfileSection::number(const char* key, int lowest, int highest) {
  const auto value = need(key).value_exact<std::int64_t>();
  if (!value || *value < lowest || *value > highest) {
    refuse(need(key), fmt::format("{}.{} is a whole number from {} to {}", name_, key, lowest, highest));
  }
  return static_cast<int>(*value);
}

std::vector<std::string> ProfileSection::texts(const char* key) {
  std::vector<std::string> out;
  for (const toml::node& element : list(key)) {
    const auto value = element.value<std::string>();
    if (!value || value->empty()) refuse(element, fmt::format("{}.{} is a list of texts", name_, key));
    out.push_back(*value);
  }
  return out;
}

std::vector<int> ProfileSection::ascending_numbers(const char* key) {
  std::vector<int> out;
  for (const toml::node& element : list(key)) {
    const auto value = element.value_exact<std::int64_t>();
    if (!value || *value <= (out.empty() ? 0 : out.back()) || *value > 150) {
      refuse(element, fmt::format("{}.{} is an ascending list of ages", name_, key));
    }
    out.push_back(static_cast<int>(*value));
  }
  return out;
}

format::Name ProfileSection::name(const char* key) {
  const auto value = format::name_from_text(text(key));
  if (!value) refuse(need(key), fmt::format("{}.{} is a name like C=VN,O=TEST,CN=Test CSCA", name_, key));
  return *value;
}

void ProfileSection::end() const {
  for (const auto& [key, node] : *table_) {
    if (!asked_.contains(std::string(key.str()))) refuse(node, fmt::format("{}.{} is no setting", name_, key.str()));
  }
}

const toml::node& ProfileSection::need(const char* key) {
  asked_.insert(key);
  const toml::node* const node = table_->get(key);
  if (node == nullptr) refuse(*table_, fmt::format("{}.{} is missing", name_, key));
  return *node;
}

const toml::array& ProfileSection::list(const char* key) {
  const toml::array* const array = need(key).as_array();
  if (array == nullptr || array->empty()) refuse(need(key), fmt::format("{}.{} is a list, not empty", name_, key));
  return *array;
}

void ProfileSection::refuse(const toml::node& at, const std::string& seen) const {
  throw base::Error(base::Fault::FixConfiguration, "reading the certificate profile",
                    fmt::format("{}:{}: {}", origin_, at.source().begin.line, seen));
}

}  // namespace x509::issue
