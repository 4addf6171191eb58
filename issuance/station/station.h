#pragma once
// One station at work: its store, its log, its keys, and what officers do with a case before production. Every refusal
// is an answer (findings); only the world's failures are thrown.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "issuance/cases/registry_client.h"
#include "issuance/cases/store.h"
#include "issuance/station/extract_book.h"
#include "issuance/station/home.h"
#include "issuance/station/registry_queue.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/issue/signatory.h"

namespace station {

// Where a case stands after a step, or that it stayed where it was.
struct StepAnswer {
  std::string case_id;
  std::string state;
  base::Findings findings;  // failed(): no card comes of it for now
  std::string order_sha256;
  std::string rule_set;
  std::optional<vetting::Result> vetting;  // of the vetting that this step was
};

enum class Network { Asked, Absent };  // whether the registry is asked, or the officer said that there is no network

// What came of telling the registry what had to wait.
struct SyncReport {
  int delivered = 0;
  std::vector<std::string> held;  // cases
  base::Findings findings;        // failed(): the registry refused something
};

class Station {
 public:
  // For reading: no key is needed, nothing is written.
  Station(Home home, const base::Clock& clock, base::Random& random);
  // For acting: opens the log with the station's password, and logs what was posted while it was closed.
  Station(Home home, const base::Secret& password, const base::Clock& clock, base::Random& random);

  const Home& home() const { return home_; }
  const Settings& settings() const { return settings_; }
  cases::CaseStore& store() { return *store_; }
  const base::Secret& password() const;  // of a station that acts
  const base::Clock& clock() const { return clock_; }
  base::Random& random() { return random_; }
  cases::Judges judges() const;
  const keystore::SigningKey& statement_key();  // opened at first use

  StepAnswer open_case(std::string_view application, const std::filesystem::path& folder,
                       const cases::StationOfficer& receiver, const keystore::SigningKey& receiver_key);
  // By a live answer; by the loaded extract when the registry does not answer. Findings besides those of vetting:
  // EXTRACT_NOT_LOADED, EXTRACT_EXPIRED, EXTRACT_NO_ENTRY.
  StepAnswer vet(const std::string& case_id, cases::RegistryClient& registry, Network network = Network::Asked);
  StepAnswer approve(const std::string& case_id, const cases::StationOfficer& officer,
                     const keystore::SigningKey& officer_key);
  StepAnswer refuse(const std::string& case_id, const cases::StationOfficer& officer, const cases::GivenReason& reason,
                    cases::RegistryClient& registry);
  // ground: the code of a [[closing]] of the rules that revokes (Error{UsedWrongly} for any other).
  StepAnswer revoke(const std::string& case_id, const cases::StationOfficer& officer, const std::string& ground,
                    const std::string& reason, cases::RegistryClient& registry);
  // A refused case is taken in by another receiver, who signs for it anew (APPEAL_SAME_OFFICER for one who acted in
  // it).
  StepAnswer appeal(const std::string& case_id, const cases::StationOfficer& receiver,
                    const keystore::SigningKey& receiver_key, const std::string& reason);
  // Vets again every held case under whose number the register has changed, or that waits for something that no version
  // tells of (another open case, a newer extract). One answer for each case that was vetted.
  std::vector<StepAnswer> resume(cases::RegistryClient& registry);
  // Asks the register for a correction of a field that the last vetting found to differ: "full_name", "birth" or "sex"
  // (Error{UsedWrongly} for any other). Findings: CASE_STATE unless the case is held, CORRECTION_NOT_DUE, the
  // registry's own.
  StepAnswer request_correction(const std::string& case_id, const std::string& field,
                                const cases::StationOfficer& officer, cases::RegistryClient& registry);

  // Without network (docs/formats/extract.md).
  ExtractBook extracts() { return {*database_, home_.extracts()}; }
  RegistryQueue queue() { return {*database_, store_->journal(), clock_, random_}; }
  // Changes go through the queue; `undelivered` says what becomes of one that the registry does not take now.
  QueuedRegistry queued(cases::RegistryClient& live, Undelivered undelivered);
  std::variant<extract::Header, base::Findings> load_extract(std::istream& in);
  // Delivers what waits, in its order. A case whose change the registry refuses is held. Throws when the registry does
  // not answer; what was delivered until then has left the queue.
  SyncReport sync(cases::RegistryClient& live);
  // Whether the case's order was made from an extract and is not signed yet: a live answer is then due.
  bool rests_on_extract(const std::string& case_id);
  // Before such a card is signed: what waits is delivered, the registry is asked again,
  // and its answer is kept for the signer. One that says something else (LIVE_ANSWER_DIFFERS) holds the case, which is
  // then vetted anew.
  base::Findings ask_before_signing(const std::string& case_id, cases::RegistryClient& live);

 private:
  std::variant<vetting::TrustedAnswer, base::Findings> answer_about(const std::string& number,
                                                                    const std::string& case_id,
                                                                    cases::RegistryClient& registry, Network network);
  // The station stops the case; false where it is in its life no such step exists.
  bool hold(const std::string& case_id, const std::vector<std::string>& codes);
  void open_store(db::Mode mode);
  StepAnswer stand(const std::string& case_id, base::Findings findings = {});
  StepAnswer stop(cases::Step& step, const std::string& case_id, const vetting::Result& result,
                  cases::RegistryClient* registry);
  StepAnswer hold_open_elsewhere(cases::Step& step, const vetting::CheckedCase& checked, const base::Findings& marked);
  StepAnswer make_order(cases::Step& step, const vetting::CheckedCase& checked, base::Findings findings);
  StepAnswer vetted(const std::string& case_id, const vetting::Result& result);

  Home home_;
  Settings settings_;
  const base::Clock& clock_;
  base::Random& random_;
  std::optional<base::Secret> password_;
  std::optional<db::Connection> database_;
  std::unique_ptr<keystore::SigningKey> log_key_, statement_key_;
  std::optional<evidence::Log> log_;
  std::unique_ptr<cases::CaseStore> store_;
};

// The key of an officer, opened with the officer's own password.
std::unique_ptr<keystore::SigningKey> open_officer_key(const Home& home, const cases::StationOfficer& officer,
                                                       const base::Secret& password);

struct NewOfficer {
  std::string account, person;
  cases::Role role;
  x509::issue::SignatoryProfile::Kind certificate = x509::issue::shipped_signatory_profile().officer;
};

// A new officer: encrypted key and certificate in keys/officers, and a line in the officer book.
void add_officer(const Home& home, const NewOfficer& officer, const base::Secret& password, const base::Clock& clock,
                 base::Random& random);

// What an officer may write as a reason: one plain line, up to 200 bytes. Error{UsedWrongly} otherwise.
void check_reason(const std::string& reason);

}  // namespace station
