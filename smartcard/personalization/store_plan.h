#pragma once
// What STORE DATA carries to one card: a profile's objects, each with this card's content, as DGIs in the order of
// writing.

#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/secret.h"
#include "smartcard/globalplatform/keys.h"
#include "smartcard/lds/lds.h"
#include "smartcard/personalization/profile.h"

namespace personalization {

// What a card is given besides its files.
struct CardAccess {
  base::Secret mrz_information;  // 9303-11 §4.3.2: document number, birth and expiry, each with its check digit
  base::Secret can;              // the digits as printed
  base::Bytes trust_point;       // the CVCA's certificate, 7F21; empty: nobody may read the fingers
  base::Date today;              // the chip's date until a terminal's certificate moves it
};

struct PlannedObject {
  const StoredObject* object;
  base::Secret dgi;  // encode_dgi()
};
// Throws Error{FixConfiguration} when the profile has no place for a file, or a content is larger than a DGI.
std::vector<PlannedObject> plan(const Profile& profile, const globalplatform::KeySet& card_keys,
                                const lds::Files& files, const CardAccess& access);

}  // namespace personalization
