#include "smartcard/simulator/chip_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/faults.h"
#include "smartcard/simulator/link_model.h"
#include "smartcard/simulator/scp02.h"
#include "smartcard/simulator/sole_user.h"
#include "smartcard/simulator/vpcd_link.h"

namespace simulator {

namespace {

void declare(boost::program_options::options_description& options) {
  cli::add_text(options, "state", "file that keeps the chip's memory");
  cli::add_text(options, "host", "host of the reader driver (default 127.0.0.1)");
  cli::add_number(options, "port", "TCP port of the reader driver (default 35963)");
  cli::add_text(options, "tear", "before:N or after:N: cut the power once at the Nth command, then exit");
  cli::add_text(options, "ready-file", "file to write once the reader has seen the card");
  cli::add_text(options, "fault", "be a false card in this respect (list: tell the faults and exit)");
  cli::add_text(options, "link", "reckon the time over this link to a real card (list: tell the links and exit)");
  cli::add_text(options, "link-report", "with --link: JSON file with the time, written whenever the power changes");
  cli::add_flag(options, "once", "exit when the reader goes away instead of waiting for it");
  cli::add_flag(options, "init", "make a new blank chip in --state and exit");
  cli::add_text(options, "serial", "with --init: 16 hexadecimal digits");
  cli::add_text(options, "transport-keys", "with --init: file with the transport keys");
  cli::add_flag(options, "s16", "with --init: SCP03 with challenges and MACs of 16 bytes (i = 71)");
  cli::add_text(options, "scp02", "with --init: SCP02 with 3DES keys and this option i: 15, 35, 55 or 75");
  cli::add_text(options, "init-clone",
                "make a false card in --state from this state: its files and BAC keys, other keys; exit");
}

void need_only_with(const cli::Arguments& arguments, bool mode, std::initializer_list<const char*> names,
                    const std::string& option) {
  for (const char* const name : names) {
    if (arguments.has(name) && !mode) {
      throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                        std::string("--") + name + " belongs to " + option);
    }
  }
}

std::uint16_t port_of(const cli::Arguments& arguments, std::uint16_t otherwise) {
  if (!arguments.has("port")) return otherwise;
  const long port = arguments.number("port");
  if (port < 1 || port > 65535) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--port lies between 1 and 65535");
  }
  return static_cast<std::uint16_t>(port);
}

// 0: none was asked for.
std::uint8_t scp02_option(const cli::Arguments& arguments, const KeySet& keys) {
  if (!arguments.has("scp02")) return 0;
  const auto wrong = [](const char* seen) {
    return base::Error(base::Fault::UsedWrongly, "reading the command line", seen);
  };
  const auto option = base::parse_hex(arguments.text("scp02"));
  if (!option || option->size() != 1 || !Scp02::is_option(option->front())) {
    throw wrong("--scp02 is 15, 35, 55 or 75");
  }
  if (keys.s16) throw wrong("--scp02 and --s16 exclude each other");
  if (keys.enc.size() != 16) throw wrong("--scp02 goes with transport keys of 32 hexadecimal digits");
  return option->front();
}

// The time that a real card would take, in a file. Nothing waits for it.
class LinkReport {
 public:
  LinkReport(const LinkKind& link, std::filesystem::path file) : model_(link), file_(std::move(file)) {}
  void watch(const Chip& chip, VpcdOptions& options) {
    options.on_exchange = [&](base::ByteView command, base::ByteView answer) {
      model_.count(command, answer, chip.effort());
    };
    options.on_power = [this] { write(); };
  }
  void write() const { base::write_text_file(file_, model_.report(), "writing the time over the link"); }

 private:
  LinkModel model_;
  std::filesystem::path file_;
};

cli::Exit serve_chip(Chip& chip, VpcdOptions options, const cli::Arguments& arguments) {
  std::optional<LinkReport> report;
  if (arguments.has("link")) {
    report.emplace(link_named(arguments.text("link")), arguments.text("link-report"));
    report->watch(chip, options);
  }
  serve_vpcd(chip, options);
  if (report) report->write();
  return cli::Exit::Done;
}

cli::Exit serve(const cli::Arguments& arguments, const std::filesystem::path& state) {
  VpcdOptions options;
  options.host = arguments.text_or("host", options.host);
  options.port = port_of(arguments, options.port);
  options.once = arguments.flag("once");
  if (arguments.has("tear")) options.tear = parse_tear(arguments.text("tear"));
  const std::filesystem::path ready_file = arguments.text_or("ready-file", "");
  if (!ready_file.empty()) {
    std::error_code ignored;  // a file that cannot be removed cannot be written either, and that is reported
    std::filesystem::remove(ready_file, ignored);
    options.on_ready = [&] { base::write_text_file(ready_file, "ready\n", "telling that the card is ready"); };
  }
  const SoleUser sole_user(state);
  FileStore store(state);
  base::SystemRandom random;
  if (arguments.has("fault")) {  // a false card keeps nothing: the state it was made from stays good
    const Fault& fault = fault_named(arguments.text("fault"));
    MemoryStore changed(with_fault(decode_state(store.load(), store.name()), fault, random));
    FalseChip chip(changed, random, fault);
    return serve_chip(chip, options, arguments);
  }
  Chip chip(store, random);
  return serve_chip(chip, options, arguments);
}

cli::Exit run(const cli::Arguments& arguments) {
  if (arguments.has("fault") && arguments.text("fault") == "list") {
    for (const Fault& fault : faults()) std::cout << fmt::format("{:24}{}\n", fault.name, fault.what);
    return cli::Exit::Done;
  }
  if (arguments.has("link") && arguments.text("link") == "list") {
    for (const LinkKind& link : link_kinds()) std::cout << fmt::format("{:20}{}\n", link.name, link.what);
    return cli::Exit::Done;
  }
  const std::filesystem::path state = arguments.text("state");
  const bool init = arguments.flag("init");
  const bool clone = arguments.has("init-clone");
  need_only_with(arguments, init, {"serial", "transport-keys", "scp02"}, "--init");
  need_only_with(arguments, !init && !clone, {"host", "port", "tear", "ready-file", "fault", "link"},
                 "a chip in a reader, not to --init");
  if (arguments.flag("s16") && !init) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--s16 belongs to --init");
  }
  if (arguments.has("link") != arguments.has("link-report")) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--link and --link-report belong together");
  }
  if (init && clone) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      "--init and --init-clone exclude each other");
  }
  if (init) {
    KeySet keys = read_transport_keys(arguments.text("transport-keys"));
    keys.s16 = arguments.flag("s16");
    keys.scp02_option = scp02_option(arguments, keys);
    FileStore::create(state, blank_state(arguments.text("serial"), std::move(keys)));
    return cli::Exit::Done;
  }
  if (clone) {
    base::SystemRandom random;
    FileStore original(arguments.text("init-clone"));
    FileStore::create(state, cloned_state(decode_state(original.load(), original.name()), random));
    return cli::Exit::Done;
  }
  return serve(arguments, state);
}

}  // namespace

cli::Program chip_program() {
  constexpr const char* kSummary = "A virtual chip identity card in a virtual PC/SC reader.";
  constexpr const char* kExample = "cccd-chip --port 35963 --state chip.state";
  cli::Program program("cccd-chip", kSummary, kExample);
  program.verb(
      {.name = "", .summary = kSummary, .positional = {}, .declare = declare, .run = run, .example = kExample});
  return program;
}

}  // namespace simulator
