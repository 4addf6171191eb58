#include "pki/admin/key_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/keystore/key_components.h"
#include "pki/keystore/pkcs11_address.h"
#include "pki/keystore/pkcs11_key.h"

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
                      {"made_here", key.local}});
    }
    std::cout << nlohmann::json{{"keys", list}}.dump() << "\n";
    return cli::Exit::Done;
  }
  for (const keystore::TokenKeyInfo& key : keys) {
    std::cout << fmt::format("{:<24} {:<16} {} {}{}\n", key.label, key.kind, base::to_hex(key.id),
                             key.local ? "made here" : "brought in", key.extractable ? ", may have left" : "");
  }
  return cli::Exit::Done;
}

cli::Exit run_generate(const cli::Arguments& arguments, const World& world) {
  const std::string name = arguments.text("kind");
  const auto kind = keystore::kind_from_name(name);
  if (!kind) {
    throw base::Error(base::Fault::UsedWrongly, "reading --kind",
                      fmt::format("'{}' is no kind; there are P-256, P-384, P-521, brainpoolP256r1, brainpoolP384r1, "
                                  "brainpoolP512r1, RSA-3072 and RSA-4096",
                                  name));
  }
  const std::string address = arguments.text("ADDRESS");
  const auto key = keystore::generate_at(address, *kind, secret_of(arguments), world.random);
  std::cout << fmt::format("made {} ({})\n", address, keystore::kind_name(key->kind()));
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
    throw base::Error(base::Fault::UsedWrongly, "reading --kcv", "a check value is six hexadecimal digits");
  }
  const std::string address = arguments.text("ADDRESS");
  keystore::receive_token_secret(address, keystore::combine_components(components, *check_value), secret_of(arguments));
  std::cout << fmt::format("received {} in {} components, check value {}\n", address, components.size(),
                           base::to_hex(*check_value));
  return cli::Exit::Done;
}

// What cannot be undone is said twice: in the address and in --confirm.
cli::Exit run_retire(const cli::Arguments& arguments) {
  const std::string address = arguments.text("ADDRESS");
  const std::string label = keystore::parse_token_address(address).object;
  if (label.empty() || arguments.text("confirm") != label) {
    throw base::Error(base::Fault::UsedWrongly, "retiring a key",
                      "--confirm repeats the label of the key that the address names; it cannot be brought back");
  }
  keystore::destroy_token_key(address, secret_of(arguments));
  std::cout << fmt::format("{} is destroyed\n", label);
  return cli::Exit::Done;
}

}  // namespace

void add_key_verbs(cli::Program& program, const World& world) {
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
             .summary = "Makes a key in a token, never extractable, or in a file.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_text(to, "kind", "P-256, P-384, P-521, brainpoolP256r1, -P384r1, -P512r1, RSA-3072, -4096");
                 },
             .run = [&world](const cli::Arguments& arguments) { return run_generate(arguments, world); },
             .example = "cccd-pki key generate 'pkcs11:token=CSCA;object=csca-2026' --kind brainpoolP512r1 "
                        "--password-file csca.pin"})
      .verb({.name = "key receive",
             .summary = "Brings a transport key into a token, out of its custodians' components.",
             .positional = {"ADDRESS"},
             .declare =
                 [](options_description& to) {
                   declare_secret(to);
                   cli::add_texts(to, "component",
                                  "a custodian's file: hexadecimal, a blank, its check value; each once");
                   cli::add_text(to, "kcv", "check value of the whole key, as its sender told it");
                 },
             .run = run_receive,
             .example = "cccd-pki key receive 'pkcs11:token=CARDS;object=transport-1' --component a.txt --component "
                        "b.txt --kcv 504A77 --password-file cards.pin"})
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
                        "--password-file ds.pin"});
}

}  // namespace admin
