#include "issuance/signing/signer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/signing/card_keys.h"
#include "issuance/signing/content_checks.h"
#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "pki/evidence/statement.h"

namespace signing {

namespace {

constexpr std::size_t kIdBytes = 16;

nlohmann::json about(const OpenedOrder& opened, const Peer& peer) {
  return {{"case", opened.order.case_id}, {"order_sha256", opened.sha256}, {"uid", peer.uid}};
}

nlohmann::json about(const Binding& binding) {
  return {{"assignment", binding.id},
          {"case", binding.case_id},
          {"order_sha256", binding.order_sha256},
          {"serial", binding.serial}};
}

}  // namespace

Signer::Signer(const Workplace& workplace)
    : work_(workplace), ledger_(workplace.store), rotation_(workplace.store, workplace.document_signers) {
  settle();
  for (const Binding& binding : ledger_.unlogged_signatures()) log_signature(binding, binding.sod, true);
}

void Signer::settle() {
  bool logged = false;
  for (const OutboxEvent& entry : ledger_.outbox()) {
    work_.log.append(entry.event, nlohmann::json::parse(entry.data));
    ledger_.posted(entry.id);
    logged = true;
  }
  if (work_.trust.refresh()) {
    const TrustDirectory& trust = work_.trust.current();
    work_.log.append("trust.loaded", {{"sha256", work_.trust.sha256()},
                                      {"officers", trust.officers().size()},
                                      {"registries", trust.registries()},
                                      {"stations", trust.stations()}});
    logged = true;
  }
  if (logged) work_.log.checkpoint();
}

base::Findings Signer::refuse(std::string_view what, const OpenedOrder* opened, base::Findings findings,
                              const Peer& peer) {
  nlohmann::json data = {{"uid", peer.uid}};
  if (opened != nullptr) data = about(*opened, peer);
  data["codes"] = findings.failing_codes();
  work_.log.append(fmt::format("{}.refused", what), std::move(data));
  work_.log.checkpoint();
  base::log::warn("refused", {{"request", std::string(what)},
                              {"case", opened != nullptr ? opened->order.case_id : ""},
                              {"codes", fmt::format("{}", fmt::join(findings.failing_codes(), ","))}});
  return findings;
}

void Signer::refused_unread(const Peer& peer) {
  base::Findings findings;
  findings.fail("REQUEST_MALFORMED", "request", "it is no request of this protocol");
  refuse("request", nullptr, std::move(findings), peer);
}

std::vector<std::string> Signer::check_evidence(const OpenedOrder& opened, const OrderEvidence& evidence,
                                                base::Findings& findings) {
  const document::CardOrder& order = opened.order;
  const TrustDirectory& trust = work_.trust.current();
  const base::Moment now = work_.clock.now();
  const auto answers = open_answers(evidence, order, trust, findings);
  if (!answers) return {};
  check_answer_age(*answers, now, work_.settings, findings);
  if (!findings.failed()) check_person_may_hold(answers->of_order, order, findings);
  if (!findings.failed() && answers->live) check_person_may_hold(*answers->live, order, findings);
  for (const document::RegistryAnswer* const answer : {&answers->of_order, answers->live ? &*answers->live : nullptr}) {
    if (answer == nullptr || findings.failed()) continue;
    check_attestations(*answer, order, trust, work_.clock.today(), work_.attestation_rules, findings);
  }
  if (!findings.failed()) check_live_answer_agrees(*answers, findings);
  if (!findings.failed()) check_order_equals_answer(order, answers->of_order, evidence.answer, findings);
  if (!findings.failed()) check_order_time(order, now, work_.settings, findings);
  if (findings.failed()) return {};

  const approval::SpentNonces spent = [this](const std::string& nonce) { return ledger_.nonce_spent_on(nonce); };
  const auto shown = approval::present(order, trust.officers().person_of(order.receiver_account), evidence.approvals,
                                       trust.officers(), now, spent);
  std::vector<std::string> nonces;
  for (const approval::Rule& rule : work_.approval_rules) rule.check(shown, findings);
  for (const approval::Presented& one : shown.approvals) {
    if (one.content) nonces.push_back(one.content->nonce);
  }
  return nonces;
}

// --- a chip for an order ------------------------------------------------------------------------------------------

Assignment Signer::handed_out(const Binding& binding) const {
  return {binding.id, binding.serial, derive_card_keys(work_.master_key, binding.kdd)};
}

Binding Signer::bind(const OpenedOrder& opened, const std::vector<std::string>& nonces, const std::string& serial,
                     base::ByteView kdd, const Peer& peer) {
  const Binding binding{.id = base::to_base64url(work_.random.bytes(kIdBytes)),
                        .order_sha256 = opened.sha256,
                        .case_id = opened.order.case_id,
                        .serial = serial,
                        .kdd = {kdd.begin(), kdd.end()},
                        .live = true,
                        .aa_key_sha256 = {},
                        .content_sha256 = {},
                        .sod = {}};
  nlohmann::json intent = about(binding);
  intent["uid"] = peer.uid;
  work_.log.append("chip.binding", std::move(intent));
  db::Transaction change(ledger_.store());
  ledger_.bind(binding, nonces, work_.clock.now());
  change.commit();
  work_.log.append("chip.bound", about(binding));
  work_.log.checkpoint();
  base::log::info("chip bound", {{"case", binding.case_id}, {"serial", binding.serial}});
  return binding;
}

std::variant<Assignment, base::Findings> Signer::assign(const OrderEvidence& evidence, const std::string& serial,
                                                        base::ByteView kdd, const Peer& peer) {
  settle();
  base::Findings findings;
  const auto opened = open_order(evidence.order, work_.trust.current(), findings);
  if (!opened) return refuse("chip", nullptr, std::move(findings), peer);
  // A station that lost its power asks again: the same chip for the same order is no new binding, but keys leave again.
  const auto bound = ledger_.live_for_order(opened->sha256);
  if (bound && bound->serial == serial && base::equal(bound->kdd, kdd)) {
    nlohmann::json again = about(*bound);
    again["uid"] = peer.uid;
    work_.log.append("chip.keys.again", std::move(again));
    work_.log.checkpoint();
    return handed_out(*bound);
  }

  const auto nonces = check_evidence(*opened, evidence, findings);
  if (!findings.failed()) check_chip(*opened, serial, kdd, ledger_, findings);
  if (findings.failed()) return refuse("chip", &*opened, std::move(findings), peer);
  return handed_out(bind(*opened, nonces, serial, kdd, peer));
}

// --- the signature ------------------------------------------------------------------------------------------------

std::optional<Binding> Signer::find_binding(const SignRequest& request, const OpenedOrder& opened,
                                            base::Findings& findings) {
  auto binding = ledger_.by_id(request.assignment);
  if (binding && binding->live && binding->order_sha256 == opened.sha256) return binding;
  findings.fail("ASSIGNMENT_UNKNOWN", "assignment",
                "no live assignment of this name belongs to this order; ask for the chip first");
  return std::nullopt;
}

Signer::ChipKeys Signer::check_content(const SignRequest& request, const OpenedOrder& opened, const Binding& binding,
                                       base::Findings& findings) {
  const base::Date today = work_.clock.today();
  if (ledger_.case_signed_otherwise(opened.order.case_id, opened.sha256)) {
    findings.fail("ORDER_ALREADY_SIGNED", "order",
                  "a card was signed for this case; write its chip off before another one is made");
    return {};
  }
  check_validity(opened.order, today, findings);
  check_age(opened.order, today, findings);
  if (!findings.failed()) check_data_groups(request, opened.order, binding.serial, today, findings);
  if (findings.failed()) return {};
  const auto aa_key = check_aa_key(request.dg15, binding, ledger_, findings);
  const auto ca_key = check_ca_key(request.dg14, !work_.settings.allow_chips_without_ca,
                                   aa_kind_of(request.dg15).value_or(AaKind::Rsa), binding, ledger_, findings);
  if (!findings.failed() && ledger_.signed_on(today) >= work_.settings.daily_limit) {
    findings.fail("SIGNING_LIMIT_REACHED", "signer",
                  fmt::format("{} cards were signed today, which is the limit", work_.settings.daily_limit));
  }
  return {aa_key.value_or(""), ca_key.value_or("")};
}

void Signer::log_signature(const Binding& binding, base::ByteView sod, bool recovered) {
  nlohmann::json outcome = about(binding);
  outcome["signed_with"] = binding.signed_with;
  outcome["sod_sha256"] = evidence::sha256_bytes(sod);
  outcome["recovered"] = recovered;
  work_.log.append("card.signed", std::move(outcome));
  work_.log.checkpoint();
  ledger_.signature_logged(binding.id);
}

base::Bytes Signer::sign_bound(Binding binding, const Rotation::Share& share, const ChipKeys& keys,
                               sod::issue::LintedHashes permit, const Peer& peer) {
  const std::map<int, base::Bytes> hashes = permit.hashes();
  binding.signed_with = share.key;
  db::Transaction recording(ledger_.store());
  ledger_.record_chip_keys(binding.id, keys.aa_sha256, keys.ca_sha256);
  rotation_.count(share);
  recording.commit();
  nlohmann::json intent = about(binding);
  intent["uid"] = peer.uid;
  intent["aa_key_sha256"] = keys.aa_sha256;
  intent["ca_key_sha256"] = keys.ca_sha256;
  intent["signed_with"] = share.key;
  work_.log.append("card.signing", std::move(intent));

  base::Bytes sod = sod::issue::sign(std::move(permit), *share.signer,
                                     [&share](base::ByteView ef_sod, const std::map<int, base::Bytes>& signed_hashes) {
                                       return share.read_back.holds(ef_sod, signed_hashes);
                                     });
  db::Transaction signing(ledger_.store());
  ledger_.record_signature(binding.id, content_sha256(hashes), sod, share.key, work_.clock.today(), work_.clock.now());
  signing.commit();
  log_signature(binding, sod, false);
  base::log::info("card signed", {{"case", binding.case_id}, {"serial", binding.serial}});
  return sod;
}

std::variant<base::Bytes, base::Findings> Signer::sign(const SignRequest& request, const Peer& peer) {
  settle();
  base::Findings findings;
  const auto opened = open_order(request.evidence.order, work_.trust.current(), findings);
  if (!opened) return refuse("card", nullptr, std::move(findings), peer);
  const auto binding = find_binding(request, *opened, findings);
  if (!binding) return refuse("card", &*opened, std::move(findings), peer);
  const auto hashes = hashes_of(request);
  if (binding->is_signed()) {
    // A station that lost the answer asks again, perhaps days later: what was signed for this content is given again.
    if (binding->content_sha256 == content_sha256(hashes)) return binding->sod;
    findings.fail("ORDER_ALREADY_SIGNED", "order", "it was signed with another content; an order is signed once");
    return refuse("card", &*opened, std::move(findings), peer);
  }
  check_evidence(*opened, request.evidence, findings);
  ChipKeys keys;
  if (!findings.failed()) keys = check_content(request, *opened, *binding, findings);
  if (findings.failed()) return refuse("card", &*opened, std::move(findings), peer);

  auto turn = rotation_.whose_turn(work_.clock.now());
  if (auto* const none = std::get_if<base::Findings>(&turn)) return refuse("card", &*opened, std::move(*none), peer);
  const Rotation::Share& share = *std::get<const Rotation::Share*>(turn);
  using sod::issue::Holder;
  const Holder holder = opened->order.dg2_sha256.empty() ? Holder::SmallChild : Holder::WithPortrait;
  auto permit = sod::issue::lint(hashes, *share.signer, work_.clock.now(), opened->order.expiry, holder);
  if (auto* const lint = std::get_if<base::Findings>(&permit)) {
    return refuse("card", &*opened, std::move(*lint), peer);
  }
  return sign_bound(*binding, share, keys, std::get<sod::issue::LintedHashes>(std::move(permit)), peer);
}

}  // namespace signing
