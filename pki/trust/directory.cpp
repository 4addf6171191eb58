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

constexpr std::string_view kCertificate = ".cer", kList = ".crl";

fs::path kept_file(const fs::path& folder, std::string_view sha256, std::string_view ending) {
  return folder / fmt::format("{}{}", sha256, ending);
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

Provenance read_provenance(const strict_toml::Table& table) {
  return {.how = table.text("how"),
          .by = table.text("by"),
          .file = table.text("file"),
          .file_sha256 = fingerprint_in(table, "file_sha256"),
          .added_at = table.moment("added_at")};
}

KeptAnchor read_anchor(const strict_toml::Table& table) {
  KeptAnchor anchor;
  anchor.sha256 = fingerprint_in(table, "sha256");
  anchor.provenance = read_provenance(table);
  for (const strict_toml::Table& one : table.tables("distrust")) anchor.distrusted.push_back(read_distrust(one));
  return anchor;
}

KeptFile read_kept_file(const strict_toml::Table& table) {
  return {fingerprint_in(table, "sha256"), read_provenance(table), {}};
}

struct Index {
  std::vector<KeptAnchor> anchors;
  std::vector<KeptFile> links, lists;
};

// Each stands once, in the order of fingerprints.
auto read_all(const strict_toml::Table& index, const char* name, auto read_one) {
  std::vector<decltype(read_one(index))> out;
  for (const strict_toml::Table& table : index.tables(name)) {
    out.push_back(read_one(table));
    if (out.size() > 1 && out[out.size() - 2].sha256 >= out.back().sha256) {
      table.refuse("sha256", fmt::format("each {} stands once, in the order of fingerprints", name));
    }
  }
  return out;
}

Index read_index(const fs::path& file) {
  return strict_toml::read(
      base::read_text_file(file, kReading), file.string(), kReading, [](const strict_toml::Table& index) {
        if (index.text("format") != kFormat) index.refuse("format", fmt::format("\"{}\" is expected", kFormat));
        return Index{read_all(index, "anchor", read_anchor), read_all(index, "link", read_kept_file),
                     read_all(index, "list", read_kept_file)};
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

std::string written(std::string_view table, std::string_view sha256, const Provenance& came) {
  return fmt::format("\n[[{}]]\nsha256 = \"{}\"\nhow = {}\nby = {}\nadded_at = {}\nfile = {}\nfile_sha256 = \"{}\"\n",
                     table, sha256, toml_text(came.how), toml_text(came.by), base::to_rfc3339(came.added_at),
                     toml_text(came.file), came.file_sha256);
}

std::string written(const KeptAnchor& anchor) {
  std::string out = written("anchor", anchor.sha256, anchor.provenance);
  for (const Distrusting& one : anchor.distrusted) {
    out +=
        fmt::format("\n[[anchor.distrust]]\nfrom = {}\nwhy = {}\nby = {}\ntold_at = {}\n", base::to_rfc3339(one.from),
                    toml_text(one.why), toml_text(one.by), base::to_rfc3339(one.told_at));
  }
  return out;
}

auto place_of(auto& kept, std::string_view sha256) {
  return std::ranges::lower_bound(kept, sha256, {}, [](const auto& one) { return std::string_view(one.sha256); });
}

// False: it was there. Its octets are taken all the same, which mends a damaged file.
bool keep_file(std::vector<KeptFile>& kept, base::Bytes der, const Provenance& provenance) {
  const std::string sha256 = base::to_hex(crypto::openssl::sha256(der));
  const auto at = place_of(kept, sha256);
  const bool known = at != kept.end() && at->sha256 == sha256;
  if (known) {
    at->der = std::move(der);
  } else {
    kept.insert(at, {sha256, provenance, std::move(der)});
  }
  return !known;
}

}  // namespace

TrustDirectory TrustDirectory::open(const fs::path& folder) {
  TrustDirectory directory(folder);
  Index index = read_index(folder / kIndex);
  directory.anchors_ = std::move(index.anchors);
  directory.links_ = std::move(index.links);
  directory.lists_ = std::move(index.lists);
  directory.read_files();
  return directory;
}

TrustDirectory TrustDirectory::open_or_begin(const fs::path& folder) {
  return fs::exists(folder / kIndex) ? open(folder) : TrustDirectory(folder);
}

base::Bytes TrustDirectory::read_kept(const std::string& sha256, std::string_view ending, std::string_view what) {
  const fs::path file = kept_file(folder_, sha256, ending);
  base::Bytes content;
  if (fs::is_regular_file(file)) content = base::read_file(file, kReading);
  if (base::to_hex(crypto::openssl::sha256(content)) == sha256) return content;
  findings_.fail("TRUST_FILE_DAMAGED", fmt::format("{} {}", what, sha256),
                 "Its file is missing or is another than the index names; import it again.");
  return {};
}

void TrustDirectory::read_files() {
  for (KeptAnchor& anchor : anchors_) anchor.certificate = read_kept(anchor.sha256, kCertificate, "anchor");
  for (KeptFile& link : links_) link.der = read_kept(link.sha256, kCertificate, "link");
  for (KeptFile& list : lists_) list.der = read_kept(list.sha256, kList, "list");
}

void TrustDirectory::write_kept(const std::string& sha256, std::string_view ending, const base::Bytes& content) const {
  const fs::path file = kept_file(folder_, sha256, ending);
  const bool there = fs::is_regular_file(file) && base::read_file(file, kReading) == content;
  if (!there && !content.empty()) base::write_file(file, content, kWriting);
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

bool TrustDirectory::keep_link(base::Bytes certificate, const Provenance& provenance) {
  return keep_file(links_, std::move(certificate), provenance);
}

bool TrustDirectory::keep_list(base::Bytes list, const Provenance& provenance) {
  return keep_file(lists_, std::move(list), provenance);
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
    write_kept(anchor.sha256, kCertificate, anchor.certificate);
    index += written(anchor);
  }
  for (const KeptFile& link : links_) {
    write_kept(link.sha256, kCertificate, link.der);
    index += written("link", link.sha256, link.provenance);
  }
  for (const KeptFile& list : lists_) {
    write_kept(list.sha256, kList, list.der);
    index += written("list", list.sha256, list.provenance);
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
  for (const KeptFile& link : links_) {
    if (!link.der.empty()) (void)store.offer_anchors(link.der, "link " + link.sha256);  // that it is a link is known
  }
  for (const KeptFile& list : lists_) {
    if (!list.der.empty()) store.add_crl(list.der, "list " + list.sha256);
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
