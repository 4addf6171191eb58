#pragma once
// How long keys sign and certificates stand (9303-12 §4.1, Table 1), computed from the longest validity of a card.

#include "pki/base/core/clock.h"
#include "pki/x509/issue/profile.h"

namespace x509::issue {

// What lies between "so many years" and the last second of a card's last day: Viet Nam is seven hours ahead of UTC and
// the last day counts (a day together), and a card of somebody born on 29 February may run a day longer than its years.
inline constexpr std::chrono::days kSlack{2};

struct Lifetimes {
  base::Moment not_before, not_after;  // of the certificate
  base::Moment key_use_ends;           // the key signs from not_before until then
};

// A document signer certified at `from`: stands until the last card signed with its last breath has ended.
Lifetimes document_signer_lifetimes(base::Moment from, const Profile& profile, int longest_card_years);
// A CSCA: stands as long as the document signer that it certifies in its last moment.
Lifetimes csca_lifetimes(base::Moment from, const Profile& profile, int longest_card_years);
// Their own months; the certificate ends with its CSCA's at the latest.
Lifetimes master_list_signer_lifetimes(base::Moment from, const MasterListSignerProfile& profile,
                                       base::Moment csca_ends);
// Stands until the last document that carries one of its seals has ended.
Lifetimes seal_signer_lifetimes(base::Moment from, const SealSignerProfile& profile);

}  // namespace x509::issue
