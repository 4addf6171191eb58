#pragma once
// One card-verifiable certificate under an authority's book, in the order that no crash can spoil: lint, write down
// what will be signed under its two references, sign, read back by the other library, record.

#include "pki/admin/ca_book.h"
#include "pki/admin/issued.h"
#include "pki/cvc/issue/issue.h"
#include "pki/keystore/signing_key.h"

namespace admin {

// issued.made() is false when lint() refuses; then nothing was written down either. Where the book knows an intent for
// these references without an outcome (the power failed between signing and recording), the very octets of that intent
// are signed again, if they are for the same key; a second certificate of other content never comes about.
// Error{FixConfiguration} when the references were used for another key; Error{TreatAsAttack} when what was signed does
// not verify or is not what was intended.
Issued certify_card_verifiable(const cvc::format::Body& draft, const cvc::issue::LintContext& context,
                               const keystore::SigningKey& issuer, CaBook& book, std::string_view purpose);

}  // namespace admin
