#include "smartcard/inspection/card_command.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/inspection/card_knowledge.h"
#include "smartcard/inspection/card_reader.h"
#include "smartcard/inspection/command_trust.h"
#include "smartcard/inspection/evidence.h"
#include "smartcard/inspection/gate.h"
#include "smartcard/transport/observing_channels.h"

namespace inspection {

namespace {

constexpr std::chrono::milliseconds kGatePause{500};

struct Looked {
  Report report;
  CardRecord record;
};

Looked inspect_once(const cli::Arguments& arguments, const std::string& mrz, const std::string& can,
                    const Policy& policy, const Trust& trust, const InspectionSystem& inspection_system,
                    base::Moment as_of) {
  base::SystemRandom random;
  Looked out;
  CardInReader card(arguments.text_or("reader", ""));
  const CardInspection how{.optical_mrz = mrz,
                           .trust = trust.store,
                           .as_of = as_of,
                           .random = random,
                           .can = can,
                           .policy = policy,
                           .inspection_system = inspection_system ? &*inspection_system : nullptr};
  if (arguments.flag("trace")) {
    transport::TracingChannel traced(card.channel(), [](std::string_view line) { std::cerr << line << "\n"; });
    out.report = inspect_card(traced, how, &out.record);
  } else {
    out.report = inspect_card(card.channel(), how, &out.record);
  }
  return out;
}

void keep(const Looked& seen, const std::string& mrz, base::Moment as_of, const std::string& file) {
  const std::string text =
      to_text(Evidence{.made_at = as_of, .optical_mrz = mrz, .record = seen.record, .report = to_json(seen.report)});
  base::write_new_file(file, base::view_of(text), "writing the evidence", base::Access::OwnerOnly);
}

// The MRZ file is read anew for each card: a scanner writes it.
void watch(const cli::Arguments& arguments, const Policy& policy, const Trust& trust,
           const InspectionSystem& inspection_system) {
  const std::string reader = arguments.text_or("reader", "");
  Gate gate;
  gate.await = [&reader](bool present) { return card_in_reader(reader, present); };
  gate.inspect = [&] {
    const std::string can = read_can(arguments);
    return inspect_once(arguments, read_optional_mrz(arguments, can), can, policy, trust, inspection_system,
                        moment_of(arguments))
        .report;
  };
  gate.answer = [&](const Report& report) { show(report, trust, arguments, -1); };
  gate.card_out = [] { std::cerr << "thẻ đã lấy ra / card out" << std::endl; };
  gate.tell = [](const base::Error& error) { std::cerr << "cccd-verify: " << error.what() << std::endl; };
  gate.pause = [] { std::this_thread::sleep_for(kGatePause); };
  if (arguments.has("cards")) gate.cards = static_cast<std::size_t>(std::max(1L, arguments.number("cards")));
  run_gate(gate);
}

}  // namespace

void declare_card(boost::program_options::options_description& to) {
  cli::add_text(to, "reader", "name of the reader, or a part that only one has; default: the only one");
  cli::add_flag(to, "trace", "show each command and status word on stderr, without keys or data");
  declare_knowledge(to);
  cli::add_text(to, "policy", "what is demanded of a card (docs/formats/inspection-policy.md)");
  cli::add_text(to, "evidence", "new file for what was seen, to be judged again without the card");
  cli::add_flag(to, "watch", "a gate: card after card, until it is stopped; the MRZ file is read anew for each");
  cli::add_number(to, "cards", "with --watch: end after so many verdicts");
  declare_trust(to);
}

cli::Exit verify_card(const cli::Arguments& arguments) {
  const Policy policy = arguments.has("policy") ? read_policy(arguments.text("policy")) : Policy{};
  Trust trust = load_trust(arguments);
  limit_freshness(trust.store, policy);
  const InspectionSystem inspection_system = read_inspection_system(arguments);
  if (arguments.flag("watch")) {
    if (arguments.has("evidence") || arguments.text_or("mrz", "") == "-") {
      throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                        "--watch reads many cards: it takes neither --evidence nor an MRZ from standard input");
    }
    watch(arguments, policy, trust, inspection_system);
    return cli::Exit::Done;
  }
  if (arguments.has("cards")) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--cards belongs to --watch");
  }
  const std::string can = read_can(arguments);
  const std::string mrz = read_optional_mrz(arguments, can);
  const base::Moment as_of = moment_of(arguments);
  const Looked seen = inspect_once(arguments, mrz, can, policy, trust, inspection_system, as_of);
  if (arguments.has("evidence")) keep(seen, mrz, as_of, arguments.text("evidence"));
  return answer(seen.report, trust, arguments);
}

}  // namespace inspection
