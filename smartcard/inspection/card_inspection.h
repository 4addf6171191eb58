#pragma once
// The inspection of a chip, with the protocols as parameters: a test puts others in their place.

#include <functional>

#include "smartcard/access/access.h"
#include "smartcard/inspection/inspect.h"

namespace inspection {

struct Protocols {
  std::function<chip_access::BacResult(transport::Channel&, std::string_view, base::Random&)> bac =
      chip_access::basic_access_control;
  std::function<base::Findings(transport::Channel&, base::ByteView, base::Random&)> active_authentication =
      chip_access::active_authentication;
};

struct CardInspection {
  std::string_view optical_mrz;
  const trust::TrustStore& trust;
  base::Moment as_of;
  base::Random& random;
  Protocols protocols = {};
};

Report inspect_card(transport::Channel& card, const CardInspection& how, lds::Files* files);

}  // namespace inspection
