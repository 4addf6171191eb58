#pragma once
// What makes an order believable without believing the station: one named check a question, each a pure function over
// what was shown and what the signer itself knows. The signer runs them in this order and stops at the first that
// fails.

#include <optional>
#include <string>

#include "issuance/approval/rules.h"
#include "issuance/attestation/sufficiency.h"
#include "issuance/signing/client.h"
#include "issuance/signing/ledger.h"
#include "issuance/signing/settings.h"
#include "issuance/signing/trust_directory.h"
#include "smartcard/document/card_order.h"
#include "smartcard/document/registry_answer.h"

namespace signing {

struct OpenedOrder {
  document::CardOrder order;
  std::string sha256;  // approval::order_sha256
};

// The order, if a station of the trust directory signed it and its case and nonce are fit for the log:
// ORDER_NOT_TRUSTED.
std::optional<OpenedOrder> open_order(const std::string& jws, const TrustDirectory& trust, base::Findings& findings);

// ORDER_EXPIRED: made in the future, or its end has passed.
void check_order_time(const document::CardOrder& order, base::Moment now, const Settings& settings,
                      base::Findings& findings);

// What the registry said: the answer that the order was made from, which is a live one of this case or an entry of an
// extract, and the live one that was asked for afterwards.
struct Answers {
  document::RegistryAnswer of_order;
  std::optional<document::RegistryAnswer> live;
  bool rest_on_extract() const { return !live && !of_order.extract.empty(); }
};

// The answers, if the registry signed each about this number for this purpose, a live one for this case, an extract's
// entry for none: REGISTRY_ANSWER_NOT_TRUSTED.
std::optional<Answers> open_answers(const OrderEvidence& evidence, const document::CardOrder& order,
                                    const TrustDirectory& trust, base::Findings& findings);

// LIVE_ANSWER_MISSING: there is an extract's entry alone, and the settings allow none or one less old.
// REGISTRY_ANSWER_STALE: the newest live answer is older than the settings allow, or one is from the future.
void check_answer_age(const Answers& answers, base::Moment now, const Settings& settings, base::Findings& findings);

// LIVE_ANSWER_DIFFERS: the live answer says something else of the person than the one that the order was made from;
// `where` names the member and nothing shows a value.
void check_live_answer_agrees(const Answers& answers, base::Findings& findings);

// NUMBER_CANCELLED, PERSON_NOT_FOUND, PERSON_DEAD, NOT_A_CITIZEN, OPEN_CASE, LIVE_CARD (an active card that this order
// does not replace).
void check_person_may_hold(const document::RegistryAnswer& answer, const document::CardOrder& order,
                           base::Findings& findings);

// The shortfalls of issuance/attestation/sufficiency.h, judged with the receiver's person out of the signer's own trust
// directory: a card follows confirmations that are enough without whoever took the application.
void check_attestations(const document::RegistryAnswer& answer, const document::CardOrder& order,
                        const TrustDirectory& trust, base::Date today, const attestation::Rules& rules,
                        base::Findings& findings);

// ORDER_DIFFERS_FROM_ANSWER: the hash that binds the answer, then every field of the person; `where` names the field
// and nothing shows a value.
void check_order_equals_answer(const document::CardOrder& order, const document::RegistryAnswer& answer,
                               const std::string& answer_jws, base::Findings& findings);

// CHIP_NOT_IN_STOCK, CHIP_IDENTITY_MISMATCH (the diversification data name another chip), CHIP_ALREADY_ASSIGNED,
// ORDER_HAS_ANOTHER_CHIP, ORDER_ALREADY_SIGNED.
void check_chip(const OpenedOrder& opened, const std::string& serial, base::ByteView kdd, const Ledger& ledger,
                base::Findings& findings);

}  // namespace signing
