#pragma once
// A trust store on disk (docs/formats/trust-store.md): each anchor, link certificate and revocation list as a file of
// its own, and one index that says how, when and by whom it came, and who distrusts an anchor from when on and why.
// What is not in the index is not there.

#include <filesystem>
#include <string>
#include <vector>

#include "pki/trust/trust_store.h"

namespace trust {

struct Provenance {
  std::string how, by;  // one line each
  std::string file;     // name of the file it came in, without its folder
  std::string file_sha256;
  base::Moment added_at;
  bool operator==(const Provenance&) const = default;
};

struct Distrusting {
  base::Moment from;  // nothing is believed as of this moment and later
  base::Moment told_at;
  std::string why, by;
};

struct KeptAnchor {
  std::string sha256;  // of the certificate, upper-case hexadecimal: its fingerprint and its file's name
  Provenance provenance;
  std::vector<Distrusting> distrusted;  // in the order they were told; never taken back
  base::Bytes certificate;              // DER; empty: its file is missing or another (findings())
};

// What stands beside the anchors.
struct KeptFile {
  std::string sha256;
  Provenance provenance;
  base::Bytes der;  // empty: its file is missing or another (findings())
};

class TrustDirectory {
 public:
  // Reads the folder. Throws Error{FixConfiguration} when there is no index, or it was not written as save() writes.
  static TrustDirectory open(const std::filesystem::path& folder);
  static TrustDirectory open_or_begin(const std::filesystem::path& folder);

  const std::vector<KeptAnchor>& anchors() const { return anchors_; }  // sorted by fingerprint
  const KeptAnchor* find(std::string_view sha256) const;
  // Link certificates, which join two keys to one CSCA, and revocation lists; each sorted by fingerprint.
  const std::vector<KeptFile>& links() const { return links_; }
  const std::vector<KeptFile>& lists() const { return lists_; }
  // TRUST_FILE_DAMAGED (fail): a file is missing or is not the one that the index names.
  const base::Findings& findings() const { return findings_; }

  // A certificate that was judged (judge_anchor). False: it was there, and how it came first stays.
  bool keep(base::Bytes certificate, const Provenance& provenance);
  // The same for a link certificate (is_link), and for a list, DER, that an anchor here has signed.
  bool keep_link(base::Bytes certificate, const Provenance& provenance);
  bool keep_list(base::Bytes list, const Provenance& provenance);
  // False: there already is this distrust, from this moment and for this reason. The anchor has to be there (ensure).
  bool distrust(std::string_view sha256, const Distrusting& distrusting);
  // The files first, the index last and in one step. Throws Error{AskOperator} or {FixConfiguration}.
  void save() const;

  // What judges: anchors, links, lists and distrust, also of those added after the moment that is asked about. Adds to
  // what is told.
  void load_into(TrustStore& store, base::Findings& findings) const;

 private:
  explicit TrustDirectory(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void read_files();
  // Empty, and a finding, when it is missing or another.
  base::Bytes read_kept(const std::string& sha256, std::string_view ending, std::string_view what);
  void write_kept(const std::string& sha256, std::string_view ending, const base::Bytes& content) const;
  std::filesystem::path folder_;
  std::vector<KeptAnchor> anchors_;
  std::vector<KeptFile> links_, lists_;
  base::Findings findings_;
};

// The earliest moment from which an anchor is distrusted; nullopt: it is not.
std::optional<base::Moment> distrusted_from(const KeptAnchor& anchor);

// A fingerprint as people paste it: 64 digits of either case, with or without colons. nullopt: it is none.
std::optional<std::string> parse_fingerprint(std::string_view text);

// One line of text that the index can hold: UTF-8, not empty, at most 500 octets, no control characters.
bool is_index_text(std::string_view text);

}  // namespace trust
