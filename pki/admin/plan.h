#pragma once
// A ceremony as one reviewed file (docs/formats/ceremony-plan.md): who keeps the keys and for whom cards are issued,
// who has to approve, and every key, certificate and list that will be made, in order. Read and judged whole before any
// key is touched; nothing here opens a key store.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/name.h"
#include "pki/x509/issue/kind.h"

namespace admin {

// Who may be asked for an approval: an account, its organisation, and a certificate as `ceremony custodian` makes it.
struct Custodian {
  std::string name, organisation;
  std::filesystem::path file;  // of the certificate
  base::Bytes certificate;     // its octets
  base::Bytes public_key;      // SubjectPublicKeyInfo, P-256
};

// A key by its address: a file (relative to the plan's outputs when it is made, to the plan when it is there already)
// or a PKCS#11 URI (RFC 7512). The password file's first line opens it.
struct PlannedKey {
  std::string address;
  std::optional<keystore::KeyKind> kind;  // nullopt: it is there already
  std::filesystem::path password_file;
  bool in_token() const { return keystore::is_token_address(address); }
};

// What comes from the other machine, by the hash that was read aloud there.
struct CarriedFile {
  std::filesystem::path file;
  std::string sha256;  // upper-case hexadecimal
};

struct Step {
  enum class Do {
    Authority,    // a CSCA that an earlier ceremony made, brought in to certify
    Csca,         // a new root; with `successor_of`, a new key of that CSCA and the link certificate
    Certificate,  // a signer under a CSCA: `kind`
    Cvca,         // card-verifiable: the root of the readers' PKI
    Dv,           // a document verifier under it
    Is,           // an inspection system under that
    MasterList,   // a signed list of CSCA certificates
    Crl,          // a revocation list of a CSCA, empty when nothing is revoked
    Request,      // a new key and a request for its certificate, to be carried to an offline root
    Accept,       // the certificate that came back, for a key that is here
  };
  Do what = Do::Csca;
  std::string name;
  int line = 0;  // in the plan
  x509::issue::Kind kind = x509::issue::Kind::Csca;
  std::string issuer;                         // the earlier step that signs; empty: none does
  std::optional<PlannedKey> key;              // made, or opened for Authority and Accept; nullopt: the step needs none
  std::optional<x509::format::Name> subject;  // nullopt: the profile's
  std::filesystem::path certificate;          // made, or read for Authority
  std::filesystem::path request;              // made, of Request
  std::optional<CarriedFile> carried;         // of Certificate: the request; of Accept: the certificate
  std::filesystem::path csca;                 // of Accept: read, who has to have signed it
  std::filesystem::path link;                 // made, of a successor
  std::filesystem::path book;                 // ca.db: made by a first root, read for Authority
  std::string reference;                      // CHR of a card-verifiable certificate
  std::string rights;                         // of Dv and Is: "fingers", "iris", "fingers+iris"
  bool foreign = false;                       // of Dv
  int days = 0;                               // validity of a card-verifiable certificate, or until the next CRL
  std::vector<std::string> of;                // of a master list: the steps whose CSCAs and links it holds

  std::vector<std::filesystem::path> makes() const;  // every file that the step leaves, relative to the output folder
};

// One file that a ceremony reads beside its plan, as it was when the plan was read: who approves the plan approves
// these octets. Passwords are none of them; a key that is there already is bound by its certificate.
struct ReadFile {
  std::string what;            // custodian, profile, authority, book, csca, carried
  std::string name;            // of the custodian or the step; of a profile: "profile"
  std::filesystem::path file;  // empty: the shipped profile
  std::string sha256;          // upper-case hexadecimal. Of a book, which goes on: of the first certificate in it; of a
                               // carried file: as the plan names it
  base::Bytes content;         // empty for a book and a carried file
};

struct Plan {
  std::string name, purpose;
  base::Moment not_before, not_after;   // when it may be run: an approval is for then and not for ever
  std::string key_keeper, card_issuer;  // two organisations
  int quorum = 0;
  std::vector<Custodian> custodians;
  std::vector<std::string> witnesses;  // who is present and signs nothing
  std::filesystem::path folder;        // of the plan: what it reads is named from here
  std::filesystem::path profile;       // of certificates; empty: the shipped one
  std::vector<Step> steps;
  std::string sha256;           // of the file's octets, upper-case hexadecimal
  std::vector<ReadFile> reads;  // custodians, profile, then by the steps
  // What is approved: SHA-256 over the plan and everything that it reads (docs/formats/ceremony-plan.md).
  std::string whole_sha256;

  const Step& step(std::string_view name) const;                             // ensure: it is there
  const ReadFile& read(std::string_view what, std::string_view name) const;  // ensure: it is there
};

// Error{FixConfiguration} with file and line for everything that is wrong: an unknown field, a name or a key that is
// used twice, an issuer that cannot issue this, one organisation in both roles, too few custodians, an output outside
// the folder, a file beside the plan that is not there, a book that is another authority's.
Plan read_plan(const std::filesystem::path& file);

}  // namespace admin
