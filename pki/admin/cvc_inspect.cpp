#include "pki/admin/cvc_inspect.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/cvc_ceremony.h"
#include "pki/admin/cvc_show.h"
#include "pki/admin/report.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/cvc/judge/chain.h"

namespace admin {

namespace {

using boost::program_options::options_description;
namespace format = cvc::format;

cli::Exit run_show(const cli::Arguments& arguments) {
  constexpr const char* kDoing = "reading a CV certificate or request";
  const std::string name = arguments.text("FILE");
  const base::Bytes file = base::read_file(name, kDoing, 64U << 10);
  nlohmann::json described;
  try {
    described = describe_cv(format::parse_certificate(file));
  } catch (const asn1::Malformed& as_certificate) {
    try {
      described = describe_cv_request(format::parse_request(file));
    } catch (const asn1::Malformed&) {
      throw base::Error(base::Fault::FixConfiguration, kDoing, fmt::format("{}: {}", name, as_certificate.what()));
    }
  }
  std::cout << (arguments.flag("json") ? described.dump() + "\n" : cv_text(described));
  return cli::Exit::Done;
}

base::Date as_of(const cli::Arguments& arguments, const World& world) {
  if (!arguments.has("as-of")) return world.clock.today();
  const auto day = base::parse_iso_date(arguments.text("as-of"));
  if (!day) throw base::Error(base::Fault::UsedWrongly, "reading --as-of", "a day is needed, like 2026-11-27");
  return *day;
}

std::vector<format::Certificate> certificates_of(const std::vector<std::string>& files) {
  std::vector<format::Certificate> out;
  for (const std::string& file : files) out.push_back(read_cv_certificate(file));
  return out;
}

cli::Exit run_verify(const cli::Arguments& arguments, const World& world) {
  const auto judged = read_cv_certificate(arguments.text("FILE"));
  const auto judgement = cvc::judge::judge_chain(judged, certificates_of(arguments.texts("with")),
                                                 certificates_of(arguments.texts("anchor")), as_of(arguments, world));
  std::vector<std::string> path;
  for (const auto& certificate : judgement.path) path.push_back(certificate.body.holder);
  if (arguments.flag("json")) {
    nlohmann::json out{{"good", judgement.good()}, {"findings", findings_json(judgement.findings)}, {"path", path}};
    if (judgement.good()) out["reads"] = rights_json(judgement.effective);
    std::cout << out.dump() << "\n";
  } else {
    std::cout << findings_text(judgement.findings);
    if (!path.empty()) std::cout << fmt::format("path: {}\n", fmt::join(path, " > "));
    if (judgement.good()) std::cout << fmt::format("reads: {}\n", rights_json(judgement.effective).dump());
    std::cout << (judgement.good() ? "good\n" : "not good\n");
  }
  return judgement.good() ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

}  // namespace

std::optional<format::Rights> rights_from(const std::vector<std::string>& words) {
  format::Rights rights;
  for (const std::string& word : words) {
    if (word != "DG3" && word != "DG4") return std::nullopt;
    (word == "DG3" ? rights.fingerprints : rights.iris) = true;
  }
  return rights;
}

format::Rights rights_of(const cli::Arguments& arguments, const char* option, format::Rights otherwise) {
  if (!arguments.has(option)) return otherwise;
  const std::vector<std::string> words = arguments.texts(option);
  if (words.size() == 1 && words.front() == "none") return {};
  const auto rights = rights_from(words);
  if (rights) return *rights;
  throw base::Error(base::Fault::UsedWrongly, fmt::format("reading --{}", option),
                    "DG3 and DG4 are what can be read, or none");
}

void add_cvc_inspect_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "cvc show",
                .summary = "Shows a CV certificate or request.",
                .positional = {"FILE"},
                .declare = [](options_description& to) { cli::add_flag(to, "json", "answer as one JSON object"); },
                .run = run_show,
                .example = "cccd-pki cvc show dv/dv.cvcert"});
  program.verb({.name = "cvc verify",
                .summary = "Judges a CV certificate under trusted CVCAs: its path, days, roles and rights.",
                .positional = {"FILE"},
                .declare =
                    [](options_description& to) {
                      cli::add_texts(to, "anchor", "certificate of a trusted CVCA; may be given several times");
                      cli::add_texts(to, "with", "a certificate that may lie between; may be given several times");
                      cli::add_text(to, "as-of", "the day asked about, like 2026-11-27; today when left out");
                      cli::add_flag(to, "json", "answer as one JSON object");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_verify(arguments, world); },
                .example = "cccd-pki cvc verify is/is.cvcert --with dv/dv.cvcert --anchor cvca/cvca.cvcert"});
}

}  // namespace admin
