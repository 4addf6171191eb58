#pragma once
// A station's directory (docs/formats/station-directory.md) and its settings, station.toml.

#include <filesystem>
#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace station {

struct Home {
  std::filesystem::path folder;

  std::filesystem::path settings() const { return folder / "station.toml"; }
  std::filesystem::path database() const { return folder / "station.db"; }
  std::filesystem::path log() const { return folder / "log"; }
  std::filesystem::path witnessed() const { return folder / "witnessed"; }  // of other programs' logs
  std::filesystem::path keys() const { return folder / "keys"; }
  std::filesystem::path statement_key() const { return keys() / "station.key"; }
  std::filesystem::path statement_public() const { return keys() / "station.pub.der"; }
  std::filesystem::path log_key() const { return keys() / "log.key"; }
  std::filesystem::path log_public() const { return keys() / "log.pub.der"; }
  std::filesystem::path officer_key(const std::string& account) const {
    return keys() / "officers" / (account + ".key");
  }
  std::filesystem::path officer_certificate(const std::string& account) const {
    return keys() / "officers" / (account + ".cer");
  }
  std::filesystem::path tls() const { return folder / "tls"; }  // what the registry is shown, and who signed its own
  std::filesystem::path registry_public() const { return folder / "trust" / "registry.pub.der"; }
  std::filesystem::path extracts() const { return folder / "extracts"; }
  std::filesystem::path block_sizes() const { return folder / "readers.json"; }
  std::filesystem::path registry_lock() const { return folder / "registry.lock"; }
  std::filesystem::path work(const std::string& case_id) const { return folder / "work" / case_id; }
};

// How cccd-registry is reached (docs/formats/tls.md).
struct RegistryAccess {
  std::string url;                    // "https://registry.example:7443"; empty: this station asks none
  std::filesystem::path certificate;  // of this station as a client
  std::filesystem::path key;          // its key, encrypted with the station's password
  std::filesystem::path ca;           // who signs the registry's certificate
};

struct Settings {
  RegistryAccess registry;
  std::filesystem::path signer_socket;
  std::vector<std::filesystem::path> csca;  // certificates that this station's inspection trusts
  std::filesystem::path cvca;    // certificate of the CVCA that the chips are to trust; empty: nobody may read fingers
  std::filesystem::path layout;  // of the card's faces; empty: the shipped form
  std::filesystem::path child_layout;  // … of a card for a child under six
  std::filesystem::path profile;       // of the chip; empty: the shipped one
};

// Every field is checked; a wrong, unknown or missing one is Error{FixConfiguration} with file:line. Relative paths
// start at the station's directory.
Settings read_settings(const Home& home);

// The certificate of a CVCA, whole: a chip is given it as the trust point of Terminal Authentication. A file that is
// none is Error{FixConfiguration}.
base::Bytes read_trust_point(const std::filesystem::path& file);

struct NewStation {
  Settings settings;                   // paths as given on the command line
  std::filesystem::path registry_key;  // the registry's public key; empty: none
};

// Makes the directory with keys, settings, copies of what is trusted, and an empty store. Refuses a folder that is
// there and not empty.
void make_station(const Home& home, const NewStation& wanted, const base::Secret& password, base::Random& random,
                  const base::Clock& clock);

}  // namespace station
