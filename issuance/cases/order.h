#pragma once
// The card order of one checked case: made from the register's answer, never from the application (a card follows the
// register); marks, reason, form and portrait are what the application adds.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "issuance/vetting/vet.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/card_order.h"
#include "smartcard/lds/lds.h"

namespace cases {

// After this no approval counts and nothing is signed. Seven working days are the time the law gives (Luật 26/2023
// Đ26); with two weekends and a holiday between them that is twelve days.
inline constexpr std::chrono::days kOrderLife{12};

// EF.DG2 of the application's portrait; vetting has seen that it is a JPEG. nullopt: a child's application has none.
std::optional<base::Bytes> dg2_of(const vetting::Application& application);
// EF.DG3 of its fingers; vetting has seen that they are images. nullopt: there are none.
std::optional<base::Bytes> dg3_of(const vetting::Application& application);

document::CardOrder make_order(const vetting::CheckedCase& checked, const std::string& receiver_account,
                               base::Moment now, base::Random& random);
std::string sign_order(const document::CardOrder& order, const keystore::SigningKey& station);

// The order in `jws`, if the station's key signed it, it is what make_order() makes of this case, and it still counts.
// Findings: ORDER_NOT_TRUSTED, ORDER_DIFFERS_FROM_ANSWER, ORDER_EXPIRED.
std::variant<document::CardOrder, base::Findings> open_order(std::string_view jws, base::ByteView station_key,
                                                             const vetting::CheckedCase& checked,
                                                             const std::string& receiver_account, base::Moment now);

}  // namespace cases
