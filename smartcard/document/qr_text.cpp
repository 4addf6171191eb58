#include "smartcard/document/qr_text.h"

#include <fmt/format.h>

#include <vector>

#include "pki/base/core/error.h"

namespace document {

namespace {

constexpr int kParentsBelowAge = 14;

void check(std::string_view field, std::string_view name) {
  if (field.find_first_of("|\r\n") != std::string_view::npos) {
    throw base::Error(base::Fault::FixConfiguration, "building the QR text",
                      fmt::format("the {} holds '|' or a line end; correct the register", name));
  }
}

}  // namespace

std::string build_qr_text(const Person& p, base::Date issue) {
  const bool child = base::age_at(p.birth, issue) < kParentsBelowAge;
  check(p.full_name, "name");
  check(p.residence, "residence");
  check(p.father, "father's name");
  check(p.mother, "mother's name");
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|", p.number.text(), p.old_id, p.full_name,
                     base::to_compact(p.birth), vietnamese(p.sex), p.residence, base::to_compact(issue),
                     p.cancelled_number, child ? p.father : "", child ? p.mother : "");
}

std::optional<QrFields> parse_qr_text(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != 7 && parts.size() != 11) return std::nullopt;
  parts.resize(11);
  return QrFields{parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7], parts[8], parts[9]};
}

}  // namespace document
