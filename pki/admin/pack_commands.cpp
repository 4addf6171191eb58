#include "pki/admin/pack_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/new_files.h"
#include "pki/admin/report.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/cms/issue/signed_data.h"
#include "pki/keystore/signing_key.h"
#include "pki/trust/pack.h"
#include "pki/x509/issue/signatory.h"

namespace admin {

namespace {

using boost::program_options::options_description;
constexpr const char* kDoing = "making a trust pack";
constexpr long kDefaultGraceHours = 72;

[[noreturn]] void refuse(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, kDoing, std::move(seen));
}

std::vector<base::Bytes> files_of(const cli::Arguments& arguments, const char* option) {
  std::vector<base::Bytes> out;
  for (const std::string& file : arguments.texts(option)) out.push_back(base::read_file(file, kDoing));
  return out;
}

base::Bytes read_status_list(const std::string& file) {
  base::Bytes list = base::read_file(file, kDoing);
  try {
    trust::parse_status_list(list);
  } catch (const asn1::Malformed& why) {
    refuse(fmt::format("{}: is no status list: {}", file, why.what()));
  }
  return list;
}

trust::Pack pack_of(const cli::Arguments& arguments, base::Moment now) {
  trust::Pack pack;
  pack.number = arguments.number("number");
  pack.made_at = now;
  pack.clock_floor = arguments.moment("clock-floor").value_or(now);
  const long grace = arguments.has("crl-grace-hours") ? arguments.number("crl-grace-hours") : kDefaultGraceHours;
  if (pack.number < 1 || pack.number > trust::kHighestPackNumber || grace < 0 || grace > 24 * 366) {
    throw base::Error(
        base::Fault::UsedWrongly, "reading the command line",
        fmt::format("--number is from 1 to {}, --crl-grace-hours from 0 to 8784", trust::kHighestPackNumber));
  }
  pack.crl_grace = std::chrono::hours{grace};
  for (const std::string& file : arguments.texts("csca")) {
    pack.anchors.push_back(trust::read_certificate_file(file, kDoing));
  }
  pack.crls = files_of(arguments, "crl");
  pack.is_certificates = files_of(arguments, "is");
  if (arguments.has("status-list")) pack.status_list = read_status_list(arguments.text("status-list"));
  return pack;
}

// A checkpoint must not meet a pack that it cannot load, or a list that it would leave aside.
void check_loadable(const trust::Pack& pack) {
  if (pack.anchors.empty()) refuse("a pack without a CSCA judges nothing; name one with --csca");
  if (pack.clock_floor > pack.made_at) refuse("the clock floor lies after now; no checkpoint could use the pack");
  const trust::TrustStore store = trust::load_pack(pack);
  if (store.unverified_lists() > 0) refuse("a revocation list is not signed by any CSCA of the pack");
}

// The pack that is replaced has a lower number, whoever made it.
void check_number_grows(const std::string& out, base::ByteView signer, const trust::Pack& pack) {
  if (!std::filesystem::exists(out)) return;
  const auto before = trust::open_pack(base::read_file(out, kDoing), signer, std::nullopt);
  if (!before.pack) refuse(fmt::format("{}: is there and is no pack of this signer; it is not overwritten", out));
  if (before.pack->number >= pack.number) {
    refuse(fmt::format("{}: has number {}; the next one is higher", out, before.pack->number));
  }
}

cli::Exit run_make(const cli::Arguments& arguments, const World& world) {
  const std::string out = arguments.text("out");
  const trust::Pack pack = pack_of(arguments, world.clock.now());
  const base::Bytes signer = trust::read_certificate_file(arguments.text("signer"), kDoing);
  check_loadable(pack);
  check_number_grows(out, signer, pack);
  const auto key = keystore::open(
      arguments.text("key"),
      base::read_password_file(arguments.text("password-file"), "reading the password of the signer's key"));
  const base::Bytes file = cms::issue::signed_data({.type = asn1::oid::kData,
                                                    .octets = trust::encode_pack(pack),
                                                    .signer = signer,
                                                    .others = {},
                                                    .signing_time = pack.made_at},
                                                   *key);
  const auto opened = trust::open_pack(file, signer, std::nullopt);  // as a checkpoint will
  if (!opened.pack) {
    std::cout << findings_text(opened.findings) << "nothing was made\n";
    return cli::Exit::NotAcceptable;
  }
  base::write_file(out, file, kDoing);
  std::cout << fmt::format("made {}, number {}\n", out, pack.number);
  return cli::Exit::Done;
}

nlohmann::json describe(const trust::Pack& pack) {
  const trust::TrustStore store = trust::load_pack(pack);
  return {{"number", pack.number},
          {"made_at", base::to_rfc3339(pack.made_at)},
          {"clock_floor", base::to_rfc3339(pack.clock_floor)},
          {"crl_grace_hours", pack.crl_grace.count()},
          {"cscas", store.size()},
          {"crls", pack.crls.size()},
          {"revoked", store.revoked()},
          {"unverified_crls", store.unverified_lists()},
          {"is_certificates", pack.is_certificates.size()},
          {"status_list_bytes", pack.status_list.size()},
          {"status_list_cards", pack.status_list.empty() ? 0 : trust::parse_status_list(pack.status_list).size()}};
}

cli::Exit run_verify(const cli::Arguments& arguments) {
  constexpr const char* kReading = "reading the trust pack";
  const auto opened = trust::open_pack(base::read_file(arguments.text("FILE"), kReading),
                                       trust::read_certificate_file(arguments.text("pack-signer"), kReading), {});
  if (arguments.flag("json")) {
    nlohmann::json out{{"findings", findings_json(opened.findings)}};
    if (opened.pack) out["pack"] = describe(*opened.pack);
    std::cout << out.dump() << "\n";
  } else if (opened.pack) {
    const nlohmann::json pack = describe(*opened.pack);
    for (const auto& [name, value] : pack.items()) {
      std::cout << fmt::format("{:<18} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  } else {
    std::cout << findings_text(opened.findings);
  }
  return opened.pack ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

cli::Exit run_signer(const cli::Arguments& arguments, const World& world) {
  constexpr const char* kMaking = "making a pack signer";
  const std::filesystem::path out = arguments.text("out"), certificate = out / "pack.cer";
  const std::string address = arguments.text_or("key", (out / "pack.key").string());
  auto kind = x509::issue::read_signatory_profile(arguments.text_or("profile", "")).pack_signer;
  if (arguments.has("subject")) {
    const auto name = x509::format::name_from_text(arguments.text("subject"));
    if (!name) {
      throw base::Error(base::Fault::UsedWrongly, "reading --subject",
                        "it is no name; write it like C=VN,O=TEST,CN=Test Trust Packs");
    }
    kind.subject = *name;
  }
  refuse_if_there(certificate, kMaking);
  const base::Secret secret =
      base::read_password_file(arguments.text("password-file"), "reading the password of the new key");
  make_folder(out, kMaking);
  NewKey key(keystore::KeyKind::P256, address, secret, world.random);
  Issued issued;
  issued.certificate = x509::issue::issue_pack_signer(kind, key.key(), world.clock.now(), world.random);
  base::write_new_file(certificate, issued.certificate, kMaking);
  key.keep();
  return report(issued, {certificate, address}, arguments.flag("json"));
}

void declare_signer(options_description& to) {
  cli::add_text(to, "out", "folder to write into; made when missing");
  cli::add_text(to, "key", "where the new key is made: a file, or pkcs11:token=…;object=… (default: a file in --out)");
  cli::add_text(to, "password-file", "file whose first line is the password of the new key, or the token's PIN");
  cli::add_text(to, "subject", "name of the certificate; the profile says when left out");
  cli::add_text(to, "profile", "profile of signatories (TOML); the shipped one when left out");
  cli::add_flag(to, "json", "answer as one JSON object");
}

void declare_make(options_description& to) {
  cli::add_texts(to, "csca", "CSCA certificate, DER or PEM; may be given several times");
  cli::add_texts(to, "crl", "revocation list of one of them; may be given several times");
  cli::add_texts(to, "is", "CV certificate of an inspection system; may be given several times");
  cli::add_text(to, "status-list", "status list of cards (cccd-pki status make)");
  cli::add_number(to, "number", "number of the pack, higher than the last one's");
  cli::add_text(to, "clock-floor", "day or moment before which no clock is believed; now when left out");
  cli::add_number(to, "crl-grace-hours", "how long a list is used after the next one was due; 72 when left out");
  cli::add_text(to, "signer", "certificate that signs the packs, DER or PEM");
  cli::add_text(to, "key", "its key: a file, or pkcs11:token=LABEL;object=LABEL");
  cli::add_text(to, "password-file", "file whose first line is the key's password or PIN");
  cli::add_text(to, "out", "file to write; a pack of a lower number is replaced");
}

}  // namespace

void add_pack_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "pack signer",
                .summary = "Makes the key that signs trust packs and nothing else: pack.cer and pack.key.",
                .positional = {},
                .declare = declare_signer,
                .run = [&world](const cli::Arguments& arguments) { return run_signer(arguments, world); },
                .example = "cccd-pki pack signer --out packs --password-file pack.password"});
  program.verb({.name = "pack make",
                .summary = "Puts what a checkpoint has to know into one signed, numbered file.",
                .positional = {},
                .declare = declare_make,
                .run = [&world](const cli::Arguments& arguments) { return run_make(arguments, world); },
                .example = "cccd-pki pack make --csca csca/csca.cer --crl csca/csca.crl --number 7 --signer pack.cer "
                           "--key pack.key --password-file pack.password --out vietnam.pack"});
  program.verb({.name = "pack verify",
                .summary = "Shows a trust pack and checks that its signer made it.",
                .positional = {"FILE"},
                .declare =
                    [](options_description& to) {
                      cli::add_text(to, "pack-signer", "certificate that signs the packs, DER or PEM");
                      cli::add_flag(to, "json", "answer as one JSON object");
                    },
                .run = run_verify,
                .example = "cccd-pki pack verify vietnam.pack --pack-signer pack.cer"});
}

}  // namespace admin
