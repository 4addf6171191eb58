#pragma once
// A signer with everything around it, and a station that can lie: keys for everybody, one good order, and the pieces to
// spoil it with. Time and randomness are fixed.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "issuance/approval/approval.h"
#include "issuance/signing/home.h"
#include "issuance/signing/signer.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/registry_answer.h"
#include "smartcard/lds/security_infos.h"
#include "tests/base/folder.h"

namespace signing_test {

inline constexpr const char* kSerial = "0102030405060708";
inline constexpr const char* kOtherSerial = "0102030405060709";
inline constexpr const char* kForeignSerial = "FFFFFFFFFFFFFFFF";  // in no stock

using Key = std::unique_ptr<keystore::SigningKey>;
Key new_key(std::uint64_t seed);  // P-256

// Document signers are slow to make: one for all tests, with its own CSCA, good from 2026-11-01.
const sod::issue::DocumentSigner& document_signer();
// A DS certificate for this key under a new CSCA, made by the shipped profile one day before `now`.
base::Bytes certificate_for(const keystore::SigningKey& document_signer_key, base::Moment now);
// SubjectPublicKeyInfo of an RSA key.
base::Bytes rsa_public_key(int bits = 2048);

// The same of a new EC key.
base::Bytes ec_public_key(const char* curve = "brainpoolP256r1");
// What a chip with this key for chip authentication has as EF.DG14, but for what a test changes.
lds::SecurityInfos security_infos_of(base::Bytes ca_public_key);

base::Bytes kdd_of(const std::string& serial);

class World {
 public:
  explicit World(std::size_t master_key_octets = 16);

  base::FixedClock clock;
  test::Folder folder;
  base::SeededRandom random{7};
  signing::Home home;
  // an and binh approve, chi receives; duc is a second account of an; rogue is in no directory.
  Key registry, station, an, binh, chi, duc, rogue, log_key;
  keystore::MemoryMacKey master;
  db::Connection store;
  std::unique_ptr<evidence::Log> log;
  std::unique_ptr<signing::TrustFile> trust;
  signing::Settings settings;

  signing::Signer signer();  // a new one over the same directory, as after a restart
  signing::Signer signer_with(const sod::issue::DocumentSigner& other);
  signing::Signer signer_of(std::vector<signing::OfferedSigner> offered);
  signing::Signer signer_without_rule(std::string_view code);

  document::RegistryAnswer answer() const;
  std::string sign_answer(const document::RegistryAnswer& answer) const;
  // The order that fits `answer_jws`.
  document::CardOrder order(const std::string& answer_jws) const;
  std::string sign_order(const document::CardOrder& order) const;
  std::string approve(const document::CardOrder& order, const std::string& account, const keystore::SigningKey& key);

  // A whole good case: the order, its evidence, and what the station wants signed for `serial`.
  struct Case {
    document::CardOrder order;
    signing::OrderEvidence evidence;
  };
  Case good_case();
  Case good_case_about(const document::RegistryAnswer& answer);
  // The same answer, another order, approved by an and binh.
  Case case_of(const document::CardOrder& order, const std::string& answer_jws);
  signing::SignRequest sign_request(const Case& c, const std::string& assignment, const std::string& serial = kSerial);

  std::vector<std::string> logged_events() const;
  base::Bytes dg14 = {}, dg15 = {};  // of the chip
  void take_another_chip();          // other keys

 private:
  std::vector<approval::Rule> rules_;
};

// The failing codes of a refusal; empty when it was no refusal.
template <class Outcome>
std::vector<std::string> codes(const Outcome& outcome) {
  const auto* const findings = std::get_if<base::Findings>(&outcome);
  return findings != nullptr ? findings->failing_codes() : std::vector<std::string>{};
}

}  // namespace signing_test
