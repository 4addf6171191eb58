#include "pki/admin/trust_commands.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/report.h"
#include "pki/admin/trust_import.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/evidence/log_files.h"
#include "pki/masterlist/judge/entry.h"

namespace admin {

namespace {

namespace fs = std::filesystem;
using boost::program_options::options_description;
using trust::KeptAnchor;
using trust::TrustDirectory;

// What the index keeps for ever is typed once and read by many.
std::string index_text(const cli::Arguments& arguments, const char* option) {
  std::string text = arguments.text(option);
  if (trust::is_index_text(text)) return text;
  throw base::Error(base::Fault::UsedWrongly, fmt::format("reading --{}", option),
                    "one line of text of at most 500 octets is needed");
}

// One writer at a time: two imports at once would lose what one of them told, a distrust perhaps.
evidence::FolderLock locked(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return evidence::FolderLock(folder / "lock");
}

void print(const nlohmann::json& value) {
  std::cout << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

std::string name_in_index(const std::string& file) {
  std::string name = file == "-" ? "standard input" : fs::path(file).filename().string();
  if (trust::is_index_text(name)) return name;
  throw base::Error(base::Fault::UsedWrongly, "reading a file to import",
                    "its name holds control characters or is no UTF-8; rename it");
}

cli::Exit run_import(const cli::Arguments& arguments, const World& world) {
  const fs::path folder = arguments.text("store");
  const base::Moment now = world.clock.now();
  const ImportTerms terms{.how = index_text(arguments, "how"),
                          .by = index_text(arguments, "by"),
                          .now = now,
                          .as_of = arguments.moment("as-of").value_or(now)};
  const std::vector<std::string> files = arguments.texts("FILE");
  if (files.empty()) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line", "name at least one FILE to import");
  }
  const evidence::FolderLock lock = locked(folder);
  TrustDirectory directory = TrustDirectory::open_or_begin(folder);
  TrustImport done;
  for (const std::string& file : files) {
    const std::string name = name_in_index(file);
    import_file(base::read_file(file, "reading a file to import"), name, terms, directory, done);
  }
  directory.save();
  if (arguments.flag("json")) {
    print({{"added", done.added},
           {"known", done.known},
           {"left_out", done.left_out},
           {"anchors", directory.anchors().size()},
           {"links", directory.links().size()},
           {"lists", directory.lists().size()},
           {"findings", findings_json(done.findings)}});
  } else {
    std::cout << findings_text(done.findings)
              << fmt::format(
                     "added {}, known {}, left out {}; the store holds {} anchors, {} links, {} revocation lists\n",
                     done.added.size(), done.known.size(), done.left_out, directory.anchors().size(),
                     directory.links().size(), directory.lists().size());
  }
  return done.findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

std::string status_of(const KeptAnchor& anchor, base::Moment as_of) {
  if (anchor.certificate.empty()) return "damaged";
  const auto from = trust::distrusted_from(anchor);
  return from && *from <= as_of ? "distrusted" : "trusted";
}

nlohmann::json describe(const KeptAnchor& anchor, base::Moment as_of) {
  nlohmann::json out{{"sha256", anchor.sha256},
                     {"status", status_of(anchor, as_of)},
                     {"added_later", anchor.provenance.added_at > as_of},
                     {"how", anchor.provenance.how},
                     {"by", anchor.provenance.by},
                     {"added_at", base::to_rfc3339(anchor.provenance.added_at)},
                     {"file", anchor.provenance.file},
                     {"file_sha256", anchor.provenance.file_sha256},
                     {"distrust", nlohmann::json::array()}};
  for (const trust::Distrusting& one : anchor.distrusted) {
    out["distrust"].push_back({{"from", base::to_rfc3339(one.from)},
                               {"why", one.why},
                               {"by", one.by},
                               {"told_at", base::to_rfc3339(one.told_at)}});
  }
  if (anchor.certificate.empty()) return out;
  const masterlist::judge::Entry entry{anchor.certificate, crypto::openssl::parse_certificate(anchor.certificate)};
  if (!entry.certificate) return out;
  const auto shown = masterlist::judge::fields_of(entry);
  out["country"] = shown.country;
  for (const char* field : {"subject", "serial", "not_before", "not_after", "public_key"}) {
    out[field] = shown.fields.at(field);
  }
  return out;
}

std::string text_of(const nlohmann::json& anchor) {
  std::string out =
      fmt::format("{} {}\n", anchor.at("sha256").get<std::string>(), anchor.at("status").get<std::string>());
  if (anchor.contains("subject")) {
    out += fmt::format("  {}, {} to {}\n", anchor.at("subject").get<std::string>(),
                       anchor.at("not_before").get<std::string>(), anchor.at("not_after").get<std::string>());
  }
  out += fmt::format("  added {} by {}: {} ({})\n", anchor.at("added_at").get<std::string>(),
                     anchor.at("by").get<std::string>(), anchor.at("how").get<std::string>(),
                     anchor.at("file").get<std::string>());
  for (const auto& one : anchor.at("distrust")) {
    out += fmt::format("  distrusted from {} by {}: {}\n", one.at("from").get<std::string>(),
                       one.at("by").get<std::string>(), one.at("why").get<std::string>());
  }
  return out;
}

// Links and lists: where they came from.
nlohmann::json described(const std::vector<trust::KeptFile>& kept) {
  auto out = nlohmann::json::array();
  for (const trust::KeptFile& one : kept) {
    out.push_back({{"sha256", one.sha256},
                   {"damaged", one.der.empty()},
                   {"how", one.provenance.how},
                   {"by", one.provenance.by},
                   {"added_at", base::to_rfc3339(one.provenance.added_at)},
                   {"file", one.provenance.file},
                   {"file_sha256", one.provenance.file_sha256}});
  }
  return out;
}

std::string line_of(const nlohmann::json& kept, const char* what) {
  const auto text = [&](const char* field) { return kept.at(field).get<std::string>(); };
  return fmt::format("{} {}{}\n  added {} by {}: {} ({})\n", text("sha256"), what,
                     kept.at("damaged").get<bool>() ? ", damaged" : "", text("added_at"), text("by"), text("how"),
                     text("file"));
}

cli::Exit run_list(const cli::Arguments& arguments, const World& world) {
  const base::Moment as_of = arguments.moment("as-of").value_or(world.clock.now());
  const TrustDirectory directory = TrustDirectory::open(arguments.text("store"));
  auto anchors = nlohmann::json::array();
  for (const KeptAnchor& anchor : directory.anchors()) anchors.push_back(describe(anchor, as_of));
  auto links = described(directory.links()), lists = described(directory.lists());
  if (arguments.flag("json")) {
    print({{"as_of", base::to_rfc3339(as_of)},
           {"anchors", std::move(anchors)},
           {"links", std::move(links)},
           {"lists", std::move(lists)},
           {"findings", findings_json(directory.findings())}});
  } else {
    for (const nlohmann::json& anchor : anchors) std::cout << text_of(anchor);
    for (const auto& [what, kept] : {std::pair("link", &links), std::pair("revocation list", &lists)}) {
      for (const nlohmann::json& one : *kept) std::cout << line_of(one, what);
    }
    std::cout << findings_text(directory.findings());
  }
  return directory.findings().failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

cli::Exit run_distrust(const cli::Arguments& arguments, const World& world) {
  const fs::path folder = arguments.text("store");
  const auto sha256 = trust::parse_fingerprint(arguments.text("FINGERPRINT"));
  if (!sha256) {
    throw base::Error(base::Fault::UsedWrongly, "reading the fingerprint",
                      "the SHA-256 of the certificate in 64 hexadecimal digits is needed; trust list shows it");
  }
  arguments.text("from");  // says that it is missing
  const trust::Distrusting distrusting{.from = arguments.moment("from").value(),
                                       .told_at = world.clock.now(),
                                       .why = index_text(arguments, "why"),
                                       .by = index_text(arguments, "by")};
  TrustDirectory directory = TrustDirectory::open(folder);  // makes no folder where there is no store
  const evidence::FolderLock lock = locked(folder);
  directory = TrustDirectory::open(folder);
  base::Findings findings;
  if (directory.find(*sha256) == nullptr) {
    findings.fail("ANCHOR_UNKNOWN", "trust store", "It holds no anchor of this fingerprint.");
    std::cout << findings_text(findings);
    return cli::Exit::NotAcceptable;
  }
  const bool is_new = directory.distrust(*sha256, distrusting);
  directory.save();
  std::cout << fmt::format("{} {} from {}\n", is_new ? "distrusted" : "already distrusted", *sha256,
                           base::to_rfc3339(distrusting.from));
  return cli::Exit::Done;
}

void declare_store(options_description& to) {
  cli::add_text(to, "store", "folder of the trust store");
}

void declare_import(options_description& to) {
  declare_store(to);
  cli::add_text(to, "how", "how the files came here, such as 'diplomatic bag 2026-11-20, fingerprint by telephone'");
  cli::add_text(to, "by", "who imports");
  cli::add_text(to, "as-of", "judge the files as of this day or moment; now when left out (added_at is always now)");
  cli::add_flag(to, "json", "answer as one JSON object");
}

void declare_distrust(options_description& to) {
  declare_store(to);
  cli::add_text(to, "from", "day (noon in Viet Nam) or moment from which nothing is believed that hangs on its key");
  cli::add_text(to, "why", "the reason");
  cli::add_text(to, "by", "who decides");
}

}  // namespace

void add_trust_verbs(cli::Program& program, const World& world) {
  program.verb(
      {.name = "trust import",
       .summary = "Takes CSCA certificates, master lists and revocation lists of any State into a trust store.",
       .positional = {"FILE..."},
       .declare = declare_import,
       .run = [&world](const cli::Arguments& arguments) { return run_import(arguments, world); },
       .example = "cccd-pki trust import csca-germany.cer NL_ML.ml --store trust --how 'diplomatic bag "
                  "2026-11-20' --by 'Officer 17'"});
  program.verb({.name = "trust list",
                .summary = "Shows the anchors of a trust store, how each came and who distrusts it.",
                .positional = {},
                .declare =
                    [](options_description& to) {
                      declare_store(to);
                      cli::add_text(to, "as-of", "show the state as of this day or moment; now when left out");
                      cli::add_flag(to, "json", "answer as one JSON object");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_list(arguments, world); },
                .example = "cccd-pki trust list --store trust --as-of 2026-03-01"});
  program.verb({.name = "trust distrust",
                .summary = "Ends the trust in an anchor's key from a day on; nothing takes that back.",
                .positional = {"FINGERPRINT"},
                .declare = declare_distrust,
                .run = [&world](const cli::Arguments& arguments) { return run_distrust(arguments, world); },
                .example = "cccd-pki trust distrust 4B17…E2 --store trust --from 2026-11-20 --why 'key stolen' --by "
                           "'Officer 17'"});
}

}  // namespace admin
