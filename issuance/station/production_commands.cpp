#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/delivery/deliver.h"
#include "issuance/production/block_sizes.h"
#include "issuance/production/case_lock.h"
#include "issuance/production/produce.h"
#include "issuance/production/spoil.h"
#include "issuance/production/work_folder.h"
#include "issuance/station/answers.h"
#include "issuance/station/commands.h"
#include "issuance/station/registry_https.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/personalization/profile_reader.h"
#include "smartcard/personalization/transport_keys.h"
#include "smartcard/transport/pcsc.h"

namespace station {

namespace {

void report_step(std::string_view vi, std::string_view en, std::chrono::milliseconds took) {
  std::cerr << fmt::format("{:>6} ms  {} / {}\n", took.count(), vi, en);
}

// One line that is written over, on a terminal only.
void report_progress(std::string_view what, std::size_t done, std::size_t total) {
  if (::isatty(STDERR_FILENO) == 0) return;
  constexpr std::size_t kWidth = 30;
  const std::size_t full = total == 0 ? kWidth : done * kWidth / total;
  std::cerr << fmt::format("\r  [{:<{}}] {}/{} {:<10}", std::string(full, '#'), kWidth, done, total, what);
  if (done >= total) std::cerr << fmt::format("\r{:<70}\r", "");
  std::cerr.flush();
}

trust::TrustStore anchors(const Settings& settings) {
  trust::TrustStore store;
  for (const auto& file : settings.csca) store.add_anchor_file(file.string());
  return store;
}

signing::SignerClient signer_of(const Settings& settings) {
  if (settings.signer_socket.empty()) {
    throw base::Error(base::Fault::FixConfiguration, "asking the signer",
                      "station.toml names no [signer] socket; cccd-station init --help shows its options");
  }
  return signing::SignerClient(settings.signer_socket.string());
}

personalization::Profile profile_of(const cli::Arguments& arguments, const Settings& settings) {
  if (arguments.has("profile")) return personalization::read_profile(arguments.text("profile"));
  return settings.profile.empty() ? personalization::virtual_lds_profile()
                                  : personalization::read_profile(settings.profile);
}

artwork::Layout layout_of(const Settings& settings, const std::string& form) {
  const auto& file = form == vetting::kChildForm ? settings.child_layout : settings.layout;
  return file.empty() ? artwork::Layout::embedded(form) : artwork::Layout::load(file);
}

// Everything at the place where a card is made, kept alive for one command.
class Workplace {
 public:
  explicit Workplace(const cli::Arguments& arguments)
      : station_(home_of(arguments), station_password(arguments), clock_, random_),
        case_id_((station_.store().need(arguments.text("CASE")), arguments.text("CASE"))),
        lock_(station_.home().work(case_id_)),
        profile_(profile_of(arguments, station_.settings())),
        trust_(anchors(station_.settings())),
        signer_(signer_of(station_.settings())) {
    if (const auto& cvca = station_.settings().cvca; !cvca.empty()) trust_point_ = read_trust_point(cvca);
    if (arguments.has("transport-keys")) keys_ = personalization::read_transport_keys(arguments.text("transport-keys"));
  }

  void open_reader(const std::string& name) {
    card_ = transport::PcscChannel::open(name);
    held_.emplace(*card_);
    blocks_.emplace(station_.home().block_sizes(), card_->reader(), profile_.name);
  }

  Station& station() { return station_; }
  const std::string& case_id() const { return case_id_; }
  production::WorkFolder folder() const { return production::WorkFolder(station_.home().work(case_id_)); }

  production::Bench bench() {
    return {.store = station_.store(),
            .judges = station_.judges(),
            .signer = signer_,
            .card = *card_,
            .profile = profile_,
            .blocks = *blocks_,
            .transport_keys = keys_ ? &*keys_ : nullptr,
            .layout = [this](const std::string& form) { return layout_of(station_.settings(), form); },
            .trust = trust_,
            .trust_point = trust_point_,
            .station_key = station_.statement_key(),
            .clock = clock_,
            .random = random_,
            .work = station_.home().work(case_id_),
            .restart_card = [this] { card_->reset(); },
            .report = report_step,
            .progress = report_progress};
  }

