#include <fmt/format.h>

#include <algorithm>

#include "issuance/signing/commands.h"
#include "issuance/signing/home.h"
#include "issuance/signing/master_key.h"
#include "issuance/signing/protocol.h"
#include "issuance/signing/signer.h"
#include "issuance/signing/signer_list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/core/log.h"
#include "pki/base/net/server.h"
#include "pki/base/net/serving.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/keystore/pkcs11_secret.h"

namespace signing {

namespace {

std::unique_ptr<sod::issue::DocumentSigner> load(const ListedSigner& listed, const base::Secret& password) {
  const std::string doing = "loading the document signer's certificate";
  auto certificate = crypto::openssl::certificate_der(base::read_file(listed.certificate, doing));
  if (!certificate) {
    throw base::Error(
        base::Fault::FixConfiguration, doing,
        fmt::format("{}: is no certificate; name the file that cccd-pki ds issue wrote", listed.certificate.string()));
  }
  return std::make_unique<sod::issue::DocumentSigner>(keystore::open(listed.key, password), std::move(*certificate));
}

std::vector<ListedSigner> listed_signers(const cli::Arguments& arguments) {
  if (!arguments.has("signers")) return {{arguments.text("ds-cert"), arguments.text("ds-key"), {}, {}}};
  if (arguments.has("ds-cert") || arguments.has("ds-key")) {
    throw base::Error(base::Fault::UsedWrongly, "serve", "give --signers or --ds-cert with --ds-key, not both");
  }
  return read_signer_list(arguments.text("signers"));
}

// The signers that serve, and what they offer to the rotation.
struct DocumentSigners {
  std::vector<std::unique_ptr<sod::issue::DocumentSigner>> kept;
  std::vector<OfferedSigner> offered;
};

DocumentSigners load_document_signers(const cli::Arguments& arguments, const base::Secret& own_password) {
  const std::string doing = "reading a document signer's password";
  std::optional<base::Secret> for_all;
  if (arguments.has("ds-password-file")) {
    for_all = base::read_password_file(arguments.text("ds-password-file"), doing);
  }
  DocumentSigners signers;
  for (const ListedSigner& listed : listed_signers(arguments)) {
    std::optional<base::Secret> own;
    if (listed.password_file) own = base::read_password_file(*listed.password_file, doing);
    signers.kept.push_back(load(listed, own ? *own : for_all ? *for_all : own_password));
    signers.offered.push_back({*signers.kept.back(), listed.limit});
  }
  return signers;
}

// Of the file or of the token: where both have one, the cards of this signer would get the keys of another.
std::unique_ptr<keystore::MacKey> open_master_key(const Home& home, const cli::Arguments& arguments,
                                                  const base::Secret& own_password) {
  if (!arguments.has("master-key")) {
    return std::make_unique<keystore::MemoryMacKey>(load_master_key(home.master_key(), own_password));
  }
  if (std::filesystem::exists(home.master_key())) {
    throw base::Error(base::Fault::FixConfiguration, "opening the card-management master key",
                      fmt::format("{}: is there as well as --master-key; a signer has one, so make its directory with "
                                  "--master-key-in-token",
                                  home.master_key().string()));
  }
  const std::string address = arguments.text("master-key");
  if (!arguments.has("master-key-password-file")) return keystore::open_token_secret(address, own_password);
  return keystore::open_token_secret(
      address, base::read_password_file(arguments.text("master-key-password-file"), "reading the token's PIN"));
}

Settings settings_from(const Home& home, const cli::Arguments& arguments) {
  Settings settings = read_settings(home.settings());
  if (!arguments.has("limit")) return settings;
  const long limit = arguments.number("limit");
  if (limit < 0) throw base::Error(base::Fault::UsedWrongly, "serve", "--limit is a number of cards, 0 or more");
  settings.daily_limit = std::min<std::int64_t>(settings.daily_limit, limit);
  return settings;
}

cli::Exit serve(const cli::Arguments& arguments) {
  const Home home{arguments.text("data")};
  const std::string socket = arguments.text("socket");
  if (arguments.has("user")) net::become_user(arguments.text("user"));
  const net::StopSignals stop;
  net::hide_memory();
  const base::SystemClock clock;
  base::SystemRandom random;
  db::Connection store = open_ledger(home, clock);
  const HomeLock lock(home);
  net::Readiness ready("cccd-signer", arguments.text_or("ready-file", ""));
  const Settings settings = settings_from(home, arguments);
  const base::Secret password =
      base::read_password_file(arguments.text("password-file"), "reading the signer's password");
  const auto log_key = keystore::load_file(home.log_key(), password);
  const auto master_key = open_master_key(home, arguments, password);
  const DocumentSigners document_signers = load_document_signers(arguments, password);
  evidence::Log log = evidence::Log::open(home.log_folder(), *log_key, clock);
  TrustFile trust(home.trust());
  Signer signer({.store = store,
                 .log = log,
                 .trust = trust,
                 .document_signers = document_signers.offered,
                 .master_key = *master_key,
                 .clock = clock,
                 .random = random,
                 .settings = settings});
  net::Server server(
      "cccd-signer", socket, [&](std::string_view request, const Peer& peer) { return handle(request, signer, peer); },
      settings.request_time);
  ready.tell(socket);
  server.run(stop.descriptor());
  base::log::info("stopped by a signal");
  return cli::Exit::Done;
}

}  // namespace

cli::Verb serve_verb() {
  return {.name = "serve",
          .summary = "Serves a station over a Unix socket until it is stopped.",
          .positional = {},
          .declare =
              [](boost::program_options::options_description& o) {
                cli::add_text(o, "data", "the signer's data directory");
                cli::add_text(o, "socket", "path of the Unix socket; made with mode 0660");
                cli::add_text(o, "ds-cert", "the document signer's certificate, DER or PEM");
                cli::add_text(o, "ds-key",
                              "the document signer's key: a file, encrypted PKCS#8, or pkcs11:token=…;object=…");
                cli::add_text(o, "password-file", "first line: the password of the signer's own keys");
                cli::add_text(o, "ds-password-file",
                              "first line: the password or PIN of --ds-key (default: --password-file)");
                cli::add_text(o, "master-key",
                              "the card-management master key in a token (AES), pkcs11:token=…;object=…");
                cli::add_text(o, "master-key-password-file", "first line: its token's PIN (default: --password-file)");
                cli::add_text(o, "signers", "instead of --ds-cert and --ds-key: signers.toml, several that take turns");
                cli::add_number(o, "limit", "cards a day, at most; never more than signer.toml allows");
                cli::add_text(o, "user", "started as root: the system user to become before anything is opened");
                cli::add_text(o, "ready-file", "written (with the process id) once the socket is open");
              },
          .run = serve,
          .example =
              "cccd-signer serve --data DIR --socket /run/cccd/signer.sock --ds-cert ds.cer --ds-key ds.p8 "
              "--password-file FILE"};
}

}  // namespace signing
