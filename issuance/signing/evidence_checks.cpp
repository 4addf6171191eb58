#include "issuance/signing/evidence_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/signing/card_keys.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace signing {

namespace {

constexpr std::string_view kPurpose = "issuance";
constexpr std::size_t kLongestCase = 64;
constexpr std::size_t kNonceBytes = 16;

// The payload of a statement signed by one of the keys that `key_of` trusts; nullopt otherwise.
template <class KeyOf>
std::optional<nlohmann::json> open_trusted(const std::string& jws, std::string_view type, KeyOf key_of) {
  const auto key_id = evidence::claimed_key_id(jws);
  const base::Bytes* const key = key_id ? key_of(*key_id) : nullptr;
  return key != nullptr ? evidence::open_statement(jws, type, *key) : std::nullopt;
}

// The case goes into the log as it stands, so nothing but a reference may be in it; the nonce is what keeps the order's
// hash, which also goes there, from being guessed (docs/formats/statements.md). nullptr: both are as they must be.
const char* malformed_part(const document::CardOrder& order) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  };
  if (order.case_id.empty() || order.case_id.size() > kLongestCase || !std::ranges::all_of(order.case_id, plain)) {
    return "its case is not 1 to 64 letters, digits, '-', '_' or '.'";
  }
  const auto nonce = base::parse_base64url(order.nonce);
  return nonce && nonce->size() == kNonceBytes ? nullptr : "its nonce is not 128 bits in base64url";
}

}  // namespace

std::optional<OpenedOrder> open_order(const std::string& jws, const TrustDirectory& trust, base::Findings& findings) {
  const auto payload = open_trusted(jws, "order", [&](const std::string& id) { return trust.station(id); });
  if (!payload) {
    findings.fail("ORDER_NOT_TRUSTED", "order",
                  "no station of the signer's trust directory signed it; the PKI administrator enters stations there");
    return std::nullopt;
  }
  try {
    document::CardOrder order = document::card_order_from_json(*payload);
    if (const char* const problem = malformed_part(order); problem != nullptr) {
      findings.fail("ORDER_NOT_TRUSTED", "order", fmt::format("a station signed it, but {}", problem));
      return std::nullopt;
    }
    std::string sha256 = approval::order_sha256(order);
    return OpenedOrder{std::move(order), std::move(sha256)};
  } catch (const base::Error& malformed) {
    findings.fail("ORDER_NOT_TRUSTED", "order",
                  fmt::format("a station signed it, but it is no card order: {}", malformed.seen()));
  }
  return std::nullopt;
}

void check_order_time(const document::CardOrder& order, base::Moment now, const Settings& settings,
                      base::Findings& findings) {
  if (order.made_at <= now + settings.clock_skew && now < order.expires_at) return;
  findings.fail("ORDER_EXPIRED", "order",
                fmt::format("it counts from {} to {}; make and approve a new one", base::to_rfc3339(order.made_at),
                            base::to_rfc3339(order.expires_at)));
}

