#pragma once
// What is about to be certified: the fields that 9303-12 §7.2 fixes, filled in from a key or a request. lint() looks at
// a draft before it is signed.

#include <string>

#include "pki/base/core/clock.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/request.h"
#include "pki/keystore/signing_key.h"

namespace cvc::issue {

// Days, the first and the last included; within 9303-12 §4.2 Table 2.
inline constexpr int kCvcaDays = 1095, kDvDays = 90, kInspectionSystemDays = 14;

struct Term {
  base::Date effective, expiration;
};
// days: at least 1.
Term term_from(base::Date first, int days);
// Of a certificate that is made now: so many days from today in Viet Nam, and from the day in Greenwich on, which began
// seven hours later. Between midnight and seven nobody who judges by UTC (a reader abroad, another program) finds it to
// be of tomorrow.
Term term_at(base::Moment now, int days);
// The same, ending with the issuer at the latest.
Term term_within(base::Moment now, int days, const format::Certificate& issuer);

// The key with its domain parameters, and the algorithm it signs with: ECDSA with the hash as long as the field, at
// most SHA-512; RSASSA-PSS with SHA-256, above 3072 bits SHA-512.
format::PublicKey public_key_of(const keystore::SigningKey& key);

format::Body cvca_draft(const format::PublicKey& key, const std::string& holder, format::Rights rights, Term term);
// The successor's key and name as the old key will certify them (9303-12 §4.2.1): parameters always there.
format::Body link_draft(const format::Certificate& old, const format::Body& successor);
// role: DomesticDv or ForeignDv.
format::Body dv_draft(const format::Certificate& cvca, const format::Request& request, format::Role role,
                      format::Rights rights, Term term);
format::Body inspection_system_draft(const format::Certificate& dv, const format::Request& request,
                                     format::Rights rights, Term term);

}  // namespace cvc::issue
