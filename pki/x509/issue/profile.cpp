#include "pki/x509/issue/profile.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "pki/base/core/error.h"

namespace x509::issue {

extern const std::string_view kShippedProfile;

namespace {

// One table of the file: every key is asked for once, and what nobody asked for is a mistake.
class Section {
 public:
  Section(const toml::table& file, const char* name, const std::string& origin) : name_(name), origin_(origin) {
    table_ = file[name].as_table();
    if (table_ == nullptr) refuse(file, fmt::format("the table [{}] is missing", name));
  }

  std::string text(const char* key) {
    const auto value = need(key).value<std::string>();
    if (!value || value->empty()) refuse(need(key), fmt::format("{}.{} is a text", name_, key));
    return *value;
  }

  int number(const char* key, int lowest, int highest) {
    const auto value = need(key).value_exact<std::int64_t>();
    if (!value || *value < lowest || *value > highest) {
      refuse(need(key), fmt::format("{}.{} is a whole number from {} to {}", name_, key, lowest, highest));
    }
    return static_cast<int>(*value);
  }

  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> out;
    for (const toml::node& element : list(key)) {
      const auto value = element.value<std::string>();
      if (!value || value->empty()) refuse(element, fmt::format("{}.{} is a list of texts", name_, key));
      out.push_back(*value);
    }
    return out;
  }

  std::vector<int> ascending_numbers(const char* key) {
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

  format::Name name(const char* key) {
    const auto value = format::name_from_text(text(key));
    if (!value) refuse(need(key), fmt::format("{}.{} is a name like C=VN,O=TEST,CN=Test CSCA", name_, key));
    return *value;
  }

  void end() const {
    for (const auto& [key, node] : *table_) {
      if (!asked_.contains(std::string(key.str()))) refuse(node, fmt::format("{}.{} is no setting", name_, key.str()));
    }
  }

 private:
  const toml::node& need(const char* key) {
    asked_.insert(key);
    const toml::node* const node = table_->get(key);
    if (node == nullptr) refuse(*table_, fmt::format("{}.{} is missing", name_, key));
    return *node;
  }

  const toml::array& list(const char* key) {
    const toml::array* const array = need(key).as_array();
    if (array == nullptr || array->empty()) refuse(need(key), fmt::format("{}.{} is a list, not empty", name_, key));
    return *array;
  }

  [[noreturn]] void refuse(const toml::node& at, const std::string& seen) const {
    throw base::Error(base::Fault::FixConfiguration, "reading the certificate profile",
                      fmt::format("{}:{}: {}", origin_, at.source().begin.line, seen));
  }

  const toml::table* table_;
  std::string name_;
  const std::string& origin_;
  std::set<std::string> asked_;
};

toml::table parse_toml(std::string_view text, const std::string& origin) {
  try {
    return toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, "reading the certificate profile",
                      fmt::format("{}:{}: {}", origin, error.source().begin.line, error.description()));
  }
}

void refuse_unknown_tables(const toml::table& file, const std::string& origin) {
  static const std::set<std::string_view> kTables{"card_validity", "csca", "document_signer", "contact"};
  for (const auto& [key, node] : file) {
    if (kTables.contains(key.str())) continue;
    throw base::Error(base::Fault::FixConfiguration, "reading the certificate profile",
                      fmt::format("{}:{}: {} is no table of a profile", origin, node.source().begin.line, key.str()));
  }
}

}  // namespace

int CardValidity::longest_years() const {
  int longest = milestones.front();  // from birth to the first
  for (std::size_t i = 1; i < milestones.size(); ++i) {
    // Issued as the window before one milestone opens, the card runs to the next.
    longest = std::max(longest, milestones[i] - (milestones[i - 1] - window_years));
  }
  return longest;
}

Profile parse_profile(std::string_view toml, const std::string& origin) {
  const toml::table file = parse_toml(toml, origin);
  refuse_unknown_tables(file, origin);
  Profile profile;
  Section validity(file, "card_validity", origin);
  profile.card_validity.milestones = validity.ascending_numbers("milestones");
  profile.card_validity.window_years = validity.number("window_years", 0, profile.card_validity.milestones.front());
  validity.end();
  Section csca(file, "csca", origin);
  profile.csca_subject = csca.name("subject");
  profile.csca_key_use_years = csca.number("key_use_years", 1, 10);
  csca.end();
  Section signer(file, "document_signer", origin);
  profile.signer_subject = signer.name("subject");
  profile.signer_key_use_months = signer.number("key_use_months", 1, 12);
  profile.document_types = signer.texts("document_types");
  signer.end();
  Section contact(file, "contact", origin);
  profile.contact = {contact.text("locality"), contact.text("email"), contact.text("uri"), contact.texts("crl")};
  contact.end();
  return profile;
}

const Profile& shipped_profile() {
  static const Profile kProfile = parse_profile(kShippedProfile, "the shipped profile");
  return kProfile;
}

}  // namespace x509::issue
