#include "issuance/production/block_sizes.h"

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace production {

namespace {

using nlohmann::json;

constexpr std::string_view kDoing = "remembering what the readers carry";
constexpr std::size_t kLargestFile = 1U << 20;

// { reader: { profile: { "proven": …, "refused": … } } }
json all_of(const std::filesystem::path& file) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code)) return json::object();
  const base::Bytes text = base::read_file(file, kDoing, kLargestFile);
  json all = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return all.is_object() ? all : json::object();
}

std::size_t number(const json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

}  // namespace

personalization::KnownBlock BlockSizes::recall() const {
  const json all = all_of(file_);
  const auto reader = all.find(reader_);
  if (reader == all.end() || !reader->is_object()) return {};
  const auto entry = reader->find(profile_);
  if (entry == reader->end() || !entry->is_object()) return {};
  return {.proven = number(*entry, "proven"), .refused = number(*entry, "refused")};
}

void BlockSizes::keep(personalization::KnownBlock known) {
  json all = all_of(file_);
  json& reader = all[reader_];
  if (!reader.is_object()) reader = json::object();
  if (known == personalization::KnownBlock{}) {
    reader.erase(profile_);
  } else {
    reader[profile_] = {{"proven", known.proven}, {"refused", known.refused}};
  }
  if (reader.empty()) all.erase(reader_);
  base::write_text_file(file_, all.dump(2) + "\n", kDoing, base::Access::OwnerOnly);
}

}  // namespace production
