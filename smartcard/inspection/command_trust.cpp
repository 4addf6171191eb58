#include "smartcard/inspection/command_trust.h"

#include <iostream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/trust/anchor.h"
#include "pki/trust/directory.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/inspection/trust_pack.h"

namespace inspection {

void declare_trust(boost::program_options::options_description& to) {
  cli::add_texts(to, "csca", "CSCA certificate to trust, DER or PEM; may be given several times");
  cli::add_texts(to, "crl", "revocation list of a CSCA, DER or PEM; may be given several times");
  cli::add_text(to, "trust", "folder of a trust store (cccd-pki trust import)");
  cli::add_text(to, "pack", "trust pack: CSCAs, revocation lists and policy in one signed file");
  cli::add_text(to, "pack-signer", "certificate that signs the trust packs, DER or PEM");
  cli::add_text(to, "pack-seen",
                "file that remembers the last pack's number; the pack's name with .seen when left out");
  cli::add_number(to, "crl-grace-hours",
                  "how long a revocation list is used after the next one was due; older, the verdict is UNDECIDED");
  cli::add_text(to, "as-of", "judge as of this day (2026-03-01, noon in Viet Nam) or moment (2026-03-01T05:00:00Z)");
  cli::add_flag(to, "json", "print the report as one JSON object (docs/formats/report.md)");
}

namespace {

// The stricter of what is asked for here and what a pack says.
void limit_grace(trust::TrustStore& store, long hours) {
  constexpr long kMost = 24 * 366;
  if (hours < 0 || hours > kMost) {
    throw base::Error(base::Fault::UsedWrongly, "reading --crl-grace-hours", "a number from 0 to 8784 is needed");
  }
  trust::Policy policy = store.policy();
  const std::chrono::hours grace{hours};
  policy.crl_grace = std::min(policy.crl_grace.value_or(grace), grace);
  store.set_policy(policy);
}

}  // namespace

Trust load_trust(const cli::Arguments& arguments) {
  Trust trust;
  if (arguments.has("pack")) {
    const std::string pack = arguments.text("pack");
    trust.store = take_pack(pack, arguments.text("pack-signer"), arguments.text_or("pack-seen", pack + ".seen"));
  }
  if (arguments.has("trust")) {
    trust::TrustDirectory::open(arguments.text("trust")).load_into(trust.store, trust.findings);
  }
  for (const std::string& file : arguments.texts("csca")) {
    const base::Bytes octets = base::read_file(file, "loading the CSCA certificate");
    trust.findings.add(trust::at_most_warn(trust.store.offer_anchors(octets, file)));
  }
  for (const std::string& file : arguments.texts("crl")) trust.store.add_crl_file(file);
  if (arguments.has("crl-grace-hours")) limit_grace(trust.store, arguments.number("crl-grace-hours"));
  return trust;
}

base::Moment moment_of(const cli::Arguments& arguments) {
  const auto given = arguments.moment("as-of");
  return given ? *given : base::SystemClock{}.now();
}

void show(Report report, const Trust& trust, const cli::Arguments& arguments, int json_indent) {
  report.findings.add(trust.findings);
  if (arguments.flag("json")) {
    std::cout << to_json(report).dump(json_indent, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  } else {
    std::cout << to_text(report) << std::flush;
  }
}

cli::Exit answer(const Report& report, const Trust& trust, const cli::Arguments& arguments) {
  show(report, trust, arguments);
  return is_acceptable(report.verdict) ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

}  // namespace inspection
