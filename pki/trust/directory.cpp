#include "pki/trust/directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/text/text.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/trust/anchor.h"

namespace trust {

namespace {

namespace fs = std::filesystem;

constexpr const char* kReading = "reading the trust store";
constexpr const char* kWriting = "writing the trust store";
constexpr const char* kIndex = "trust.toml";
constexpr std::string_view kFormat = "cccd-trust-store-1";
constexpr std::size_t kLongestText = 500;  // octets

fs::path certificate_file(const fs::path& folder, const std::string& sha256) {
  return folder / (sha256 + ".cer");
}

std::string fingerprint_in(const strict_toml::Table& table, std::string_view key) {
  const std::string text = table.text(key);
  if (parse_fingerprint(text) != text) table.refuse(key, "a SHA-256 in upper-case hexadecimal is expected");
  return text;
}

Distrusting read_distrust(const strict_toml::Table& table) {
  return {.from = table.moment("from"),
          .told_at = table.moment("told_at"),
          .why = table.text("why"),
          .by = table.text("by")};
}

KeptAnchor read_anchor(const strict_toml::Table& table) {
  KeptAnchor anchor;
  anchor.sha256 = fingerprint_in(table, "sha256");
  anchor.provenance = {.how = table.text("how"),
                       .by = table.text("by"),
                       .file = table.text("file"),
                       .file_sha256 = fingerprint_in(table, "file_sha256"),
                       .added_at = table.moment("added_at")};
  for (const strict_toml::Table& one : table.tables("distrust")) anchor.distrusted.push_back(read_distrust(one));
  return anchor;
}

std::vector<KeptAnchor> read_index(const fs::path& file) {
  return strict_toml::read(base::read_text_file(file, kReading), file.string(), kReading,
                           [](const strict_toml::Table& index) {
                             if (index.text("format") != kFormat)
                               index.refuse("format", fmt::format("\"{}\" is expected", kFormat));
                             std::vector<KeptAnchor> anchors;
                             for (const strict_toml::Table& table : index.tables("anchor")) {
                               anchors.push_back(read_anchor(table));
                               if (anchors.size() > 1 && anchors[anchors.size() - 2].sha256 >= anchors.back().sha256) {
                                 table.refuse("sha256", "each anchor stands once, in the order of fingerprints");
                               }
                             }
                             return anchors;
                           });
}

// A basic string of TOML; control characters never come here (is_index_text).
std::string toml_text(std::string_view text) {
  base::ensure(is_index_text(text), "the index is given texts that it can hold");
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string written(const KeptAnchor& anchor) {
  const Provenance& came = anchor.provenance;
  std::string out =
      fmt::format("\n[[anchor]]\nsha256 = \"{}\"\nhow = {}\nby = {}\nadded_at = {}\nfile = {}\nfile_sha256 = \"{}\"\n",
                  anchor.sha256, toml_text(came.how), toml_text(came.by), base::to_rfc3339(came.added_at),
                  toml_text(came.file), came.file_sha256);
  for (const Distrusting& one : anchor.distrusted) {
    out +=
        fmt::format("\n[[anchor.distrust]]\nfrom = {}\nwhy = {}\nby = {}\ntold_at = {}\n", base::to_rfc3339(one.from),
                    toml_text(one.why), toml_text(one.by), base::to_rfc3339(one.told_at));
  }
  return out;
}

auto place_of(auto& anchors, std::string_view sha256) {
  return std::ranges::lower_bound(anchors, sha256, {}, [](const KeptAnchor& a) { return std::string_view(a.sha256); });
}

}  // namespace

TrustDirectory TrustDirectory::open(const fs::path& folder) {
  TrustDirectory directory(folder);
  directory.anchors_ = read_index(folder / kIndex);
  directory.read_certificates();
  return directory;
}

TrustDirectory TrustDirectory::open_or_begin(const fs::path& folder) {
  return fs::exists(folder / kIndex) ? open(folder) : TrustDirectory(folder);
}

void TrustDirectory::read_certificates() {
  for (KeptAnchor& anchor : anchors_) {
    const fs::path file = certificate_file(folder_, anchor.sha256);
    base::Bytes certificate;
    if (fs::is_regular_file(file)) certificate = base::read_file(file, kReading);
    if (base::to_hex(crypto::openssl::sha256(certificate)) == anchor.sha256) {
      anchor.certificate = std::move(certificate);
    } else {
      findings_.fail(
          "TRUST_FILE_DAMAGED", "anchor " + anchor.sha256,
          "Its certificate file is missing or is another than the index names; import the certificate again.");
    }
  }
}

const KeptAnchor* TrustDirectory::find(std::string_view sha256) const {
  const auto at = place_of(anchors_, sha256);
  return at != anchors_.end() && at->sha256 == sha256 ? &*at : nullptr;
}

bool TrustDirectory::keep(base::Bytes certificate, const Provenance& provenance) {
  const std::string sha256 = base::to_hex(crypto::openssl::sha256(certificate));
  const auto at = place_of(anchors_, sha256);
  if (at != anchors_.end() && at->sha256 == sha256) {
    at->certificate = std::move(certificate);  // mends a damaged file
    return false;
  }
  anchors_.insert(at, {sha256, provenance, {}, std::move(certificate)});
  return true;
}

bool TrustDirectory::distrust(std::string_view sha256, const Distrusting& distrusting) {
  const auto at = place_of(anchors_, sha256);
  base::ensure(at != anchors_.end() && at->sha256 == sha256, "an anchor that is distrusted is there");
  const bool known = std::ranges::any_of(at->distrusted, [&](const Distrusting& one) {
    return one.from == distrusting.from && one.why == distrusting.why && one.by == distrusting.by;
  });
  if (!known) at->distrusted.push_back(distrusting);
  return !known;
}

void TrustDirectory::save() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw base::Error(base::Fault::FixConfiguration, kWriting,
                      fmt::format("{}: {}", folder_.string(), error.message()));
  }
  std::string index =
      fmt::format("# Written by cccd-pki trust; docs/formats/trust-store.md\nformat = \"{}\"\n", kFormat);
  for (const KeptAnchor& anchor : anchors_) {
    const fs::path file = certificate_file(folder_, anchor.sha256);
    const bool there = fs::is_regular_file(file) && base::read_file(file, kReading) == anchor.certificate;
    if (!there && !anchor.certificate.empty()) base::write_file(file, anchor.certificate, kWriting);
    index += written(anchor);
  }
  const fs::path file = folder_ / kIndex;
  if (fs::exists(file) && base::read_text_file(file, kReading) == index) return;
  base::write_text_file(file, index, kWriting);
}

void TrustDirectory::load_into(TrustStore& store, base::Findings& findings) const {
  findings.add(at_most_warn(findings_));
  for (const KeptAnchor& anchor : anchors_) {
    if (anchor.certificate.empty()) continue;
    // What is odd about it was told when it was imported; what an anchor cannot be is left out and told again.
    const base::Findings offered = store.offer_anchors(anchor.certificate, "anchor " + anchor.sha256);
    if (offered.failed()) findings.add(at_most_warn(offered));
    if (const auto from = distrusted_from(anchor)) store.distrust(anchor.certificate, *from);
  }
}

std::optional<base::Moment> distrusted_from(const KeptAnchor& anchor) {
  if (anchor.distrusted.empty()) return std::nullopt;
  return std::ranges::min(anchor.distrusted, {}, &Distrusting::from).from;
}

std::optional<std::string> parse_fingerprint(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ':') digits += c;
  }
  const auto octets = base::parse_hex(digits);
  if (!octets || octets->size() != 32) return std::nullopt;
  return base::to_hex(*octets);
}

bool is_index_text(std::string_view text) {
  const bool control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F; });
  return !text.empty() && text.size() <= kLongestText && !control && text::is_valid_utf8(text);
}

}  // namespace trust
