#pragma once
// What a ceremony gives its administrator, and what it takes from the outside.

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"

namespace admin {

struct World {
  const base::Clock& clock;
  base::Random& random;
};

struct Issued {
  base::Findings findings;  // why not, when failed(); else what lint() remarked
  base::Bytes certificate;  // DER, empty when lint() refused
  bool made() const { return !certificate.empty(); }
};

}  // namespace admin
