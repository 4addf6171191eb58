// 9303-10 §4.6.2.3: the LDSSecurityObject that an EF.SOD signs.

#include <algorithm>
#include <array>
#include <set>

#include "pki/crypto/openssl/hash.h"
#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;

std::optional<std::int64_t> version_of(const LdsSecurityObjectView& view) {
  return small_integer_of(view.version);
}

std::optional<std::string> check_version(const Input& in) {
  const auto version = version_of(lds_view(*in.signed_data));
  return fires_if(!version || (*version != 0 && *version != 1), "The version is neither 0 nor 1.");
}

std::optional<std::string> check_version_1(const Input& in) {
  return fires_if(version_of(lds_view(*in.signed_data)) == 0, "The version is 0; new documents use 1.");
}

std::optional<std::string> check_version_info(const Input& in) {
  const auto view = lds_view(*in.signed_data);
  const auto version = version_of(view);
  return fires_if(version && (*version != 0) != (view.version_info != nullptr),
                  "ldsVersionInfo is there without version 1, or missing with it.");
}

bool are_digits(const Node* text, std::size_t count) {
  return text != nullptr && text->tag == 0x13 && text->value.size() == count &&
         std::ranges::all_of(text->value, [](std::uint8_t c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> check_version_info_form(const Input& in) {
  const auto view = lds_view(*in.signed_data);
  if (view.version_info == nullptr) return std::nullopt;
  return fires_if(!are_digits(view.version_info->child(0), 4) || !are_digits(view.version_info->child(1), 6),
                  "The versions are not PrintableStrings of four and six digits.");
}

std::optional<std::string> check_count(const Input& in) {
  const std::size_t count = lds_view(*in.signed_data).list.size();
  if (count >= 2 && count <= 16) return std::nullopt;
  return fmt::format("It lists {} hashes; 2 to 16 are allowed.", count);
}

std::optional<std::string> check_numbers(const Input& in) {
  std::set<std::int64_t> seen;
  for (const auto& hash : lds_view(*in.signed_data).list) {
    if (!hash.number || *hash.number < 1 || *hash.number > 16 || !seen.insert(*hash.number).second) {
      return "A data group's number is not from 1 to 16, or occurs twice.";
    }
  }
  return std::nullopt;
}

bool lists(const LdsSecurityObjectView& view, std::int64_t number) {
  return std::ranges::any_of(view.list, [&](const auto& hash) { return hash.number == number; });
}

std::optional<std::string> check_first_two(const Input& in) {
  const auto view = lds_view(*in.signed_data);
  const bool no_portrait = in.context.document != nullptr && in.context.document->of_a_small_child;
  return fires_if(view.list.size() >= 2 && !(lists(view, 1) && (no_portrait || lists(view, 2))),
                  "DG1 or DG2 is not listed.");
}

std::optional<crypto::openssl::Hash> hash_of(const LdsSecurityObjectView& view) {
  const auto algorithm = algorithm_of(view.hash_algorithm);
  return algorithm ? crypto::openssl::hash_of(*algorithm) : std::nullopt;
}

std::optional<std::string> check_lengths(const Input& in) {
  const auto view = lds_view(*in.signed_data);
  const auto hash = hash_of(view);
  if (!hash) return std::nullopt;
  const bool good = std::ranges::all_of(
      view.list, [&](const auto& one) { return one.value.size() == crypto::openssl::hash_size(*hash); });
  return fires_if(!good, "A hash has not the length of its algorithm.");
}

std::optional<std::string> check_covers(const Input& in) {
  if (in.context.data_groups == nullptr) return std::nullopt;
  const auto view = lds_view(*in.signed_data);
  for (const auto& [number, file] : *in.context.data_groups) {
    if (!lists(view, number)) return fmt::format("DG{} is there and not listed.", number);
  }
  for (const auto& hash : view.list) {
    const bool there = hash.number && in.context.data_groups->contains(static_cast<int>(*hash.number));
    if (!there) return fmt::format("DG{} is listed and not there.", hash.number.value_or(0));
  }
  return std::nullopt;
}

std::optional<std::string> check_matches(const Input& in) {
  const auto view = lds_view(*in.signed_data);
  const auto hash = hash_of(view);
  if (in.context.data_groups == nullptr || !hash) return std::nullopt;
  for (const auto& one : view.list) {
    const auto file = in.context.data_groups->find(static_cast<int>(one.number.value_or(0)));
    if (file == in.context.data_groups->end()) continue;
    std::size_t used = 0;
    const bool whole = read_tree(file->second, &used).has_value();
    const base::ByteView object = base::ByteView(file->second).first(whole ? used : file->second.size());
    if (!base::equal(one.value, crypto::openssl::digest(*hash, object))) {
      return fmt::format("The hash of DG{} is not the one of its file.", file->first);
    }
  }
  return std::nullopt;
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kSod{Kind::Sod};
constexpr std::string_view kClause = "9303-10 §4.6.2.3";

const std::array kRules{
    Rule{"LDSO_VERSION_KNOWN", kSod, E, E, kClause, "version 0 or 1", check_version},
    Rule{"LDSO_VERSION_1", kSod, W, W, "9303-10 §4.6.2", "new documents use version 1", check_version_1},
    Rule{"LDSO_VERSIONINFO_IFF_V1", kSod, E, E, kClause, "ldsVersionInfo present exactly with version 1",
         check_version_info},
    Rule{"LDSO_VERSIONINFO_FORM", kSod, E, W, "9303-10 §4.6.1.1, §4.6.1.2", "PrintableString, 4 and 6 digits",
         check_version_info_form},
    Rule{"LDSO_HASH_COUNT", kSod, E, E, kClause, "2 to 16 hashes", check_count},
    Rule{"LDSO_DG_NUMBER", kSod, E, E, kClause, "numbers 1 to 16, none twice", check_numbers},
    Rule{"LDSO_DG1_DG2", kSod, E, E, "9303-10 §4.7.1, §4.7.2", "DG1 and DG2 are listed", check_first_two},
    Rule{"LDSO_HASH_LENGTH", kSod, E, E, kClause, "every hash has the length of hashAlgorithm", check_lengths},
    Rule{"LDSO_COVERS_ALL_DGS", kSod, E, E, "9303-10 §4.5.2",
         "each data group is listed and each listed one is there (needs the data groups)", check_covers},
    Rule{"LDSO_HASH_MATCHES", kSod, E, E, "9303-10 §4.6.2.3 note 1",
         "the hash is the one of the data group (needs the data groups)", check_matches},
};

}  // namespace

std::span<const Rule> lds_security_object_rules() {
  return kRules;
}

}  // namespace lint
