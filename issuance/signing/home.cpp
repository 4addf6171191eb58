#include "issuance/signing/home.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "issuance/signing/ledger.h"
#include "issuance/signing/master_key.h"
#include "issuance/signing/settings.h"
#include "issuance/signing/trust_directory.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/keystore/signing_key.h"

namespace signing {

namespace fs = std::filesystem;

void make_home(const Home& home, const base::Secret& password, base::Random& random, const base::Clock& clock,
               std::optional<std::size_t> master_key) {
  const std::string doing = "making the signer's data directory";
  if (fs::exists(home.settings()) || fs::exists(home.database())) {
    throw base::Error(base::Fault::FixConfiguration, doing,
                      fmt::format("{}: a signer lives there already; name another directory", home.folder.string()));
  }
  try {
    for (const fs::path& folder :
         {home.folder, home.log_folder(), home.trust().parent_path(), home.log_key().parent_path()}) {
      fs::create_directories(folder);
      fs::permissions(folder, folder == home.folder ? fs::perms(0750) : fs::perms(0700));
    }
  } catch (const fs::filesystem_error& error) {
    throw base::Error(base::Fault::FixConfiguration, doing,
                      fmt::format("{}: {}", home.folder.string(), error.code().message()));
  }
  keystore::generate_into_file(keystore::Curve::P256, home.log_key(), password, random);
  base::write_new_file(home.log_public_key(), keystore::load_file(home.log_key(), password)->public_key_named(), doing);
  if (master_key) make_master_key(home.master_key(), *master_key, password, random);
  write_trust(home.trust(), {});
  db::Connection store = db::Connection::open(home.database(), db::Mode::Create);
  store.migrate(Ledger::migrations(), clock);
  write_settings(home.settings(), Settings{});  // last: its presence says that the directory is complete
}

db::Connection open_ledger(const Home& home, const base::Clock& clock) {
  if (!fs::exists(home.settings())) {
    throw base::Error(base::Fault::FixConfiguration, "opening the signer's data directory",
                      fmt::format("{}: no signer lives there; make one with cccd-signer init --data DIR "
                                  "--password-file FILE",
                                  home.folder.string()));
  }
  db::Connection store = db::Connection::open(home.database(), db::Mode::Existing);
  store.migrate(Ledger::migrations(), clock);
  return store;
}

HomeLock::HomeLock(const Home& home) : descriptor_(::open(home.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  if (descriptor_ >= 0) ::close(descriptor_);
  throw base::Error(
      base::Fault::AskOperator, "starting the signer",
      fmt::format("{}: cannot be locked; another cccd-signer serves from this directory", home.lock().string()));
}

HomeLock::~HomeLock() {
  ::close(descriptor_);
}

}  // namespace signing
