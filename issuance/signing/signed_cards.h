#pragma once
// Which cards a document signer signed, out of the signer's book: what a drill or a leak asks first.

#include <functional>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace signing {

struct SignedCard {
  std::string case_id;
  std::string serial;  // of the chip
  std::string day;     // signed on, in Viet Nam: 2026-11-23
  bool live = true;    // not written off
  std::string card;    // how a status list names it (pki/trust/status_list.h)
};

// Every card whose EF.SOD carries this certificate (DER; empty: every card), the oldest first. Memory is one card's.
void each_card_of(db::Connection& store, base::ByteView document_signer,
                  const std::function<void(const SignedCard&)>& show);

}  // namespace signing