 private:
  base::SystemClock clock_;
  base::SystemRandom random_;
  Station station_;
  std::string case_id_;
  production::CaseLock lock_;
  personalization::Profile profile_;
  trust::TrustStore trust_;
  base::Bytes trust_point_;
  signing::SignerClient signer_;
  std::optional<personalization::TransportKeys> keys_;
  std::unique_ptr<transport::PcscChannel> card_;
  std::optional<transport::PcscChannel::Transaction> held_;
  std::optional<production::BlockSizes> blocks_;
};

cli::Exit print_report(const inspection::Report& report, bool as_json) {
  if (as_json) {
    std::cout << inspection::to_json(report).dump() << "\n";
  } else {
    std::cout << to_text(report);
  }
  return inspection::is_acceptable(report.verdict) ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

production::Until until_of(const cli::Arguments& arguments) {
  if (!arguments.has("until")) return production::Until::Accepted;
  if (arguments.text("until") == "signed") return production::Until::Signed;
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--until knows one word: signed");
}

// A card that was accepted before is not made again; its report and papers are given out once more.
std::optional<cli::Exit> already_made(Workplace& place, const cli::Arguments& arguments) {
  const std::string state = place.station().store().journal().state(place.case_id());
  if (state != "accepted" && state != "delivered") return std::nullopt;
  auto accepted = place.station().store().load_accepted(place.case_id(), place.station().judges());
  if (auto* findings = std::get_if<base::Findings>(&accepted)) {
    return print_report(production::not_issued(std::move(*findings)), arguments.flag("json"));
  }
  place.folder().forget_can();
  if (arguments.has("out")) place.folder().give_out(arguments.text("out"));
  std::cerr << fmt::format("Hồ sơ {} đã có thẻ / this case's card is made already\n", place.case_id());
  std::cout << (arguments.flag("json") ? place.folder().report() : "Kết quả / verdict: GENUINE\n");
  return cli::Exit::Done;
}

cli::Exit produce(const cli::Arguments& arguments) {
  const production::Until until = until_of(arguments);
  const std::string reader = arguments.text("reader");
  Workplace place(arguments);
  if (const auto done = already_made(place, arguments)) return *done;
  if (!arguments.flag("offline") && place.station().rests_on_extract(place.case_id())) {
    RegistryHttps registry(place.station());
    base::Findings changed = place.station().ask_before_signing(place.case_id(), registry);
    if (changed.failed()) return print_report(production::not_issued(std::move(changed)), arguments.flag("json"));
  }
  // Whether there may be a card at all is asked before anybody needs a reader.
  auto approved = production::order_to_produce(place.station().store(), place.case_id(), place.station().judges());
  if (auto* findings = std::get_if<base::Findings>(&approved)) {
    place.station().store().journal().refused(place.case_id(), "assign", cases::kStation, findings->failing_codes());
    return print_report(production::not_issued(std::move(*findings)), arguments.flag("json"));
  }
  place.open_reader(reader);
  production::Bench bench = place.bench();
  const production::Produced produced = production::produce(bench, place.case_id(), until);
  if (arguments.has("out")) place.folder().give_out(arguments.text("out"));
  if (!produced.stopped) return print_report(produced.report, arguments.flag("json"));
  return print({.case_id = place.case_id(), .state = produced.state}, arguments.flag("json"));
}

cli::Exit spoil(const cli::Arguments& arguments) {
  const std::string reason = arguments.text("reason");
  check_reason(reason);
  if (arguments.has("reader") == arguments.flag("without-chip")) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      "give --reader, or --without-chip when the chip is lost or dead");
  }
  Workplace place(arguments);
  const ActingOfficer acts = acting_officer(arguments, place.station());
  std::optional<production::Bench> bench;
  if (arguments.has("reader")) {
    place.open_reader(arguments.text("reader"));
    bench.emplace(place.bench());
  }
  StepAnswer answer{.case_id = place.case_id()};
  answer.findings =
      production::spoil(place.station().store(), place.case_id(), acts.officer, reason, bench ? &*bench : nullptr);
  answer.state = place.station().store().journal().state(place.case_id());
  if (const auto card = place.station().store().card(place.case_id()); card && !answer.findings.failed()) {
    answer.findings.note("CHIP_TO_WRITE_OFF", "chip " + card->serial,
                         "Báo quản trị PKI ghi giảm / the PKI administrator writes it off: cccd-signer stock spoil");
  }
  return print(answer, arguments.flag("json"));
}

cli::Exit deliver(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), station_password(arguments), clock, random);
  const ActingOfficer acts = acting_officer(arguments, station);
  const std::string id = arguments.text("CASE");
  station.store().need(id);
  RegistryHttps live(station);
  QueuedRegistry registry = station.queued(live, on_request(arguments));
  auto delivered = delivery::deliver(station.store(), id, station.judges(), registry, acts.officer, *acts.key, clock);
  StepAnswer answer{.case_id = id, .state = station.store().journal().state(id)};
  if (auto* findings = std::get_if<base::Findings>(&delivered)) answer.findings = std::move(*findings);
  if (station.queue().waiting() > 0) answer.findings.add(still_waiting());
  return print(answer, arguments.flag("json"));
}

