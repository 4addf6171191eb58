#include "issuance/station/station.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/cases/order.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/text/text.h"
#include "pki/evidence/statement.h"

namespace station {

Station::Station(Home home, const base::Clock& clock, base::Random& random)
    : home_(std::move(home)), settings_(read_settings(home_)), clock_(clock), random_(random) {
  open_store(db::Mode::ReadOnly);
}

Station::Station(Home home, const base::Secret& password, const base::Clock& clock, base::Random& random)
    : home_(std::move(home)),
      settings_(read_settings(home_)),
      clock_(clock),
      random_(random),
      password_(base::Secret::copy_of(password.reveal())),
      log_key_(keystore::load_file(home_.log_key(), password)),
      log_(evidence::Log::open(home_.log(), *log_key_, clock_)) {
  open_store(db::Mode::Existing);
  store_->journal().log_posted();
}

void Station::open_store(db::Mode mode) {
  database_ = db::Connection::open(home_.database(), mode);
  if (mode != db::Mode::ReadOnly) cases::CaseStore::migrate(*database_, clock_);
  store_ = std::make_unique<cases::CaseStore>(*database_, log_ ? &*log_ : nullptr, clock_, random_);
}

const base::Secret& Station::password() const {
  base::ensure(password_.has_value(), "only a station that acts has its password");
  return *password_;
}

cases::Judges Station::judges() const {
  return {.registry_key = base::read_file(home_.registry_public(), "reading the registry's public key"),
          .station_key = base::read_file(home_.statement_public(), "reading the station's public key")};
}

const keystore::SigningKey& Station::statement_key() {
  base::ensure(password_.has_value(), "a station that only reads signs nothing");
  if (!statement_key_) statement_key_ = keystore::load_file(home_.statement_key(), *password_);
  return *statement_key_;
}

StepAnswer Station::stand(const std::string& case_id, base::Findings findings) {
  return {.case_id = case_id,
          .state = case_id.empty() ? "" : store_->journal().state(case_id),
          .findings = std::move(findings),
          .order_sha256 = case_id.empty() ? "" : store_->current_order(case_id),
          .rule_set = vetting::RuleSet::shipped().version()};
}

StepAnswer Station::open_case(std::string_view application, const std::filesystem::path& folder,
                              const cases::StationOfficer& receiver, const keystore::SigningKey& receiver_key) {
  vetting::ApplicationReading reading = vetting::parse_application(application, folder);
  if (!reading.application) return stand({}, std::move(reading.findings));
  auto opened = store_->open(*reading.application, receiver, receiver_key);
  if (auto* findings = std::get_if<base::Findings>(&opened)) return stand({}, std::move(*findings));
  return stand(std::get<std::string>(opened), std::move(reading.findings));
}

namespace {

// A card that will hold fewer than two fingers: the order says so, and whoever approves it is told.
base::Findings what_the_approver_must_know(const document::CardOrder& order) {
  base::Findings findings;
  const vetting::Rule* const rule = vetting::RuleSet::shipped().rule("FINGERS_NOT_TAKEN");
  if (!order.fingers_missing.empty() && rule != nullptr) {
    findings.warn(rule->id, rule->field, fmt::format("{} / {} ({})", rule->vi, rule->en, order.fingers_missing));
  }
  return findings;
}

// What the log says of a vetting; no value of a person is in it.
nlohmann::json logged(const vetting::Result& result) {
  nlohmann::json said = {{"rule_set", result.rule_set}, {"evidence", result.evidence}};
  if (!result.answer_sha256.empty()) said["answer_sha256"] = result.answer_sha256;
  const auto codes = result.codes();
  if (!codes.empty()) said["codes"] = codes;
  return said;
}

}  // namespace

StepAnswer Station::vetted(const std::string& case_id, const vetting::Result& result) {
  StepAnswer answer = stand(case_id, vetting::to_findings(result));
  answer.vetting = result;
  return answer;
}

// A vetting that stops the case: refused or held.
StepAnswer Station::stop(cases::Step& step, const std::string& case_id, const vetting::Result& result,
                         cases::RegistryClient* registry) {
  const bool refused = result.outcome() == vetting::Outcome::Refused;
  // A case that ends gives its number free; one that was never marked changes nothing by it.
  if (refused && registry != nullptr) registry->mark(store_->application(case_id).number, case_id, false);
  step.walk({refused ? "vetting-refused" : "vetting-held"}, logged(result),
            [&] { store_->keep_vetting(case_id, result); });
  return vetted(case_id, result);
}

StepAnswer Station::hold_open_elsewhere(cases::Step& step, const vetting::CheckedCase& checked,
                                        const base::Findings& marked) {
  vetting::Result result = checked.result();
  for (const base::Finding& finding : marked.list()) {
    if (finding.severity != base::Severity::Fail) continue;
    const vetting::Rule* rule = vetting::RuleSet::shipped().rule(finding.code);
    result.findings.push_back({.code = finding.code,
                               .severity = vetting::Severity::Hold,
                               .field = "number",
                               .position = 0,
                               .legal = rule != nullptr ? rule->legal : "",
                               .vi = rule != nullptr ? rule->vi : finding.text,
                               .en = rule != nullptr ? rule->en : finding.text,
                               .evidence = {"register.cases"},
                               .closing = {}});
  }
  step.walk({"vetting-held"}, logged(result), [&] { store_->keep_vetting(checked.case_id(), result); });
  return vetted(checked.case_id(), result);
}

StepAnswer Station::make_order(cases::Step& step, const vetting::CheckedCase& checked, base::Findings findings) {
  const std::string& case_id = checked.case_id();
  const auto order = cases::make_order(checked, store_->receiver(case_id), clock_.now(), random_);
  const std::string sha256 = approval::order_sha256(order);
  const std::string jws = cases::sign_order(order, statement_key());
  nlohmann::json said = logged(checked.result());
  said["order_sha256"] = sha256;
  step.walk({"vetting-passed"}, said, [&] {
    store_->keep_vetting(case_id, checked.result());
    store_->keep_answer(case_id, checked.answer().jws());
    store_->keep_order(case_id, sha256, jws);
  });
  StepAnswer answer = vetted(case_id, checked.result());
  findings.add(answer.findings);
  answer.findings = std::move(findings);
  return answer;
}

StepAnswer Station::vet(const std::string& case_id, cases::RegistryClient& live, Network network) {
  store_->need(case_id);
  auto begun = store_->journal().begin(case_id, "vet", cases::kStation, {});
  if (auto* findings = std::get_if<base::Findings>(&begun)) return stand(case_id, std::move(*findings));
  auto& step = std::get<cases::Step>(begun);

  const vetting::RuleSet& rules = vetting::RuleSet::shipped();
  vetting::Application application = store_->application(case_id);
  const std::string number = application.number;
  const vetting::Result before = vetting::check_application(application, rules, clock_.today());
  if (!document::CitizenNumber::parse(number)) return stop(step, case_id, before, nullptr);

  const bool may_wait = network == Network::Absent || extracts().current();
  QueuedRegistry registry = queued(live, network == Network::Absent ? Undelivered::Ahead
                                         : may_wait                 ? Undelivered::Waits
                                                                    : Undelivered::Fails);
  auto answer = answer_about(number, case_id, registry, network);
  if (auto* findings = std::get_if<base::Findings>(&answer)) {
    step.stay(findings->failing_codes());
    return stand(case_id, std::move(*findings));
  }
  auto vetted =
      vetting::vet(case_id, std::move(application), std::move(std::get<vetting::TrustedAnswer>(answer)), rules,
                   clock_.today(), {.receiver = store_->receiver_person(case_id), .now = clock_.now()});
  if (const auto* result = std::get_if<vetting::Result>(&vetted)) return stop(step, case_id, *result, &registry);
  // Between question and mark another station may have opened a case: the registry decides who was first.
  base::Findings marked = registry.mark(number, case_id, true);
  if (marked.failed()) return hold_open_elsewhere(step, std::get<vetting::CheckedCase>(vetted), marked);
  store_->journal().log_posted();
  return make_order(step, std::get<vetting::CheckedCase>(vetted), std::move(marked));
}

StepAnswer Station::approve(const std::string& case_id, const cases::StationOfficer& officer,
                            const keystore::SigningKey& officer_key) {
  store_->need(case_id);
  const cases::Actor actor{.account = officer.account, .role = officer.role};
  const auto no = [&](base::Findings findings) {
    store_->journal().refused(case_id, "approve", actor, findings.failing_codes());
    return stand(case_id, std::move(findings));
  };
  auto checked = store_->load_checked(case_id, judges());
  if (auto* findings = std::get_if<base::Findings>(&checked)) return no(std::move(*findings));
  const std::string receiver = store_->receiver(case_id);
  auto opened = cases::open_order(store_->current_order_jws(case_id), judges().station_key,
                                  std::get<vetting::CheckedCase>(checked), receiver, clock_.now());
  if (auto* findings = std::get_if<base::Findings>(&opened)) return no(std::move(*findings));
  const auto& order = std::get<document::CardOrder>(opened);

  const approval::Approval content = approval::make_approval(order, officer.account, clock_.now(), random_);
  const std::string jws = approval::sign(content, officer_key);
  std::vector<std::string> approvals = store_->approvals(case_id);
  approvals.push_back(jws);
  const auto trusted = store_->officers().trusted();
  const auto spent = store_->spent_nonces();
  const auto check = [&](std::span<const approval::Rule> rules) {
    return approval::check_approvals(order, trusted.person_of(receiver), approvals, trusted, clock_.now(), spent,
                                     rules);
  };
  base::Findings findings = check(approval::rules_without("APPROVAL_MISSING"));
  if (findings.failed()) return no(std::move(findings));

  std::set<std::string> facts{"approval-counts"};
  if (!check(approval::all_rules()).failed()) facts.insert("two-officers");
  const std::string sha256 = approval::order_sha256(order);
  auto begun = store_->journal().begin(case_id, "approve", actor, {{"order_sha256", sha256}});
  if (auto* refused = std::get_if<base::Findings>(&begun)) return stand(case_id, std::move(*refused));
  std::get<cases::Step>(begun).walk(facts, {{"order_sha256", sha256}, {"approval_sha256", evidence::sha256_text(jws)}},
                                    [&] { store_->keep_approval(sha256, content, jws); });
  return stand(case_id, what_the_approver_must_know(order));
}

StepAnswer Station::refuse(const std::string& case_id, const cases::StationOfficer& officer,
                           const cases::GivenReason& reason, cases::RegistryClient& registry) {
  store_->need(case_id);
  auto begun = store_->journal().begin(case_id, "refuse", {.account = officer.account, .role = officer.role}, {});
  if (auto* findings = std::get_if<base::Findings>(&begun)) return stand(case_id, std::move(*findings));
  const std::string number = store_->application(case_id).number;
  if (document::CitizenNumber::parse(number)) registry.mark(number, case_id, false);
  const std::string commitment = store_->keep_reason(case_id, "refuse", reason.text, reason.legal);
  std::get<cases::Step>(begun).walk({"reason-given"}, {{"reason", commitment}});
  return stand(case_id);
}

StepAnswer Station::revoke(const std::string& case_id, const cases::StationOfficer& officer, const std::string& ground,
                           const std::string& reason, cases::RegistryClient& registry) {
  store_->need(case_id);
  const vetting::Closing* closing = vetting::RuleSet::shipped().closing(ground);
  if (closing == nullptr || closing->act != vetting::Closing::Act::Revoke) {
    throw base::Error(base::Fault::UsedWrongly, "revoking a card",
                      "--ground is none on which a card is revoked; docs/formats/vetting-rules.md lists them");
  }
  auto begun = store_->journal().begin(case_id, "revoke", {.account = officer.account, .role = officer.role}, {});
  if (auto* findings = std::get_if<base::Findings>(&begun)) return stand(case_id, std::move(*findings));
  auto& step = std::get<cases::Step>(begun);
  const auto card = store_->card(case_id);
  base::ensure(card.has_value(), "a delivered case has a card");
  base::Findings findings = registry.revoke_card(store_->application(case_id).number, card->serial);
  if (findings.failed()) {
    step.stay(findings.failing_codes());
    return stand(case_id, std::move(findings));
  }
  const std::string commitment = store_->keep_reason(case_id, "revoke", reason, closing->legal);
  step.walk({"reason-given", "registry-recorded"},
            {{"reason", commitment}, {"serial", card->serial}, {"ground", closing->code}});
  return stand(case_id);
}

std::unique_ptr<keystore::SigningKey> open_officer_key(const Home& home, const cases::StationOfficer& officer,
                                                       const base::Secret& password) {
  auto key = keystore::load_file(home.officer_key(officer.account), password);
  if (key->public_key_named() != officer.public_key) {
    throw base::Error(base::Fault::TreatAsAttack, "opening an officer's key",
                      fmt::format("the key file of {} is not the key that the officer book has", officer.account));
  }
  return key;
}

void add_officer(const Home& home, const NewOfficer& officer, const base::Secret& password, const base::Clock& clock,
                 base::Random& random) {
  const auto& [account, person, role, certificate] = officer;
  read_settings(home);
  db::Connection database = db::Connection::open(home.database(), db::Mode::Existing);
  cases::CaseStore::migrate(database, clock);
  cases::OfficerBook book(database);
  if (book.find(account)) {
    throw base::Error(base::Fault::FixConfiguration, "entering an officer", "the account is there already");
  }
  keystore::generate_into_file(keystore::Curve::P256, home.officer_key(account), password, random);
  const auto key = keystore::load_file(home.officer_key(account), password);
  base::write_new_file(home.officer_certificate(account),
                       x509::issue::issue_officer_certificate(certificate, *key, account, clock.now(), random),
                       "writing an officer's certificate");
  db::Transaction change(database);
  book.add({.account = account, .person = person, .role = role, .public_key = key->public_key_named()}, clock.now());
  cases::Journal(database, nullptr, clock, cases::CaseTable::shipped())
      .post("officer.added", {{"account", account},
                              {"person", person},
                              {"role", std::string(cases::role_name(role))},
                              {"key", evidence::key_id(key->public_key_named())}});
  change.commit();
}

void check_reason(const std::string& reason) {
  constexpr std::size_t kLongest = 200;
  if (!reason.empty() && reason.size() <= kLongest && text::is_plain_line(reason)) return;
  throw base::Error(
      base::Fault::UsedWrongly, "reading the reason",
      fmt::format("--reason is one line of up to {} bytes: letters, digits, spaces, . , ' - / ( ) : ;", kLongest));
}

}  // namespace station
