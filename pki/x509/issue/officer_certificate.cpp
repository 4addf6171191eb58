#include "pki/x509/issue/officer_certificate.h"

#include "pki/base/core/error.h"
#include "pki/x509/issue/sign_es256.h"

namespace x509::issue {

base::Bytes issue_officer_certificate(const keystore::SigningKey& key, const std::string& account, base::Moment now,
                                      base::Random& random) {
  const auto name = format::name_from_text("C=VN,CN=" + account);
  base::ensure(name.has_value(), "an account name fits into a distinguished name");
  return self_signed_es256(key, *name, {now, now + std::chrono::days{365 * kOfficerYears}}, {}, random);
}

}  // namespace x509::issue
