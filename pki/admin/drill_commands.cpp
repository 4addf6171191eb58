#include "pki/admin/drill_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/drill.h"
#include "pki/admin/report.h"
#include "pki/admin/show.h"
#include "pki/base/core/files.h"

namespace admin {

namespace {

namespace fs = std::filesystem;

nlohmann::json to_json(const LeakAnswer& answer, bool rehearsal) {
  nlohmann::json out{{"serial", base::to_hex(answer.serial)},
                     {"rehearsal", rehearsal},
                     {"live", answer.live},
                     {"days", nlohmann::json::array()},
                     {"files", nlohmann::json::array()},
                     {"findings", findings_json(answer.crl.findings)}};
  for (const auto& [day, cards] : answer.days) out["days"].push_back({{"day", base::to_iso(day)}, {"cards", cards}});
  for (const fs::path& file : answer.files) out["files"].push_back(file.string());
  return out;
}

std::string to_text(const LeakAnswer& answer, bool rehearsal) {
  std::string out = fmt::format("document signer {}\n", base::to_hex(answer.serial));
  std::size_t all = 0;
  for (const auto& [day, cards] : answer.days) {
    out += fmt::format("{}  {} cards\n", base::to_iso(day), cards);
    all += cards;
  }
  out += fmt::format("{} cards on {} days; {} are in the field and have to be made anew\n", all, answer.days.size(),
                     answer.live);
  for (const fs::path& file : answer.files) out += "made " + file.string() + "\n";
  out += findings_text(answer.crl.findings);
  if (rehearsal) return out + "a rehearsal: nothing was revoked and nothing was signed\n";
  return out + (answer.crl.made() ? "the signer is revoked and the list says so: publish it\n"
                                  : "the signer is revoked in the book; the list was NOT made\n");
}

cli::Exit run(const cli::Arguments& arguments, const World& world) {
  const bool rehearsal = arguments.flag("rehearse");
  const fs::path csca = arguments.text("csca");
  const std::string file = arguments.text("SIGNER"), cards = arguments.text("cards");
  SignerLeak leak;
  leak.signer = certificate_of(base::read_file(file, "reading the signer's certificate", 1U << 20), file);
  leak.cards = read_signed_cards(base::read_text_file(cards, "reading the signer's cards"), cards);
  leak.out = arguments.text("out");
  leak.crl.book = csca / "ca.db";
  leak.crl.certificate = arguments.text_or("certificate", (csca / "csca.cer").string());
  leak.crl.key = arguments.text_or("key", (csca / "csca.key").string());
  leak.crl.out = leak.out / "csca.crl";
  if (!rehearsal) {
    leak.crl.password =
        base::read_password_file(arguments.text("csca-password-file"), "reading the password of the CSCA key");
  }
  const LeakAnswer answer = answer_signer_leak(leak, rehearsal, world);
  std::cout << (arguments.flag("json") ? to_json(answer, rehearsal).dump() + "\n" : to_text(answer, rehearsal));
  return rehearsal || answer.crl.made() ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

}  // namespace

void add_drill_verbs(cli::Program& program, const World& world) {
  program.verb(
      {.name = "drill signer-leaked",
       .summary =
           "A document signer's key has leaked: its cards and days, the new list, what to tell and to make anew.",
       .positional = {"SIGNER"},
       .declare =
           [](boost::program_options::options_description& to) {
             cli::add_text(to, "cards", "the cards it signed, as cccd-signer cards printed them");
             cli::add_text(to, "csca", "folder of the CSCA (csca.cer, csca.key, ca.db)");
             cli::add_text(to, "csca-password-file", "file whose first line is the password or PIN of the CSCA key");
             cli::add_text(to, "certificate", "certificate of the newest CSCA; csca.cer in its folder when left out");
             cli::add_text(to, "key", "its key: a file, or pkcs11:token=LABEL;object=LABEL; csca.key when left out");
             cli::add_text(to, "out", "folder to write into; made when missing");
             cli::add_flag(to, "rehearse", "write the lists, revoke and sign nothing");
             cli::add_flag(to, "json", "answer as one JSON object");
           },
       .run = [&world](const cli::Arguments& arguments) { return run(arguments, world); },
       .example = "cccd-pki drill signer-leaked ds.cer --cards cards.jsonl --csca csca --csca-password-file "
                  "csca.password --out leak"});
}

}  // namespace admin
