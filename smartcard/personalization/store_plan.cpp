#include "smartcard/personalization/store_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/fields.h"
#include "smartcard/access/access.h"
#include "smartcard/personalization/card_session.h"

namespace personalization {

namespace {

using base::Bytes;
using base::ByteView;
using base::Secret;
using chip_access::PasswordReference;
using Kind = StoredObject::Kind;

[[noreturn]] void profile_lacks(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "preparing what is written to the chip", std::move(seen));
}

std::string_view text_of(const Secret& secret) {
  return {reinterpret_cast<const char*>(secret.reveal().data()), secret.size()};
}

Secret bac_keys(const CardAccess& access) {
  const chip_access::BacKeys keys = chip_access::derive_bac_keys(text_of(access.mrz_information));
  return Secret(base::concat({keys.enc.reveal(), keys.mac.reveal()}));
}

// { 83 reference, 84 secret }*
Secret pace_passwords(const CardAccess& access) {
  asn1::TlvWriter out;
  const auto put = [&out](PasswordReference reference, const Secret& of) {
    const chip_access::Password password = chip_access::password_of(reference, text_of(of));
    out.put(0x83, Bytes{static_cast<std::uint8_t>(reference)}).put(0x84, password.secret.reveal());
  };
  put(PasswordReference::Mrz, access.mrz_information);
  put(PasswordReference::Can, access.can);
  return Secret(out.take());
}

// nullopt: this card is given none.
std::optional<Secret> content_of(const StoredObject& object, const Profile& profile, const lds::Files& files,
                                 const CardAccess& access) {
  switch (object.kind) {
    case Kind::File: {
      if (object.file == lds::FileId::CardAccess) return Secret(card_access_of(profile));
      const auto file = files.find(object.file);
      if (file == files.end()) return std::nullopt;
      return Secret::copy_of(file->second);
    }
    case Kind::BacKeys:
      return bac_keys(access);
    case Kind::PacePasswords:
      return pace_passwords(access);
    case Kind::TrustPoint:
      if (access.trust_point.empty()) return std::nullopt;
      return Secret::copy_of(access.trust_point);
    case Kind::Date:
      if (access.trust_point.empty()) return std::nullopt;
      return Secret(cvc::format::write_day(access.today));
    case Kind::Octets:
      break;
  }
  return Secret::copy_of(object.octets);
}

void check_places(const Profile& profile, const lds::Files& files) {
  for (const auto& [id, content] : files) {
    const bool placed = std::ranges::any_of(profile.objects, [id = id](const StoredObject& object) {
      return object.kind == Kind::File && object.file == id && id != lds::FileId::CardAccess;
    });
    if (!placed) profile_lacks(fmt::format("profile {} has no place for {}", profile.name, lds::info(id).name));
  }
}

}  // namespace

std::vector<PlannedObject> plan(const Profile& profile, const lds::Files& files, const CardAccess& access) {
  constexpr std::size_t kMostPadding = 16;  // of what is encrypted
  check_places(profile, files);
  std::vector<PlannedObject> out;
  for (const StoredObject& object : profile.objects) {
    std::optional<Secret> content = content_of(object, profile, files, access);
    if (!content) continue;
    if (content->size() + (object.encrypted ? kMostPadding : 0) > 0xFFFF) {
      profile_lacks(fmt::format("{} is larger than 65,535 bytes", object.name));
    }
    out.push_back({&object, std::move(*content)});
  }
  return out;
}

std::vector<ObjectInDgi> in_dgis(const std::vector<PlannedObject>& planned, const globalplatform::DataKey& data_key) {
  std::vector<ObjectInDgi> out;
  out.reserve(planned.size());
  for (const PlannedObject& one : planned) {
    const Bytes encrypted = one.object->encrypted ? data_key.encrypt(one.content.reveal()) : Bytes{};
    const ByteView value = one.object->encrypted ? ByteView(encrypted) : one.content.reveal();
    out.push_back({one.object, Secret(encode_dgi(one.object->dgi, value))});
  }
  return out;
}

}  // namespace personalization
