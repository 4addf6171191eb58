#include "smartcard/inspection/conformance_command.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "smartcard/conformance/conformance.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/card_knowledge.h"
#include "smartcard/inspection/card_reader.h"

namespace inspection {

void declare_conformance(boost::program_options::options_description& to) {
  cli::add_text(to, "reader", "name of the reader, or a part that only one has; default: the only one");
  declare_knowledge(to);
  cli::add_flag(to, "json", "print one JSON object");
}

cli::Exit run_conformance(const cli::Arguments& arguments) {
  const std::string can = read_can(arguments);
  const std::string mrz = read_optional_mrz(arguments, can);
  const InspectionSystem inspection_system = read_inspection_system(arguments);
  base::SystemRandom random;
  CardInReader card(arguments.text_or("reader", ""));
  const auto rows =
      conformance::run({.card = card.channel(),
                        .reset = [&card] { card.reset(); },
                        .mrz_information = mrz.empty() ? "" : document::parse_mrz(mrz).fields->bac_information,
                        .can = can,
                        .inspection_system = inspection_system ? &*inspection_system : nullptr,
                        .random = random});
  if (arguments.flag("json")) {
    std::cout << conformance::to_json(rows).dump(2) << std::endl;
  } else {
    std::cout << conformance::to_text(rows) << std::flush;
  }
  return conformance::conforms(rows) ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

}  // namespace inspection
