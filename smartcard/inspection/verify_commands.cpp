#include "smartcard/inspection/verify_commands.h"

#include <iostream>

#include "pki/base/core/files.h"
#include "smartcard/inspection/card_command.h"
#include "smartcard/inspection/card_reader.h"
#include "smartcard/inspection/command_trust.h"
#include "smartcard/inspection/conformance_command.h"
#include "smartcard/inspection/evidence.h"
#include "smartcard/inspection/inspect.h"

namespace inspection {

namespace {

cli::Exit verify_files(const cli::Arguments& arguments) {
  const std::string folder = arguments.text("DIR");
  const base::Moment as_of = moment_of(arguments);
  const Trust trust = load_trust(arguments);
  return answer(inspect_files(lds::read_folder(folder), trust.store, as_of), trust, arguments);
}

cli::Exit verify_evidence(const cli::Arguments& arguments) {
  const std::string file = arguments.text("FILE");
  const Evidence evidence = parse_evidence(base::read_text_file(file, "reading the evidence"), file);
  const base::Moment as_of = moment_of(arguments);
  const Trust trust = load_trust(arguments);
  return answer(inspect_evidence(evidence, trust.store, as_of), trust, arguments);
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
                .declare = declare_card,
                .run = verify_card,
                .example = "cccd-verify card --reader \"Virtual PCD 00 00\" --mrz mrz.txt --csca csca.cer"});
  program.verb({.name = "files",
                .summary = "Judges a folder of card files (EF_SOD.bin, EF_DG1.bin …) without a chip.",
                .positional = {"DIR"},
                .declare = declare_trust,
                .run = verify_files,
                .example = "cccd-verify files lds --csca csca.cer --json"});
  program.verb({.name = "evidence",
                .summary = "Judges again what an inspection saw (card --evidence), without the card.",
                .positional = {"FILE"},
                .declare = declare_trust,
                .run = verify_evidence,
                .example = "cccd-verify evidence gate-7.json --csca csca.cer --as-of 2026-03-01"});
  program.verb(
      {.name = "conformance",
       .summary = "Asks the chip in a reader what a hostile terminal would, and tells where it answers wrongly.",
       .declare = declare_conformance,
       .run = run_conformance,
       .example = "cccd-verify conformance --reader \"Virtual PCD 00 00\" --mrz mrz.txt --can can.txt"});
  program.verb({.name = "readers",
                .summary = "Lists the PC/SC readers and whether a card is in them.",
                .declare = [](auto& to) { cli::add_flag(to, "json", "print a JSON array of {name, card}"); },
                .run = show_readers,
                .example = "cccd-verify readers"});
}

}  // namespace inspection
