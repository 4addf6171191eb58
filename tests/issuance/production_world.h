#pragma once
// A station with everything round it, in one process: registry, signer behind its real socket, chips, and a case that
// two officers approved. Time and randomness are fixed.

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "issuance/cases/registry_client.h"
#include "issuance/cases/store.h"
#include "issuance/production/block_sizes.h"
#include "issuance/production/produce.h"
#include "pki/base/net/server.h"
#include "pki/trust/trust_store.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/state.h"
#include "tests/issuance/sample.h"
#include "tests/issuance/signing_world.h"

namespace production_test {

// A document signer with its CSCA; `seed` makes another pair.
struct Pki {
  base::Bytes csca;
  std::unique_ptr<sod::issue::DocumentSigner> signer;
};
const Pki& trusted_pki();
const Pki& foreign_pki();

// A chip in a reader without a reader.
class ChipInReader final : public transport::Channel {
 public:
  explicit ChipInReader(const std::string& serial, std::uint8_t key_seed = 0x40, std::size_t key_octets = 16);
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return true; }
  void power_up() { chip_.reset(); }
  simulator::State state() const { return simulator::decode_state(store_.load(), "test"); }

 private:
  base::SeededRandom random_;  // of this serial: two chips make two keys
  mutable simulator::MemoryStore store_;
  simulator::Chip chip_;
};

class FakeRegistry final : public cases::RegistryClient {
 public:
  explicit FakeRegistry(const keystore::SigningKey& key) : key_(key) {}
  std::string answer(const std::string& number, const std::string& case_id) override;
  base::Findings mark(const std::string& number, const std::string& case_id, bool open) override;
  base::Findings record_card(const std::string& number, const std::string& case_id,
                             const cases::DeliveredCard& card) override;
  base::Findings record_approvals(const std::string& number, const std::string& case_id,
                                  const std::string& approvals) override;
  base::Findings report_lost(const std::string& number, const std::string& serial) override;
  base::Findings revoke_card(const std::string& number, const std::string& serial) override;
  cases::NumberStatus status(const std::string&) override { return {.status = "found", .version = 1}; }
  base::Findings request_correction(const std::string&, const std::string& case_id,
                                    const cases::WantedCorrection& wanted) override {
    told.push_back("correct " + wanted.field + " " + case_id);
    return {};
  }

  base::Moment at = sample::now();              // of its answers
  std::vector<document::RegisteredCard> cards;  // that the applicant holds
  std::optional<document::Person> person;       // the applicant, where it is not the sample's
  std::vector<std::string> told;                // "open 2026-000001", "card 00…", "lost 00…", "revoked 00…"
  std::string approvals;                        // of the order, the last that it was told
  base::Findings approvals_refusal;             // what it answers to them
  base::Findings refusal;                       // what it answers to the next change

 private:
  base::Findings answer_change(std::string what);
  const keystore::SigningKey& key_;
};

class World {
 public:
  // key_octets: of the master key, the transport keys and the keys of the profile's chips.
  explicit World(const Pki& pki = trusted_pki(), std::size_t key_octets = 16);
  ~World();

  // A case with an order that an and binh approved; chi took the application.
  std::string approved_case();
  std::string open_case();
  void approve_twice(const std::string& case_id);
  production::Produced produce(const std::string& case_id, transport::Channel& card,
                               production::Until until = production::Until::Accepted);
  production::Bench bench(const std::string& case_id, transport::Channel& card);
  void vet(const std::string& case_id);
  void approve(const std::string& case_id, const std::string& account, const keystore::SigningKey& key, bool last);
  void stop_signer();
  void write_off(const std::string& serial, const std::string& case_id);  // as cccd-signer stock spoil does
  long signatures() const;                                                // that the signer's log has
  std::string state(const std::string& case_id) { return store.journal().state(case_id); }

  vetting::Application application = sample::application();
  signing_test::World signer_side;
  test::Folder folder;
  FakeRegistry registry;
  signing_test::Key log_key;
  db::Connection database;
  evidence::Log log;
  cases::CaseStore store;
  personalization::TransportKeys transport_keys;
  trust::TrustStore trust;
  base::Bytes trust_point;  // that the chips are given; empty: none
  personalization::Profile profile = personalization::virtual_lds_profile();
  production::BlockSizes blocks{folder / "readers.json", "a reader", "virtual-lds"};

 private:
  std::unique_ptr<signing::Signer> signer_;
  std::unique_ptr<net::Server> server_;
  int stop_[2] = {-1, -1};
  std::thread serving_;
  signing::SignerClient client_;
};

}  // namespace production_test
