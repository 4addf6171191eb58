#pragma once
// An invented applicant, the register's answer about him, and the keys of a registry, for the tests of issuance.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "issuance/vetting/application.h"
#include "issuance/vetting/trusted_answer.h"
#include "issuance/vetting/vet.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/registry_answer.h"

namespace sample {

base::Moment now();  // 2026-11-23, 09:00 in Viet Nam

nlohmann::json image(const base::Bytes& bytes);  // as an application carries it: {"base64": …}
nlohmann::json application_json();               // well formed; the portrait and two fingers are in it
vetting::Application application();
document::RegistryAnswer answer(const std::string& case_id = "2026-000001");

struct Registry {
  Registry();
  std::string sign(const document::RegistryAnswer& answer) const;
  base::Bytes public_key() const { return key->public_key_named(); }
  base::SeededRandom random{7};
  std::unique_ptr<keystore::SigningKey> key;
};
const Registry& registry();

vetting::TrustedAnswer trusted(const document::RegistryAnswer& answer, const std::string& number);
vetting::CheckedCase checked(const std::string& case_id = "2026-000001");

}  // namespace sample