namespace {

constexpr const char* kNotTrusted = "REGISTRY_ANSWER_NOT_TRUSTED";

// `where` says which of the two; an entry of an extract belongs to no case, and only an order may rest on one.
std::optional<document::RegistryAnswer> open_answer(const std::string& jws, const std::string& where, bool may_be_entry,
                                                    const document::CardOrder& order, const TrustDirectory& trust,
                                                    base::Findings& findings) {
  const auto payload = open_trusted(jws, "answer", [&](const std::string& id) { return trust.registry(id); });
  if (!payload) {
    findings.fail(kNotTrusted, where, "no registry of the signer's trust directory signed it");
    return std::nullopt;
  }
  try {
    document::RegistryAnswer answer = document::registry_answer_from_json(*payload);
    const bool is_entry = !answer.extract.empty();
    if (is_entry && !may_be_entry) findings.fail(kNotTrusted, where, "it is an entry of an extract and no live answer");
    if (answer.case_id != (is_entry ? std::string() : order.case_id)) {
      findings.fail(kNotTrusted, "case", "the registry gave it for another case");
    }
    if (answer.number != order.person.number.text()) {
      findings.fail(kNotTrusted, "number", "the registry gave it about another number");
    }
    if (answer.purpose != kPurpose) findings.fail(kNotTrusted, "purpose", "the registry gave it for another purpose");
    if (!findings.failed()) return answer;
  } catch (const base::Error& malformed) {
    findings.fail(kNotTrusted, where, fmt::format("the registry signed it, but it is no answer: {}", malformed.seen()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Answers> open_answers(const OrderEvidence& evidence, const document::CardOrder& order,
                                    const TrustDirectory& trust, base::Findings& findings) {
  auto of_order = open_answer(evidence.answer, "registry answer", true, order, trust, findings);
  if (!of_order) return std::nullopt;
  Answers answers{.of_order = std::move(*of_order), .live = std::nullopt};
  if (evidence.live_answer.empty()) return answers;
  answers.live = open_answer(evidence.live_answer, "live answer", false, order, trust, findings);
  return answers.live ? std::optional(std::move(answers)) : std::nullopt;
}

void check_answer_age(const Answers& answers, base::Moment now, const Settings& settings, base::Findings& findings) {
  constexpr const char* kCode = "REGISTRY_ANSWER_STALE";
  const document::RegistryAnswer& newest = answers.live ? *answers.live : answers.of_order;
  const base::Moment latest = now + settings.clock_skew;
  if (answers.of_order.at > latest || newest.at > latest) {
    findings.fail(kCode, "registry answer", "it is from the future; compare the clocks");
    return;
  }
  if (answers.rest_on_extract()) {
    if (settings.extract_max_age.count() > 0 && now <= newest.at + settings.extract_max_age) return;
    findings.fail("LIVE_ANSWER_MISSING", "live answer",
                  fmt::format("the order was made from an extract of {}; this signer signs by an extract alone for {} "
                              "hours; ask the registry and send its answer along",
                              base::to_rfc3339(newest.at), settings.extract_max_age.count()));
    return;
  }
  if (now <= newest.at + settings.answer_max_age) return;
  findings.fail(kCode, "registry answer",
                fmt::format("it is of {} and may be {} hours old; ask the registry again", base::to_rfc3339(newest.at),
                            settings.answer_max_age.count()));
}

void check_live_answer_agrees(const Answers& answers, base::Findings& findings) {
  if (!answers.live) return;
  for (const std::string& member : document::differing_members(answers.of_order, *answers.live)) {
    findings.fail("LIVE_ANSWER_DIFFERS", member,
                  "the register says something else now than when the order was made; vet the case again");
  }
}

void check_person_may_hold(const document::RegistryAnswer& answer, const document::CardOrder& order,
                           base::Findings& findings) {
  if (answer.status == "cancelled") {
    findings.fail("NUMBER_CANCELLED", "registry answer",
                  "the number was cancelled; the re-established one must be used");
    return;
  }
  if (answer.status != "found" || !answer.person) {
    findings.fail("PERSON_NOT_FOUND", "registry answer", "the registry does not know the person of this order");
    return;
  }
  if (!answer.alive) findings.fail("PERSON_DEAD", "registry answer", "the registry records the person as dead");
  if (!answer.citizen) findings.fail("NOT_A_CITIZEN", "registry answer", "the person is no citizen of Viet Nam");
  if (!answer.open_case.empty() && answer.open_case != order.case_id) {
    findings.fail("OPEN_CASE", "registry answer", "another case on this person is open");
  }
  for (const document::RegisteredCard& card : answer.cards) {
    const bool is_replaced = !order.replaces.empty() && card.chip_serial == order.replaces;
    if (card.status != "active" || is_replaced) continue;
    findings.fail("LIVE_CARD", "registry answer", "the person holds a live card that this order does not replace");
  }
}

void check_attestations(const document::RegistryAnswer& answer, const document::CardOrder& order,
                        const TrustDirectory& trust, base::Date today, const attestation::Rules& rules,
                        base::Findings& findings) {
  const std::string receiver = trust.officers().person_of(order.receiver_account).value_or("");
  for (const auto& shortfall : attestation::judge(answer.attestations, receiver, today, rules)) {
    findings.fail(shortfall.code, "registry answer", fmt::format("{} / {}", shortfall.vi, shortfall.en));
  }
}

void check_order_equals_answer(const document::CardOrder& order, const document::RegistryAnswer& answer,
                               const std::string& answer_jws, base::Findings& findings) {
  constexpr const char* kCode = "ORDER_DIFFERS_FROM_ANSWER";
  if (order.registry_answer_sha256 != evidence::sha256_text(answer_jws)) {
    findings.fail(kCode, "registry_answer_sha256", "the order was made for another registry answer");
  }
  base::ensure(answer.person.has_value(), "an answer that says found carries a person");
  const nlohmann::json ordered = document::to_json(order.person), registered = document::to_json(*answer.person);
  for (const auto& [field, value] : registered.items()) {
    if (ordered.at(field) == value) continue;
    findings.fail(kCode, field, "the order says something else than the registry");
  }
}

void check_chip(const OpenedOrder& opened, const std::string& serial, base::ByteView kdd, const Ledger& ledger,
                base::Findings& findings) {
  const auto serial_bytes = base::parse_hex(serial);
  if (kdd.size() != kKddBytes || !serial_bytes || !base::equal(kdd.subspan(2), *serial_bytes)) {
    findings.fail("CHIP_IDENTITY_MISMATCH", "chip", "its key-diversification data and its serial name two chips");
    return;
  }
  const auto own = ledger.live_for_order(opened.sha256);
  if ((own && own->is_signed()) || ledger.case_signed_otherwise(opened.order.case_id, opened.sha256)) {
    findings.fail("ORDER_ALREADY_SIGNED", "order",
                  "a card was signed for this case; write its chip off before another one is made");
  } else if (own) {
    findings.fail("ORDER_HAS_ANOTHER_CHIP", "order", "another chip is bound to it; write that one off first");
  }
  const auto chip = ledger.stock_chip(serial);
  if (!chip) {
    findings.fail("CHIP_NOT_IN_STOCK", "chip", "its serial is not in the signer's stock list");
  } else if (chip->state == stock::State::Spoiled) {
    findings.fail("CHIP_NOT_IN_STOCK", "chip", "it was written off");
  } else if (chip->state == stock::State::Assigned) {
    findings.fail("CHIP_ALREADY_ASSIGNED", "chip", "it is bound to another order");
  }
}

}  // namespace signing
