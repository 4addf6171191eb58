#include "pki/admin/key_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/key_backup.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/keystore/key_components.h"
#include "pki/keystore/mac_key.h"
#include "pki/keystore/pkcs11_key.h"
#include "pki/keystore/pkcs11_secret.h"
#include "pki/pkcs11/address.h"

namespace admin {

namespace {

using boost::program_options::options_description;

base::Secret secret_of(const cli::Arguments& arguments) {
  return base::read_password_file(arguments.text("password-file"), "reading the key's password or PIN");
}

void declare_secret(options_description& to) {
  cli::add_text(to, "password-file", "file whose first line is the token's PIN, or the key file's password");
}

cli::Exit run_list(const cli::Arguments& arguments) {
  const auto keys = keystore::list_token_keys(arguments.text("ADDRESS"), secret_of(arguments));
  if (arguments.flag("json")) {
    auto list = nlohmann::json::array();
    for (const keystore::TokenKeyInfo& key : keys) {
      list.push_back({{"label", key.label},
                      {"kind", key.kind},
                      {"id", base::to_hex(key.id)},
                      {"extractable", key.extractable},
                      {"backup", key.wrapped_only},
                      {"made_here", key.local}});
      if (key.uses) list.back()["uses"] = {{"made", key.uses->uses}, {"limit", key.uses->limit}};
    }
    std::cout << nlohmann::json{{"keys", list}}.dump() << "\n";
    return cli::Exit::Done;
  }
  for (const keystore::TokenKeyInfo& key : keys) {
    std::cout << fmt::format("{:<24} {:<16} {} {}{}{}\n", key.label, key.kind, base::to_hex(key.id),
                             key.local ? "made here" : "brought in",
                             key.extractable    ? ", may have left"
                             : key.wrapped_only ? ", leaves wrapped only"
                                                : "",
                             key.uses ? fmt::format(", {} of {} uses", key.uses->uses, key.uses->limit) : "");
  }
  return cli::Exit::Done;
}

[[noreturn]] void used_wrongly(std::string doing, std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, std::move(doing), std::move(seen));
}

void generate(const cli::Arguments& arguments, const std::string& name, const World& world) {
  const std::string address = arguments.text("ADDRESS");
  const auto leaving = arguments.flag("backup") ? keystore::Leaving::WrappedOnly : keystore::Leaving::Never;
  const bool in_token = keystore::is_token_address(address);
  if (!in_token && arguments.flag("backup")) used_wrongly("making a key", "--backup is for keys in a token");
  if (const auto octets = keystore::aes_octets(name)) {
    if (!in_token) used_wrongly("making a key", "an AES key is made in a token");
    return keystore::generate_token_secret(address, *octets, secret_of(arguments), leaving);
  }
  const auto kind = keystore::kind_from_name(name);
  if (!kind) {
    used_wrongly("reading --kind",
                 fmt::format("'{}' is no kind; there are P-256, P-384, P-521, brainpoolP256r1, brainpoolP384r1, "
                             "brainpoolP512r1, RSA-3072, RSA-4096, AES-128, AES-192 and AES-256",
                             name));
  }
  if (in_token) {
    keystore::generate_token_key(address, *kind, secret_of(arguments), leaving);
  } else {
    keystore::generate_at(address, *kind, secret_of(arguments), world.random);
  }
}

cli::Exit run_generate(const cli::Arguments& arguments, const World& world) {
  const std::string kind = arguments.text("kind");
  generate(arguments, kind, world);
  std::cout << fmt::format("made {} ({})\n", arguments.text("ADDRESS"), kind);
  return cli::Exit::Done;
}

cli::Exit run_limit(const cli::Arguments& arguments) {
  const std::string address = arguments.text("ADDRESS");
  const auto uses = keystore::limit_uses(address, arguments.number("uses"), secret_of(arguments));
  std::cout << fmt::format("{} made {} of {} signatures\n", address, uses.uses, uses.limit);
  return cli::Exit::Done;
}

cli::Exit run_backup(const cli::Arguments& arguments) {
  const auto backup =
      keystore::back_up_token_key(arguments.text("ADDRESS"), arguments.text("wrapping-key"), secret_of(arguments));
  const std::string out = arguments.text("out"), text = encode_backup(backup);
  base::write_new_file(out, base::view_of(text), "writing the backup of a key", base::Access::OwnerOnly);
  std::cout << fmt::format("{} ({}) is backed up in {}, wrapped under {}\n", backup.label, backup.kind, out,
                           backup.wrapping_key);
  return cli::Exit::Done;
}

cli::Exit run_restore(const cli::Arguments& arguments) {
  const std::string file = arguments.text("backup");
  const auto backup = parse_backup(base::read_text_file(file, "reading the backup of a key"), file);
  keystore::restore_token_key(arguments.text("ADDRESS"), backup, secret_of(arguments));
  std::cout << fmt::format("{} ({}) is restored and answers as the key that was backed up\n", backup.label,
                           backup.kind);
  return cli::Exit::Done;
}

// Each custodian types a component into a file of his own; the sum's check value was agreed with the sender.
cli::Exit run_receive(const cli::Arguments& arguments) {
  std::vector<base::Secret> components;
  for (const std::string& file : arguments.texts("component")) {
    components.push_back(keystore::read_component(base::read_password_file(file, "reading a component"), file));
  }
  const auto check_value = base::parse_hex(arguments.text("kcv"));
  if (!check_value || check_value->size() != 3) {
    used_wrongly("reading --kcv", "a check value is six hexadecimal digits");
  }
  const std::string address = arguments.text("ADDRESS");
  const std::string purpose = arguments.text_or("for", "derivation");
  if (purpose != "derivation" && purpose != "wrapping") {
    used_wrongly("reading --for", fmt::format("'{}' is neither derivation nor wrapping", purpose));
  }
  const base::Secret key = keystore::combine_components(components, *check_value);
  const auto receive = purpose == "wrapping" ? keystore::receive_wrapping_key : keystore::receive_token_secret;
  receive(address, key, secret_of(arguments));
  std::cout << fmt::format("received {} in {} components, check value {}\n", address, components.size(),
                           base::to_hex(*check_value));
  return cli::Exit::Done;
}

// What cannot be undone is said twice: in the address and in --confirm.
cli::Exit run_retire(const cli::Arguments& arguments) {
  const std::string address = arguments.text("ADDRESS");
  const std::string label = pkcs11::parse_address(address).object;
  if (label.empty() || arguments.text("confirm") != label) {
    used_wrongly("retiring a key",
                 "--confirm repeats the label of the key that the address names; it cannot be brought back");
  }
  keystore::destroy_token_key(address, secret_of(arguments));
  std::cout << fmt::format("{} is destroyed\n", label);
  return cli::Exit::Done;
}

void add_store_verbs(cli::Program& program, const World& world) {
  program
      .verb(
          {.name = "key list",
           .summary = "Shows the private keys of a token: label, kind, identifier, and whether they may have left it.",
           .positional = {"ADDRESS"},
           .declare =
               [](options_description& to) {
                 declare_secret(to);
                 cli::add_flag(to, "json", "answer as one JSON object");
               },
           .run = run_list,
           .example = "cccd-pki key list 'pkcs11:token=CSCA' --password-file csca.pin"})
      .verb({.name = "key generate",
             .summary = "Makes a key in a token, which it never leaves unless told, or in a file.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_text(to, "kind",
                                 "P-256, P-384, P-521, brainpoolP256r1, -P384r1, -P512r1, RSA-3072, -4096; in a token "
                                 "AES-128, -192, -256 too, to derive keys");
                   cli::add_flag(to, "backup",
                                 "it may leave the token, wrapped under a trusted key and in no other way");
                 },
             .run = [&world](const cli::Arguments& arguments) { return run_generate(arguments, world); },
             .example = "cccd-pki key generate 'pkcs11:token=CSCA;object=csca-2026' --kind brainpoolP512r1 "
                        "--password-file csca.pin"})
      .verb({.name = "key receive",
             .summary = "Brings a transport or wrapping key into a token, out of its custodians' components.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_texts(to, "component",
                                  "a custodian's file: hexadecimal, a blank, its check value; each once");
                   cli::add_text(to, "kcv", "check value of the whole key, as its sender told it");
                   cli::add_text(to, "for",
                                 "derivation (default), or wrapping: the key carries others to another token, and "
                                 "--password-file holds the security officer's PIN");
                 },
             .run = run_receive,
             .example = "cccd-pki key receive 'pkcs11:token=CARDS;object=transport-1' --component a.txt --component "
                        "b.txt --kcv 504A77 --password-file cards.pin"});
}

