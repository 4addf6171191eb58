#include "tests/issuance/production_world.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "issuance/cases/order.h"
#include "issuance/signing/protocol.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "pki/x509/issue/issue.h"
#include "tests/issuance/sample.h"

namespace production_test {

namespace {

base::Bytes signed_by(std::variant<x509::issue::LintedCertificate, base::Findings> linted,
                      const keystore::SigningKey& issuer) {
  auto* const permit = std::get_if<x509::issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "the shipped profile passes its own lint");
  return x509::issue::sign(std::move(*permit), issuer);
}

Pki make_pki(std::uint64_t seed) {
  using namespace x509::issue;
  base::SeededRandom random(seed);
  const Profile& profile = shipped_profile();
  const int years = profile.card_validity.longest_years();
  const base::Moment made_at = *base::parse_rfc3339("2026-11-22T03:00:00Z");
  const auto csca_key = keystore::generate(keystore::Curve::BrainpoolP512r1, random);
  auto key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  const auto csca_body = csca_draft(profile, csca_key->public_key_explicit(), random_serial(random), made_at, years);
  base::Bytes csca =
      signed_by(x509::issue::lint(csca_body, {.csca = nullptr, .now = made_at, .profile = profile}), *csca_key);
  const auto parsed = x509::format::parse_certificate(csca);
  const auto body = signer_draft(profile, parsed, key->public_key_explicit(), random_serial(random), made_at, years);
  base::Bytes certificate =
      signed_by(x509::issue::lint(body, {.csca = &parsed, .now = made_at, .profile = profile}), *csca_key);
  return {std::move(csca), std::make_unique<sod::issue::DocumentSigner>(std::move(key), std::move(certificate))};
}

base::Secret key_bytes(std::uint8_t seed, std::size_t octets) {
  return base::Secret(base::Bytes(octets, seed));
}

std::string blank_chip(const std::string& serial, std::uint8_t seed, std::size_t octets) {
  simulator::KeySet keys;
  keys.version = 0x30;
  keys.enc = key_bytes(seed, octets);
  keys.mac = key_bytes(static_cast<std::uint8_t>(seed + 1), octets);
  keys.dek = key_bytes(static_cast<std::uint8_t>(seed + 2), octets);
  return simulator::encode_state(simulator::blank_state(serial, std::move(keys)));
}

// Loaded once: a layout brings its fonts.
artwork::Layout shipped_layout(const std::string& form) {
  static std::map<std::string, artwork::Layout> loaded;
  const auto found = loaded.find(form);
  return found != loaded.end() ? found->second : loaded.emplace(form, artwork::Layout::embedded(form)).first->second;
}

}  // namespace

const Pki& trusted_pki() {
  static const Pki pki = make_pki(31);
  return pki;
}

const Pki& foreign_pki() {
  static const Pki pki = make_pki(32);
  return pki;
}

ChipInReader::ChipInReader(const std::string& serial, std::uint8_t key_seed, std::size_t key_octets)
    : random_(std::stoull(serial, nullptr, 16)),
      store_(simulator::decode_state(blank_chip(serial, key_seed, key_octets), "test")),
      chip_(store_, random_) {
  chip_.reset();
}

apdu::Response ChipInReader::transmit(const apdu::Command& command) {
  const auto response = apdu::decode_response(chip_.transmit(apdu::encode(command)));
  base::ensure(response.has_value(), "a chip answers with a status word");
  return *response;
}

std::string FakeRegistry::answer(const std::string&, const std::string& case_id) {
  document::RegistryAnswer content = sample::answer(case_id);
  content.at = at;
  content.cards = cards;
  if (person) {
    content.person = person;
    content.number = person->number.text();
  }
  return evidence::sign_statement("answer", document::to_json(content), key_);
}

base::Findings FakeRegistry::answer_change(std::string what) {
  if (!refusal.failed()) told.push_back(std::move(what));
  return std::exchange(refusal, {});
}

base::Findings FakeRegistry::mark(const std::string&, const std::string& case_id, bool open) {
  return answer_change((open ? "open " : "closed ") + case_id);
}

base::Findings FakeRegistry::record_card(const std::string&, const std::string&, const cases::DeliveredCard& card) {
  return answer_change("card " + card.serial);
}

base::Findings FakeRegistry::record_approvals(const std::string&, const std::string&,
                                              const std::string& told_approvals) {
  approvals = told_approvals;
  EXPECT_TRUE(told.empty()) << "who approved is told before anything is changed";
  return approvals_refusal;
}

base::Findings FakeRegistry::report_lost(const std::string&, const std::string& serial) {
  return answer_change("lost " + serial);
}

base::Findings FakeRegistry::revoke_card(const std::string&, const std::string& serial) {
  return answer_change("revoked " + serial);
}

