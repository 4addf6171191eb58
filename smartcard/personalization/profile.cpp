#include "smartcard/personalization/profile.h"

#include <algorithm>

#include "pki/base/core/error.h"

namespace personalization {

namespace {

// Everything but the keys: what EF.CardAccess says to anybody.
lds::SecurityInfos protocols(const Profile& profile) {
  lds::SecurityInfos infos;
  if (profile.pace) infos.pace = {*profile.pace};
  if (profile.chip_authentication) {
    infos.chip_authentication = {
        {lds::Agreement::Ecdh, profile.chip_authentication->cipher, 1, profile.chip_authentication->key_id}};
    if (profile.stores(StoredObject::Kind::TrustPoint)) infos.terminal_authentication = {{}};
  }
  return infos;
}

}  // namespace

bool Profile::stores(StoredObject::Kind kind) const {
  return std::ranges::find(objects, kind, &StoredObject::kind) != objects.end();
}

base::Bytes card_access_of(const Profile& profile) {
  base::ensure(profile.pace.has_value(), "EF.CardAccess stands on a chip that offers PACE");
  return encode_security_infos(protocols(profile));
}

base::Bytes dg14_of(const Profile& profile, base::ByteView chip_key) {
  base::ensure(profile.chip_authentication.has_value(), "EF.DG14 stands on a chip that made a key for it");
  lds::SecurityInfos infos = protocols(profile);
  infos.chip_keys = {{lds::Agreement::Ecdh, {chip_key.begin(), chip_key.end()}, profile.chip_authentication->key_id}};
  if (profile.aa_signature) infos.active_authentication = {{.signature_algorithm = *profile.aa_signature}};
  return encode_dg14(infos);
}

}  // namespace personalization
