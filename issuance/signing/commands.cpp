#include "issuance/signing/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/signing/home.h"
#include "issuance/signing/ledger.h"
#include "issuance/signing/master_key.h"
#include "issuance/signing/signed_cards.h"
#include "issuance/signing/trust_directory.h"
#include "issuance/stock/list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/evidence/log_commands.h"
#include "pki/keystore/mac_key.h"

namespace signing {

namespace {

using cli::Arguments;
using cli::Exit;
using Options = boost::program_options::options_description;

[[noreturn]] void used_wrongly(const std::string& doing, const std::string& seen) {
  throw base::Error(base::Fault::UsedWrongly, doing, seen);
}

Home home_of(const Arguments& arguments) {
  return {arguments.text("data")};
}

void declare_data(Options& options) {
  cli::add_text(options, "data", "the signer's data directory");
}

void declare_json(Options& options) {
  declare_data(options);
  cli::add_flag(options, "json", "one JSON object on standard output");
}

// What the administrator did waits in the database until the serving signer, which holds the log key, writes it down.
void post(const Home& home, const std::string& event, const nlohmann::json& data) {
  const base::SystemClock clock;
  db::Connection store = open_ledger(home, clock);
  Ledger(store).post(event, data);
}

// --- init ---------------------------------------------------------------------------------------------------------

// The octets of the master key that init makes; nullopt: it stands in a token, and has its kind from there.
std::optional<std::size_t> wanted_master_key(const Arguments& arguments) {
  const bool named = arguments.has("master-key-kind");
  if (arguments.flag("master-key-in-token")) {
    if (named) used_wrongly("init", "--master-key-kind is for a key in a file; one in a token was made with its kind");
    return std::nullopt;
  }
  if (!named) return kUsualMasterKeyBytes;
  const auto octets = keystore::aes_octets(arguments.text("master-key-kind"));
  if (!octets) used_wrongly("init", "--master-key-kind is AES-128, AES-192 or AES-256");
  return octets;
}

Exit init(const Arguments& arguments) {
  const Home home = home_of(arguments);
  const base::SystemClock clock;
  base::SystemRandom random;
  make_home(home, base::read_password_file(arguments.text("password-file"), "reading the signer's password"), random,
            clock, wanted_master_key(arguments));
  std::cout << fmt::format("{}: a signer is ready; enter whom it trusts and its stock next\n", home.folder.string());
  return Exit::Done;
}

// --- trust --------------------------------------------------------------------------------------------------------

TrustEntry entry_from(const Arguments& arguments, base::Moment now) {
  const std::string doing = "trust add";
  const int given =
      (arguments.has("officer") ? 1 : 0) + (arguments.has("registry") ? 1 : 0) + (arguments.has("station") ? 1 : 0);
  if (given != 1) used_wrongly(doing, "give exactly one of --officer, --registry and --station");
  if (!arguments.has("officer")) {
    if (arguments.has("person") || arguments.has("account")) {
      used_wrongly(doing, "--person and --account belong to --officer");
    }
    return arguments.has("registry") ? entry_from_file(TrustKind::Registry, arguments.text("registry"), now)
                                     : entry_from_file(TrustKind::Station, arguments.text("station"), now);
  }
  TrustEntry entry = entry_from_file(TrustKind::Officer, arguments.text("officer"), now);
  entry.person = arguments.text("person");
  entry.account = arguments.text("account");
  return entry;
}

Exit trust_add(const Arguments& arguments) {
  const Home home = home_of(arguments);
  const base::SystemClock clock;
  auto entries = read_trust(home.trust());
  const TrustEntry entry = entry_from(arguments, clock.now());
  add_entry(entries, entry, "trust add");
  write_trust(home.trust(), entries);
  post(home, "trust.added",
       {{"kind", kind_name(entry.kind)}, {"key", entry.key_id}, {"person", entry.person}, {"account", entry.account}});
  std::cout << fmt::format("{} {} is trusted from now on\n", kind_name(entry.kind), entry.key_id);
  return Exit::Done;
}

Exit trust_remove(const Arguments& arguments) {
  const Home home = home_of(arguments);
  const std::string key = arguments.text("KEY");
  auto entries = read_trust(home.trust());
  const auto found =
      std::ranges::find_if(entries, [&](const TrustEntry& e) { return e.key_id == key || e.account == key; });
  if (found == entries.end()) {
    throw base::Error(base::Fault::FixConfiguration, "trust remove",
                      "no entry has this key id or account; trust list shows them");
  }
  const TrustEntry gone = *found;
  entries.erase(found);
  write_trust(home.trust(), entries);
  post(home, "trust.removed", {{"kind", kind_name(gone.kind)}, {"key", gone.key_id}});
  std::cout << fmt::format("{} {} is not trusted any more\n", kind_name(gone.kind), gone.key_id);
  return Exit::Done;
}

Exit trust_list(const Arguments& arguments) {
  const auto entries = read_trust(home_of(arguments).trust());
  if (arguments.flag("json")) {
    auto list = nlohmann::json::array();
    for (const TrustEntry& e : entries) {
      list.push_back({{"kind", kind_name(e.kind)},
                      {"key", e.key_id},
                      {"person", e.person},
                      {"account", e.account},
                      {"subject", e.subject},
                      {"added", base::to_rfc3339(e.added_at)}});
    }
    std::cout << nlohmann::json{{"trusted", list}}.dump(2) << "\n";
    return Exit::Done;
  }
  for (const TrustEntry& e : entries) {
    std::cout << fmt::format("{:<8} {} {} {}\n", kind_name(e.kind), e.key_id, e.account, e.person);
  }
  return Exit::Done;
}

// --- stock --------------------------------------------------------------------------------------------------------

Exit stock_add(const Arguments& arguments) {
  const std::string file = arguments.text("FILE");
  const base::SystemClock clock;
  const auto blanks = stock::parse_list(base::read_text_file(file, "reading a stock list"), file);
  db::Connection store = open_ledger(home_of(arguments), clock);
  Ledger ledger(store);
  db::Transaction change(store);
  ledger.stock().add(blanks, clock.now());
  ledger.post("stock.added", {{"chips", blanks.size()}});
  change.commit();
  std::cout << fmt::format("{} blank chips entered\n", blanks.size());
  return Exit::Done;
}

Exit stock_list(const Arguments& arguments) {
  const base::SystemClock clock;
  db::Connection store = open_ledger(home_of(arguments), clock);
  const auto chips = Ledger(store).stock().list();
  if (arguments.flag("json")) {
    auto list = nlohmann::json::array();
    for (const stock::Chip& chip : chips) {
      list.push_back({{"serial", chip.serial},
                      {"batch", chip.batch},
                      {"state", stock::state_name(chip.state)},
                      {"added", base::to_rfc3339(chip.added_at)},
                      {"case", chip.spoiled_for}});
    }
    std::cout << nlohmann::json{{"chips", list}}.dump(2) << "\n";
    return Exit::Done;
  }
  for (const stock::Chip& chip : chips) {
    std::cout << fmt::format("{} {:<8} {} {}\n", chip.serial, stock::state_name(chip.state), chip.batch,
                             chip.spoiled_for);
  }
  return Exit::Done;
}

// One JSON object a line: what cccd-pki drill signer-leaked and status make read.
Exit cards(const Arguments& arguments) {
  base::Bytes signer;
  if (arguments.has("signed-by")) {
    const std::string file = arguments.text("signed-by");
    const auto read = crypto::openssl::certificate_der(base::read_file(file, "reading the signer's certificate"));
    if (!read) used_wrongly("reading --signed-by", fmt::format("{} is no certificate, neither DER nor PEM", file));
    signer = *read;
  }
  const base::SystemClock clock;
  db::Connection store = open_ledger(home_of(arguments), clock);
  each_card_of(store, signer, [](const SignedCard& card) {
    nlohmann::json line{{"case", card.case_id}, {"live", card.live}, {"serial", card.serial}, {"signed", card.day}};
    if (!card.card.empty()) line["card"] = card.card;
    std::cout << line.dump() << "\n";
  });
  return Exit::Done;
}

Exit stock_spoil(const Arguments& arguments) {
  const std::string doing = "writing a chip off";
  const auto serial = stock::normal_serial(arguments.text("SERIAL"));
  const std::string case_id = arguments.text("case");
  if (!serial || case_id.empty()) used_wrongly(doing, "a serial is 16 hexadecimal digits, and --case names its case");
  const base::SystemClock clock;
  db::Connection store = open_ledger(home_of(arguments), clock);
  Ledger ledger(store);
  db::Transaction change(store);
  const auto chip = ledger.stock_chip(*serial);
  if (!chip || chip->state == stock::State::Spoiled) {
    throw base::Error(base::Fault::FixConfiguration, doing,
                      chip ? "it was written off before" : "it is not in the stock; stock list shows what is");
  }
  const auto binding = ledger.by_serial(*serial);
  if (binding && binding->case_id != case_id) {
    throw base::Error(base::Fault::FixConfiguration, doing, "it is bound to another case than --case names");
  }
  ledger.write_off(*serial, case_id);
  ledger.post("chip.spoiled", {{"serial", *serial},
                               {"case", case_id},
                               {"assignment", binding ? binding->id : std::string{}},
                               {"signed", binding && binding->is_signed()}});
  change.commit();
  std::cout << fmt::format("{} is written off; its order may be given another chip\n", *serial);
  return Exit::Done;
}

// --- the commands -------------------------------------------------------------------------------------------------

cli::Verb init_verb() {
  return {.name = "init",
          .summary = "Makes a signer's data directory: settings, log key, card-management master key, empty trust.",
          .positional = {},
          .declare =
              [](Options& o) {
                declare_data(o);
                cli::add_text(o, "password-file", "first line: the password that protects the signer's keys");
                cli::add_text(o, "master-key-kind",
                              "of the card-management master key, and so of every card's keys: AES-128 (the default), "
                              "AES-192 or AES-256, as the chips were ordered");
                cli::add_flag(o, "master-key-in-token",
                              "make no card-management master key; serve --master-key names it");
              },
          .run = init,
          .example = "cccd-signer init --data DIR --password-file FILE"};
}

void declare_trust_add(Options& o) {
  declare_data(o);
  cli::add_text(o, "officer", "the officer's certificate or public key, DER or PEM");
  cli::add_text(o, "person", "the officer's identity, the same over all accounts");
  cli::add_text(o, "account", "the officer's account at the station");
  cli::add_text(o, "registry", "the registry's answer key, DER or PEM");
  cli::add_text(o, "station", "a station's order key, DER or PEM");
}

void add_trust_verbs(cli::Program& program) {
  program
      .verb({.name = "trust add",
             .summary = "Enters an officer, the registry or a station whom the signer is to believe.",
             .positional = {},
             .declare = declare_trust_add,
             .run = trust_add,
             .example = "cccd-signer trust add --data DIR --officer lan.cer --person P-0017 --account lan"})
      .verb({.name = "trust list",
             .summary = "Shows whom the signer believes.",
             .positional = {},
             .declare = declare_json,
             .run = trust_list,
             .example = "cccd-signer trust list --data DIR --json"})
      .verb({.name = "trust remove",
             .summary = "Takes an entry out by its key id or account.",
             .positional = {"KEY"},
             .declare = declare_data,
             .run = trust_remove,
             .example = "cccd-signer trust remove lan --data DIR"});
}

void declare_spoil(Options& o) {
  declare_data(o);
  cli::add_text(o, "case", "the case that the chip was spoiled for");
}

void add_stock_verbs(cli::Program& program) {
  program
      .verb({.name = "stock add",
             .summary = "Enters the blank chips of a stock list.",
             .positional = {"FILE"},
             .declare = declare_data,
             .run = stock_add,
             .example = "cccd-signer stock add blanks.txt --data DIR"})
      .verb({.name = "stock list",
             .summary = "Shows the chips and what became of them.",
             .positional = {},
             .declare = declare_json,
             .run = stock_list,
             .example = "cccd-signer stock list --data DIR --json"})
      .verb({.name = "stock spoil",
             .summary = "Writes a chip off, so that its order may be given another one.",
             .positional = {"SERIAL"},
             .declare = declare_spoil,
             .run = stock_spoil,
             .example = "cccd-signer stock spoil 0102030405060708 --case 2026-000001 --data DIR"});
}

cli::Verb cards_verb() {
  return {.name = "cards",
          .summary = "Lists the cards that were signed, the oldest first, one JSON object a line.",
          .positional = {},
          .declare =
              [](Options& o) {
                declare_data(o);
                cli::add_text(o, "signed-by", "only those of this document signer: its certificate, DER or PEM");
              },
          .run = cards,
          .example = "cccd-signer cards --signed-by ds.cer --data DIR"};
}

void add_log_verbs(cli::Program& program) {
  evidence::add_log_verbs(
      program,
      {.program = "cccd-signer",
       .whose = "the signer's",
       .data = "the signer's data directory",
       .home =
           [](const std::filesystem::path& data) {
             const Home home{data};
             return evidence::LogHome{home.log_folder(), home.log_public_key(), home.witnessed()};
           },
       .key = [](const std::filesystem::path& data,
                 const base::Secret& password) { return keystore::load_file(Home{data}.log_key(), password); }});
}

}  // namespace

cli::Program signer_program() {
  cli::Program program("cccd-signer", "Signs approved card orders, and nothing else.",
                       "cccd-signer serve --data DIR --socket /run/cccd/signer.sock --ds-cert ds.cer --ds-key ds.p8 "
                       "--password-file FILE");
  program.verb(init_verb());
  add_trust_verbs(program);
  add_stock_verbs(program);
  program.verb(cards_verb());
  add_log_verbs(program);
  program.verb(serve_verb());
  return program;
}

}  // namespace signing