void add_care_verbs(cli::Program& program) {
  program
      .verb({.name = "key retire",
             .summary = "Destroys a key in a token when its time is over.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_text(to, "confirm", "the key's label once more");
                 },
             .run = run_retire,
             .example = "cccd-pki key retire 'pkcs11:token=DS;object=ds-2026-041' --confirm ds-2026-041 "
                        "--password-file ds.pin"})
      .verb({.name = "key limit",
             .summary = "Says how many signatures a key may make in its life, in a token or a file.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_number(to, "uses", "signatures, from its first limit on; a limit is never raised");
                 },
             .run = run_limit,
             .example = "cccd-pki key limit 'pkcs11:token=CSCA;object=csca-2026' --uses 500 --password-file csca.pin"})
      .verb({.name = "key backup",
             .summary = "Writes a key of a token, wrapped under another one, into a file.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_text(to, "wrapping-key", "label of the key in the token under which it is wrapped");
                   cli::add_text(to, "out", "file to write; it must not be there");
                 },
             .run = run_backup,
             .example = "cccd-pki key backup 'pkcs11:token=CSCA;object=csca-2026' --wrapping-key kek-1 --out "
                        "csca-2026.backup --password-file csca.pin"})
      .verb({.name = "key restore",
             .summary = "Brings a key that was backed up into another token, and tries it before it stays.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_text(to, "backup", "the file of key backup");
                 },
             .run = run_restore,
             .example = "cccd-pki key restore 'pkcs11:token=CSCA-2;object=csca-2026' --backup csca-2026.backup "
                        "--password-file csca-2.pin"});
}

}  // namespace

void add_key_verbs(cli::Program& program, const World& world) {
  add_store_verbs(program, world);
  add_care_verbs(program);
}

}  // namespace admin
