#include "issuance/signing/signed_cards.h"

#include <algorithm>

#include "pki/sod/judge/passive_authentication.h"

namespace signing {

void each_card_of(db::Connection& store, base::ByteView document_signer,
                  const std::function<void(const SignedCard&)>& show) {
  auto query = store.prepare(
      "SELECT case_id, serial, signed_day, live, sod FROM bindings WHERE sod IS NOT NULL ORDER BY signed_day, serial");
  while (query.step()) {
    const base::Bytes sod = query.blob(4);
    // Our EF.SOD carries the signer's certificate whole, octet for octet (9303-10 §4.6.2.2, certificates).
    if (std::search(sod.begin(), sod.end(), document_signer.begin(), document_signer.end()) == sod.end()) continue;
    const auto card = sod::judge::card_id(sod);
    show({query.text(0), query.text(1), query.text(2), query.integer(3) != 0, card ? trust::to_text(*card) : ""});
  }
}

}  // namespace signing