void declare_chip(Options& options) {
  cli::add_text(options, "reader", "PC/SC reader with the chip: its name, or the part that only it has");
  cli::add_text(options, "transport-keys",
                "the keys with which the chip's maker delivered it (docs/formats/transport-keys.md)");
  cli::add_text(options, "profile", "chip profile (otherwise that of station.toml, or the shipped one)");
}

}  // namespace

void add_production_commands(cli::Program& program) {
  const std::string tail = " --data station --password-file station.pw";
  program
      .verb({.name = "produce",
             .summary =
                 "Makes the card of an approved case: binds the chip, has its data signed, writes, locks, prints, "
                 "inspects. Run again, it goes on where it was interrupted.",
             .positional = {"CASE"},
             .declare =
                 [](Options& o) {
                   declare_acting(o);
                   declare_chip(o);
                   cli::add_text(o, "out", "where the card's faces, PDF, QR text, MRZ, files and report are put");
                   cli::add_text(o, "until", "stop after this step: signed");
                   declare_offline(o);
                 },
             .run = produce,
             .example =
                 "cccd-station produce 2026-000001 --reader 'Virtual PCD 00 00' --transport-keys keys.toml --out card" +
                 tail})
      .verb({.name = "spoil",
             .summary = "Makes a chip useless that cannot become its card; the case can then be vetted anew.",
             .positional = {"CASE"},
             .declare =
                 [](Options& o) {
                   declare_officer(o);
                   declare_chip(o);
                   cli::add_flag(o, "without-chip", "the chip is lost or dead and cannot be terminated");
                   cli::add_text(o, "reason", "why, one line; it stays with the case");
                 },
             .run = spoil,
             .example =
                 "cccd-station spoil 2026-000001 --reader 'Virtual PCD 00 00' --transport-keys keys.toml --officer an "
                 "--officer-password-file an.pw --reason \"Chip không ghi được\"" +
                 tail})
      .verb(
          {.name = "deliver",
           .summary = "Hands an accepted card over: the registry makes it the live one and closes the one it replaces.",
           .positional = {"CASE"},
           .declare =
               [](Options& o) {
                 declare_officer(o);
                 declare_offline(o);
               },
           .run = deliver,
           .example = "cccd-station deliver 2026-000001 --officer an --officer-password-file an.pw" + tail});
}

}  // namespace station
