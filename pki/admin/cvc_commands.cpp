#include "pki/admin/cvc_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/cvc_ceremony.h"
#include "pki/admin/cvc_inspect.h"
#include "pki/admin/cvc_show.h"
#include "pki/admin/dv_commands.h"
#include "pki/admin/new_files.h"
#include "pki/admin/report.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/cvc/issue/draft.h"

namespace admin {

namespace {

using boost::program_options::options_description;
namespace fs = std::filesystem;
namespace format = cvc::format;

[[noreturn]] void used_wrongly(const char* option, const std::string& seen) {
  throw base::Error(base::Fault::UsedWrongly, fmt::format("reading --{}", option), seen);
}

void declare_new_key(options_description& to) {
  cli::add_text(to, "out", "folder to write into; made when missing");
  cli::add_text(to, "holder", "name of the new certificate: country, 1 to 9 characters, five of 0-9 A-Z");
  cli::add_text(to, "password-file", "file whose first line is the password (or PIN) of the new key");
  cli::add_text(to, "key", "where the new key is made: pkcs11:token=…;object=…; a file in the folder when left out");
  cli::add_text(
      to, "curve",
      "P-256, P-384, P-521, brainpoolP256r1 (unless told), brainpoolP384r1, brainpoolP512r1, RSA-3072, RSA-4096");
  cli::add_flag(to, "json", "answer as one JSON object");
}

void declare_grant(options_description& to) {
  cli::add_text(to, "request", "file with the request");
  cli::add_text(to, "out", "file for the certificate; not overwritten");
  cli::add_texts(to, "read", "DG3 or DG4, once each, or none; what the issuer may grant when left out");
  cli::add_number(to, "days", "how long it is valid, its first day included");
  cli::add_flag(to, "first", "who asks was seen in person: the request need not be signed by an earlier key");
  cli::add_flag(to, "json", "answer as one JSON object");
}

// --cvca, --cvca-password-file, --cvca-key; so for "dv" and "previous".
void declare_authority(options_description& to, const std::string& prefix, const std::string& what) {
  cli::add_text(to, prefix.c_str(), fmt::format("folder of {}", what).c_str());
  cli::add_text(to, (prefix + "-password-file").c_str(), "file whose first line is the password (or PIN) of its key");
  cli::add_text(to, (prefix + "-key").c_str(), "address of its key when that is not the file in the folder");
}

CvAuthority authority_of(const cli::Arguments& arguments, const std::string& prefix, const std::string& kind) {
  const base::Secret secret =
      base::read_password_file(arguments.text(prefix + "-password-file"), "reading the password of the issuer's key");
  return open_cv_authority(arguments.text(prefix), kind, arguments.text_or(prefix + "-key", ""), secret);
}

NewCvKey new_key_of(const cli::Arguments& arguments) {
  return {arguments.text("out"), arguments.text_or("key", ""),
          base::read_password_file(arguments.text("password-file"), "reading the password of the new key"),
          arguments.text("holder")};
}

keystore::Curve curve_of(const cli::Arguments& arguments) {
  const auto kind = keystore::kind_from_name(arguments.text_or("curve", "brainpoolP256r1"));
  if (!kind) used_wrongly("curve", "it is none of these; see --help");
  return *kind;
}

int days_of(const cli::Arguments& arguments, int otherwise) {
  if (!arguments.has("days")) return otherwise;
  const long days = arguments.number("days");
  if (days < 1 || days > 3650) used_wrongly("days", "a number from 1 to 3650 is needed");
  return static_cast<int>(days);
}

cli::Exit report_cv(const Issued& issued, const std::vector<fs::path>& files, bool as_json) {
  const auto exit = issued.made() ? cli::Exit::Done : cli::Exit::NotAcceptable;
  nlohmann::json described;
  if (issued.made()) described = describe_cv(format::parse_certificate(issued.certificate));
  if (as_json) {
    nlohmann::json out{{"findings", findings_json(issued.findings)}, {"files", nlohmann::json::array()}};
    for (const auto& file : files) {
      if (issued.made()) out["files"].push_back(file.string());
    }
    if (issued.made()) out["certificate"] = described;
    std::cout << out.dump() << "\n";
    return exit;
  }
  std::cout << findings_text(issued.findings);
  if (!issued.made()) {
    std::cout << "nothing was signed\n";
    return exit;
  }
  for (const auto& file : files) std::cout << "made " << file.string() << "\n";
  std::cout << cv_text(described);
  return exit;
}

cli::Exit run_cvca_create(const cli::Arguments& arguments, const World& world) {
  const NewCvKey made = new_key_of(arguments);
  const Issued issued =
      create_cvca(made, curve_of(arguments), {true, true}, days_of(arguments, cvc::issue::kCvcaDays), world);
  return report_cv(issued, {made.out / "cvca.cvcert", made.out / "ca.db"}, arguments.flag("json"));
}

cli::Exit run_cvca_succeed(const cli::Arguments& arguments, const World& world) {
  const NewCvKey made = new_key_of(arguments);
  const Issued issued = succeed_cvca(authority_of(arguments, "cvca", "cvca"), made, curve_of(arguments),
                                     days_of(arguments, cvc::issue::kCvcaDays), world);
  return report_cv(issued, {made.out / "cvca.cvcert", made.out / "link.cvcert", made.out / "ca.db"},
                   arguments.flag("json"));
}

cli::Exit run_request(const std::string& kind, const cli::Arguments& arguments, const World& world) {
  const NewCvKey made = new_key_of(arguments);
  std::optional<CvAuthority> previous;
  if (arguments.has("previous")) previous.emplace(authority_of(arguments, "previous", kind));
  const base::Bytes request = request_cv(made, kind, arguments.text_or("authority", ""), curve_of(arguments),
                                         previous ? &*previous : nullptr, world);
  const nlohmann::json described = describe_cv_request(format::parse_request(request));
  const std::string file = (made.out / (kind + ".cvreq")).string();
  if (arguments.flag("json")) {
    std::cout << nlohmann::json{{"files", {file}}, {"request", described}}.dump() << "\n";
  } else {
    std::cout << "made " << file << "\n" << cv_text(described);
  }
  return cli::Exit::Done;
}

cli::Exit run_issue(const std::string& issuer, format::Role role, int days, const cli::Arguments& arguments,
                    const World& world) {
  const fs::path out = arguments.text("out");
  refuse_if_there(out, "certifying under a request");
  const CvAuthority authority = authority_of(arguments, issuer, issuer);
  const CvGrant grant{role, rights_of(arguments, "read", authority.certificate.body.chat.rights()),
                      days_of(arguments, days), arguments.flag("first")};
  const Issued issued =
      certify_cv(authority, base::read_file(arguments.text("request"), "reading the request", 64U << 10), grant, world);
  if (issued.made()) base::write_new_file(out, issued.certificate, "writing the certificate");
  return report_cv(issued, {out}, arguments.flag("json"));
}

void add_request_verb(cli::Program& program, const World& world, const std::string& kind, const std::string& summary,
                      const std::string& example) {
  program.verb({.name = kind + " request",
                .summary = summary,
                .positional = {},
                .declare =
                    [](options_description& to) {
                      declare_new_key(to);
                      cli::add_text(to, "authority", "holder reference of the authority that is asked");
                      declare_authority(to, "previous", "the certificate and key that the new ones succeed");
                    },
                .run = [&world, kind](const cli::Arguments& arguments) { return run_request(kind, arguments, world); },
                .example = example});
}

void add_cvca_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "cvca create",
                .summary = "Makes a self-signed CVCA: cvca.cvcert, cvca.key and ca.db.",
                .positional = {},
                .declare =
                    [](options_description& to) {
                      declare_new_key(to);
                      cli::add_number(to, "days", "how long it is valid; three years when left out");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_cvca_create(arguments, world); },
                .example = "cccd-pki cvca create --out cvca --holder VNCVCAVN001 --password-file cvca.password"});
  program.verb({.name = "cvca succeed",
                .summary = "Makes a CVCA's successor and its link certificate; the book moves to the new folder.",
                .positional = {},
                .declare =
                    [](options_description& to) {
                      declare_new_key(to);
                      cli::add_number(to, "days", "how long it is valid; three years when left out");
                      declare_authority(to, "cvca", "the CVCA that is succeeded");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_cvca_succeed(arguments, world); },
                .example = "cccd-pki cvca succeed --cvca cvca --cvca-password-file cvca.password --out cvca-2 --holder "
                           "VNCVCAVN002 --password-file cvca-2.password"});
}