World::World(const Pki& pki, std::size_t key_octets)
    : signer_side(key_octets),
      registry(*signer_side.registry),
      log_key(signing_test::new_key(77)),
      database(db::Connection::open(folder / "station.db", db::Mode::Create)),
      log(evidence::Log::open(folder / "log", *log_key, signer_side.clock)),
      store((cases::CaseStore::migrate(database, signer_side.clock), database), &log, signer_side.clock,
            signer_side.random),
      transport_keys{.version = 0x30,
                     .keys = {key_bytes(0x40, key_octets), key_bytes(0x41, key_octets), key_bytes(0x42, key_octets)}},
      client_(folder / "socket") {
  profile.key_size = key_octets;
  trust.add_anchor(trusted_pki().csca, "test CSCA");
  for (const auto& [account, person, role, key] :
       {std::tuple{"chi", "P-3", cases::Role::Receiver, signer_side.chi.get()},
        {"an", "P-1", cases::Role::Checker, signer_side.an.get()},
        {"binh", "P-2", cases::Role::Approver, signer_side.binh.get()},
        {"duc", "P-1", cases::Role::Approver, signer_side.duc.get()}}) {
    store.officers().add({account, person, role, key->public_key_named()}, signer_side.clock.now());
  }
  signer_ = std::make_unique<signing::Signer>(signing::Workplace{.store = signer_side.store,
                                                                 .log = *signer_side.log,
                                                                 .trust = *signer_side.trust,
                                                                 .document_signers = {{*pki.signer}},
                                                                 .master_key = signer_side.master,
                                                                 .clock = signer_side.clock,
                                                                 .random = signer_side.random,
                                                                 .settings = signer_side.settings});
  server_ = std::make_unique<net::Server>(
      "cccd-signer", folder / "socket",
      [this](std::string_view request, const signing::Peer& peer) { return signing::handle(request, *signer_, peer); },
      std::chrono::seconds(10));
  base::ensure(::pipe(stop_) == 0, "a pipe to stop the signer");
  serving_ = std::thread([this] { server_->run(stop_[0]); });
}

World::~World() {
  stop_signer();
  ::close(stop_[0]);
}

void World::stop_signer() {
  if (!serving_.joinable()) return;
  ::close(stop_[1]);
  serving_.join();
  server_.reset();
}

void World::vet(const std::string& case_id) {
  const auto begun = store.journal().begin(case_id, "vet", cases::kStation, {});
  cases::Step step = std::get<cases::Step>(begun);
  auto answer = vetting::open_answer(registry.answer("", case_id), signer_side.registry->public_key_named(),
                                     application.number, case_id, std::nullopt);
  auto checked = vetting::vet(case_id, application, std::move(std::get<vetting::TrustedAnswer>(answer)),
                              vetting::RuleSet::shipped(), signer_side.clock.today());
  const auto& passed = std::get<vetting::CheckedCase>(checked);
  const auto order = cases::make_order(passed, "chi", signer_side.clock.now(), signer_side.random);
  step.walk({"vetting-passed"}, {}, [&] {
    store.keep_answer(case_id, passed.answer().jws());
    store.keep_order(case_id, approval::order_sha256(order), cases::sign_order(order, *signer_side.station));
  });
}

void World::approve(const std::string& case_id, const std::string& account, const keystore::SigningKey& key,
                    bool last) {
  const auto payload =
      evidence::open_statement(store.current_order_jws(case_id), "order", signer_side.station->public_key_named());
  const auto content = approval::make_approval(document::card_order_from_json(*payload), account,
                                               signer_side.clock.now(), signer_side.random);
  auto begun = store.journal().begin(case_id, "approve", {account, store.officers().need(account).role}, {});
  std::set<std::string> facts{"approval-counts"};
  if (last) facts.insert("two-officers");
  std::get<cases::Step>(begun).walk(
      facts, {}, [&] { store.keep_approval(store.current_order(case_id), content, approval::sign(content, key)); });
}

std::string World::approved_case() {
  const std::string id = open_case();
  vet(id);
  approve_twice(id);
  return id;
}

std::string World::open_case() {
  return std::get<std::string>(store.open(application, store.officers().need("chi"), *signer_side.chi));
}

void World::approve_twice(const std::string& case_id) {
  approve(case_id, "an", *signer_side.an, false);
  approve(case_id, "binh", *signer_side.binh, true);
}

void World::write_off(const std::string& serial, const std::string& case_id) {
  db::Transaction change(signer_side.store);
  signing::Ledger(signer_side.store).write_off(serial, case_id);
  change.commit();
}

production::Bench World::bench(const std::string& case_id, transport::Channel& card) {
  return {
      .store = store,
      .judges = {.registry_key = signer_side.registry->public_key_named(),
                 .station_key = signer_side.station->public_key_named()},
      .signer = client_,
      .card = card,
      .profile = profile,
      .blocks = blocks,
      .transport_keys = &transport_keys,
      .layout = shipped_layout,
      .trust = trust,
      .trust_point = trust_point,
      .station_key = *signer_side.station,
      .clock = signer_side.clock,
      .random = signer_side.random,
      .work = folder / ("work-" + case_id),
      // In a reader a reset; here, where a tear may stand before the chip, the command after which the MF is current.
      .restart_card = [&card] {
        card.transmit({0x00, 0xA4, 0x04, 0x00, {}, 256});
      }};
}

production::Produced World::produce(const std::string& case_id, transport::Channel& card, production::Until until) {
  production::Bench at = bench(case_id, card);
  return production::produce(at, case_id, until);
}

long World::signatures() const {
  const auto events = signer_side.logged_events();
  return std::ranges::count(events, "card.signed");
}

}  // namespace production_test
