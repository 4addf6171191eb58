#include "issuance/cases/order.h"

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/validity.h"

namespace cases {

namespace {

base::Findings failed(std::string code, std::string text) {
  base::Findings findings;
  findings.fail(std::move(code), "card order", std::move(text));
  return findings;
}

// Everything in the order that follows from the case and the day it was made.
document::CardOrder derived(const vetting::CheckedCase& checked, const std::string& receiver_account,
                            base::Moment made_at) {
  const vetting::Application& application = checked.application();
  const auto dg2 = dg2_of(application), dg3 = dg3_of(application);
  return {.case_id = checked.case_id(),
          .nonce = {},
          .person = checked.person(),
          .marks = application.marks,
          .reason = application.reason,
          .form = application.form,
          .replaces = checked.replaces(),
          .expiry = document::card_expiry(checked.person().birth, base::date_in_viet_nam(made_at)),
          .portrait_sha256 = dg2 ? evidence::sha256_bytes(application.portrait) : "",
          .dg2_sha256 = dg2 ? evidence::sha256_bytes(*dg2) : "",
          .dg3_sha256 = dg3 ? evidence::sha256_bytes(*dg3) : "",
          .fingers_missing = application.fingers_missing,
          .registry_answer_sha256 = evidence::sha256_text(checked.answer().jws()),
          .rule_set = checked.result().rule_set,
          .receiver_account = receiver_account,
          .made_at = made_at,
          .expires_at = made_at + kOrderLife};
}

}  // namespace

std::optional<base::Bytes> dg2_of(const vetting::Application& application) {
  if (application.portrait.empty()) return std::nullopt;
  const auto face = lds::face_image(application.portrait);
  base::ensure(face.has_value(), "a checked case has a JPEG portrait");
  return lds::encode_dg2(*face);
}

std::optional<base::Bytes> dg3_of(const vetting::Application& application) {
  if (application.fingers.empty()) return std::nullopt;
  std::vector<lds::FingerImage> fingers;
  for (const vetting::Finger& one : application.fingers) {
    auto image = lds::finger_image(one.position, one.image);
    base::ensure(image.has_value(), "a checked case has fingers that are images");
    fingers.push_back(std::move(*image));
  }
  return lds::encode_dg3(fingers);
}

document::CardOrder make_order(const vetting::CheckedCase& checked, const std::string& receiver_account,
                               base::Moment now, base::Random& random) {
  document::CardOrder order = derived(checked, receiver_account, now);
  order.nonce = base::to_base64url(random.bytes(16));
  return order;
}

std::string sign_order(const document::CardOrder& order, const keystore::SigningKey& station) {
  return evidence::sign_statement("order", document::to_json(order), station);
}

std::variant<document::CardOrder, base::Findings> open_order(std::string_view jws, base::ByteView station_key,
                                                             const vetting::CheckedCase& checked,
                                                             const std::string& receiver_account, base::Moment now) {
  const auto payload = evidence::open_statement(jws, "order", station_key);
  if (!payload) return failed("ORDER_NOT_TRUSTED", "the station's own key did not sign it");
  document::CardOrder order = document::card_order_from_json(*payload);
  document::CardOrder expected = derived(checked, receiver_account, order.made_at);
  expected.nonce = order.nonce;
  if (document::to_json(expected) != *payload) {
    return failed("ORDER_DIFFERS_FROM_ANSWER",
                  "it is not what this case's application and registry answer make; vet the case again");
  }
  if (now >= order.expires_at)
    return failed("ORDER_EXPIRED",
                  "its time is over: vet the case anew; one that has a chip is spoiled first (cccd-station spoil)");
  return order;
}

}  // namespace cases