void add_issue_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "dv issue",
                .summary = "Certifies a document verifier under its request.",
                .positional = {},
                .declare =
                    [](options_description& to) {
                      declare_grant(to);
                      declare_authority(to, "cvca", "the CVCA (cvca.cvcert, cvca.key, ca.db)");
                      cli::add_flag(to, "foreign", "the DV is another country's");
                    },
                .run =
                    [&world](const cli::Arguments& arguments) {
                      const auto role = arguments.flag("foreign") ? format::Role::ForeignDv : format::Role::DomesticDv;
                      return run_issue("cvca", role, cvc::issue::kDvDays, arguments, world);
                    },
                .example = "cccd-pki dv issue --cvca cvca --cvca-password-file cvca.password --request dv/dv.cvreq "
                           "--first --out dv/dv.cvcert"});
  program.verb({.name = "is issue",
                .summary = "Certifies an inspection system under its request.",
                .positional = {},
                .declare =
                    [](options_description& to) {
                      declare_grant(to);
                      declare_authority(to, "dv", "the DV (dv.cvcert, dv.key, ca.db)");
                    },
                .run =
                    [&world](const cli::Arguments& arguments) {
                      return run_issue("dv", format::Role::Terminal, cvc::issue::kInspectionSystemDays, arguments,
                                       world);
                    },
                .example = "cccd-pki is issue --dv dv --dv-password-file dv.password --request is/is.cvreq --first "
                           "--out is/is.cvcert"});
}

}  // namespace

void add_cvc_verbs(cli::Program& program, const World& world) {
  add_cvca_verbs(program, world);
  add_request_verb(program, world, "dv", "Makes a document verifier's key and request: dv.key, dv.cvreq and ca.db.",
                   "cccd-pki dv request --out dv --holder VNDVPOLVN001 --authority VNCVCAVN001 --password-file "
                   "dv.password");
  add_request_verb(program, world, "is", "Makes an inspection system's key and request: is.key and is.cvreq.",
                   "cccd-pki is request --out is --holder VNISGATE7VN001 --authority VNDVPOLVN001 --password-file "
                   "is.password");
  add_issue_verbs(program, world);
  add_cvc_inspect_verbs(program, world);
  add_dv_service_verbs(program, world);
}

}  // namespace admin
