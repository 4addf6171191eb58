#include "smartcard/document/card_order.h"

#include "smartcard/document/json_fields.h"

namespace document {

nlohmann::json to_json(const CardOrder& o) {
  nlohmann::json json = {{"case", o.case_id},
                         {"nonce", o.nonce},
                         {"person", to_json(o.person)},
                         {"marks", o.marks},
                         {"reason", o.reason},
                         {"form", o.form},
                         {"replaces", o.replaces},
                         {"expiry", o.expiry ? nlohmann::json(base::to_iso(*o.expiry)) : nlohmann::json(nullptr)},
                         {"registry_answer_sha256", o.registry_answer_sha256},
                         {"rule_set", o.rule_set},
                         {"receiver", o.receiver_account},
                         {"made_at", base::to_rfc3339(o.made_at)},
                         {"expires_at", base::to_rfc3339(o.expires_at)}};
  if (!o.portrait_sha256.empty()) json["portrait_sha256"] = o.portrait_sha256;
  if (!o.dg2_sha256.empty()) json["dg2_sha256"] = o.dg2_sha256;
  if (!o.dg3_sha256.empty()) json["dg3_sha256"] = o.dg3_sha256;
  if (!o.fingers_missing.empty()) json["fingers_missing"] = o.fingers_missing;
  return json;
}

CardOrder card_order_from_json(const nlohmann::json& json) {
  JsonFields fields(json, "card order");
  CardOrder order{.case_id = fields.text("case"),
                  .nonce = fields.text("nonce"),
                  .person = person_from_json(fields.value("person")),
                  .marks = fields.text("marks"),
                  .reason = fields.text("reason"),
                  .form = fields.text("form"),
                  .replaces = fields.text("replaces"),
                  .expiry = fields.maybe_date("expiry"),
                  .portrait_sha256 = fields.text_if_there("portrait_sha256"),
                  .dg2_sha256 = fields.text_if_there("dg2_sha256"),
                  .dg3_sha256 = fields.text_if_there("dg3_sha256"),
                  .fingers_missing = fields.text_if_there("fingers_missing"),
                  .registry_answer_sha256 = fields.text("registry_answer_sha256"),
                  .rule_set = fields.text("rule_set"),
                  .receiver_account = fields.text("receiver"),
                  .made_at = fields.moment("made_at"),
                  .expires_at = fields.moment("expires_at")};
  if (order.portrait_sha256.empty() != order.dg2_sha256.empty()) {
    fields.refuse("dg2_sha256", "and portrait_sha256 are not there together");
  }
  fields.end();
  return order;
}

}  // namespace document
