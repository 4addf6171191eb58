#pragma once
// What STORE DATA carries to one card: a profile's objects, each with this card's content, in the order of writing, and
// as DGIs of one session.

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
  base::Secret content;  // in the clear
};
// Throws Error{FixConfiguration} when the profile has no place for a file, or a content is larger than a DGI.
std::vector<PlannedObject> plan(const Profile& profile, const lds::Files& files, const CardAccess& access);

struct ObjectInDgi {
  const StoredObject* object;
  base::Secret dgi;  // encode_dgi(), its value encrypted where the profile says so
};
// For the session that the data key is of.
std::vector<ObjectInDgi> in_dgis(const std::vector<PlannedObject>& planned, const globalplatform::DataKey& data_key);

}  // namespace personalization
