#include "smartcard/inspection/verify_commands.h"

#include <fmt/format.h>

#include <iostream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/trust/anchor.h"
#include "pki/trust/directory.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/card_reader.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/inspection/trust_pack.h"
#include "smartcard/transport/observing_channels.h"

namespace inspection {

namespace {

void declare_common(boost::program_options::options_description& to) {
  cli::add_texts(to, "csca", "CSCA certificate to trust, DER or PEM; may be given several times");
  cli::add_texts(to, "crl", "revocation list of a CSCA, DER or PEM; may be given several times");
  cli::add_text(to, "trust", "folder of a trust store (cccd-pki trust import)");
  cli::add_text(to, "pack", "trust pack: CSCAs, revocation lists and policy in one signed file");
  cli::add_text(to, "pack-signer", "certificate that signs the trust packs, DER or PEM");
  cli::add_text(to, "pack-seen",
                "file that remembers the last pack's number; the pack's name with .seen when left out");
  cli::add_text(to, "as-of", "judge as of this day (2026-03-01, noon in Viet Nam) or moment (2026-03-01T05:00:00Z)");
  cli::add_flag(to, "json", "print the report as one JSON object (docs/formats/report.md)");
}

struct Trust {
  trust::TrustStore store;
  base::Findings findings;  // what is odd or was left out; nothing worse than a warning, since nothing hangs on it
};

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
  return trust;
}

base::Moment moment_of(const cli::Arguments& arguments) {
  const auto given = arguments.moment("as-of");
  return given ? *given : base::SystemClock{}.now();
}

cli::Exit answer(Report report, const Trust& trust, const cli::Arguments& arguments) {
  report.findings.add(trust.findings);
  if (arguments.flag("json")) {
    std::cout << to_json(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::cout << to_text(report);
  }
  return is_acceptable(report.verdict) ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

cli::Exit verify_files(const cli::Arguments& arguments) {
  const std::string folder = arguments.text("DIR");
  const base::Moment as_of = moment_of(arguments);
  const Trust trust = load_trust(arguments);
  return answer(inspect_files(lds::read_folder(folder), trust.store, as_of), trust, arguments);
}

// A file that holds no MRZ is ours to mend; whether the MRZ is the card's is the card's to answer.
std::string read_mrz(const std::string& file) {
  std::string mrz = base::read_text_file(file, "reading the MRZ");
  if (!document::parse_mrz(mrz).fields) {
    throw base::Error(base::Fault::FixConfiguration, fmt::format("reading the MRZ in {}", file),
                      "it is not three lines of 30 characters A to Z, 0 to 9 and <");
  }
  return mrz;
}

cli::Exit verify_card(const cli::Arguments& arguments) {
  const std::string mrz = read_mrz(arguments.text("mrz"));
  const base::Moment as_of = moment_of(arguments);
  const Trust trust = load_trust(arguments);
  base::SystemRandom random;
  CardInReader card(arguments.text_or("reader", ""));
  if (!arguments.flag("trace"))
    return answer(inspect_card(card.channel(), mrz, trust.store, as_of, random), trust, arguments);
  transport::TracingChannel traced(card.channel(), [](std::string_view line) { std::cerr << line << "\n"; });
  return answer(inspect_card(traced, mrz, trust.store, as_of, random), trust, arguments);
}

cli::Exit show_readers(const cli::Arguments& arguments) {
  const std::vector<Reader> all = readers();
  if (arguments.flag("json")) {
    auto list = nlohmann::json::array();
    for (const Reader& one : all) list.push_back({{"name", one.name}, {"card", one.card_present}});
    std::cout << list.dump(2) << "\n";
  } else {
    for (const Reader& one : all) {
      std::cout << one.name << ": " << (one.card_present ? "có thẻ / card present" : "trống / empty") << "\n";
    }
    if (all.empty()) std::cout << "Không có đầu đọc nào / no reader is connected\n";
  }
  return cli::Exit::Done;
}

}  // namespace

void add_verify_commands(cli::Program& program) {
  program.verb({.name = "card",
                .summary = "Reads the chip in a reader and says whether the card is genuine.",
                .declare =
                    [](auto& to) {
                      cli::add_text(to, "reader",
                                    "name of the reader, or a part that only one has; default: the only one");
                      cli::add_flag(to, "trace", "show each command and status word on stderr, without keys or data");
                      cli::add_text(to, "mrz", "file with the three lines of the machine-readable zone; - is stdin");
                      declare_common(to);
                    },
                .run = verify_card,
                .example = "cccd-verify card --reader \"Virtual PCD 00 00\" --mrz mrz.txt --csca csca.cer"});
  program.verb({.name = "files",
                .summary = "Judges a folder of card files (EF_SOD.bin, EF_DG1.bin …) without a chip.",
                .positional = {"DIR"},
                .declare = declare_common,
                .run = verify_files,
                .example = "cccd-verify files lds --csca csca.cer --json"});
  program.verb({.name = "readers",
                .summary = "Lists the PC/SC readers and whether a card is in them.",
                .declare = [](auto& to) { cli::add_flag(to, "json", "print a JSON array of {name, card}"); },
                .run = show_readers,
                .example = "cccd-verify readers"});
}

}  // namespace inspection
