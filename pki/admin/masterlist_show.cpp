#include "pki/admin/masterlist_show.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/admin/report.h"
#include "pki/crypto/openssl/hash.h"

namespace admin {

namespace {

using masterlist::judge::Difference;
using masterlist::judge::Entry;
using masterlist::judge::EntryFields;
using masterlist::judge::MasterList;
using nlohmann::json;

bool is_extension(const std::string& field) {
  return field.front() >= '0' && field.front() <= '9';
}

json fields_json(const EntryFields& entry) {
  json out{{"country", entry.country}, {"self_issued", entry.self_issued}, {"extensions", json::object()}};
  for (const auto& [name, value] : entry.fields) (is_extension(name) ? out["extensions"] : out)[name] = value;
  return out;
}

std::string line_of(const EntryFields& entry) {
  const auto& fields = entry.fields;
  return fmt::format("{:<3} {} {} {}..{} {}{}\n", entry.country, fields.at("serial"), fields.at("subject"),
                     fields.at("not_before").substr(0, 10), fields.at("not_after").substr(0, 10),
                     fields.at("public_key"), entry.self_issued ? "" : ", issued by " + fields.at("issuer"));
}

std::string value_of(const EntryFields& entry, const std::string& name) {
  constexpr std::size_t kMost = 60;  // characters of a value that are worth a person's line
  const auto found = entry.fields.find(name);
  if (found == entry.fields.end()) return "absent";
  return found->second.size() <= kMost ? found->second : found->second.substr(0, kMost) + "...";
}

}  // namespace

json describe(const MasterList& list, const base::Findings& findings) {
  json out{{"certificates", json::array()}, {"findings", findings_json(findings)}};
  if (list.signed_at) out["signed_at"] = base::to_rfc3339(*list.signed_at);
  if (!list.signer.empty()) out["signer_sha256"] = base::to_hex(crypto::openssl::sha256(list.signer));
  for (const Entry& entry : list.entries) {
    if (entry.certificate) {
      out["certificates"].push_back(fields_json(fields_of(entry)));
    } else {
      out["certificates"].push_back({{"sha256", base::to_hex(crypto::openssl::sha256(entry.der))}});
    }
  }
  return out;
}

std::string describe_text(const MasterList& list, const base::Findings& findings) {
  std::string out;
  for (const Entry& entry : list.entries) {
    out += entry.certificate ? line_of(fields_of(entry)) : name_of(entry) + "\n";
  }
  out += fmt::format("{} certificates, signed at {}\n", list.entries.size(),
                     list.signed_at ? base::to_rfc3339(*list.signed_at) : "a time that it does not say");
  return out + findings_text(findings);
}

json describe(const Difference& difference) {
  json out{{"came", json::array()},
           {"went", json::array()},
           {"replaced", json::array()},
           {"same", difference.same},
           {"unreadable", difference.unreadable}};
  for (const EntryFields& entry : difference.came) out["came"].push_back(fields_json(entry));
  for (const EntryFields& entry : difference.went) out["went"].push_back(fields_json(entry));
  for (const auto& pair : difference.replaced) {
    out["replaced"].push_back(
        {{"before", fields_json(pair.before)}, {"after", fields_json(pair.after)}, {"changed", pair.changed}});
  }
  return out;
}

std::string describe_text(const Difference& difference) {
  std::string out;
  for (const EntryFields& entry : difference.came) out += "+ " + line_of(entry);
  for (const EntryFields& entry : difference.went) out += "- " + line_of(entry);
  for (const auto& pair : difference.replaced) {
    out += "~ " + line_of(pair.after);
    for (const std::string& name : pair.changed) {
      out += fmt::format("    {}: {} -> {}\n", name, value_of(pair.before, name), value_of(pair.after, name));
    }
  }
  out += fmt::format("{} came, {} went, {} replaced, {} the same", difference.came.size(), difference.went.size(),
                     difference.replaced.size(), difference.same);
  return out + (difference.unreadable > 0 ? fmt::format(", {} cannot be read\n", difference.unreadable) : "\n");
}

}  // namespace admin
