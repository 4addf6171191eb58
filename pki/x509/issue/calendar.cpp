#include "pki/x509/issue/calendar.h"

#include "pki/base/core/months.h"

namespace x509::issue {

Lifetimes document_signer_lifetimes(base::Moment from, const Profile& profile, int longest_card_years) {
  Lifetimes out;
  out.not_before = from;
  out.key_use_ends = base::add_months(from, profile.signer_key_use_months);
  out.not_after = base::add_months(out.key_use_ends, 12 * longest_card_years) + kSlack;
  return out;
}

Lifetimes csca_lifetimes(base::Moment from, const Profile& profile, int longest_card_years) {
  Lifetimes out;
  out.not_before = from;
  out.key_use_ends = base::add_months(from, 12 * profile.csca_key_use_years);
  // A day more: months of different lengths let a signer of the day before end some hours later.
  out.not_after =
      document_signer_lifetimes(out.key_use_ends, profile, longest_card_years).not_after + std::chrono::days(1);
  return out;
}

Lifetimes master_list_signer_lifetimes(base::Moment from, const MasterListSignerProfile& profile,
                                       base::Moment csca_ends) {
  return {from, std::min(base::add_months(from, profile.validity_months), csca_ends),
          std::min(base::add_months(from, profile.key_use_months), csca_ends)};
}

Lifetimes seal_signer_lifetimes(base::Moment from, const SealSignerProfile& profile) {
  const base::Moment use_ends = base::add_months(from, profile.key_use_months);
  return {from, base::add_months(use_ends, profile.document_months) + kSlack, use_ends};
}

}  // namespace x509::issue
