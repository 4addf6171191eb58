#pragma once
// The card that passed its inspection by the public path, as a statement of the station (type "acceptance"). It is what
// delivery begins with; a row in the store that says "accepted" is not.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "issuance/cases/flow.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"

namespace cases {

struct Acceptance {
  std::string case_id;
  std::string order_sha256;
  std::string serial;         // of the chip
  std::string replaces;       // serial of the card it replaces, empty: none
  std::string reason;         // why it was made
  std::string sod_sha256;     // base64url
  std::string report_sha256;  // of the inspection's report as compact JSON
  base::Date issue;           // day of issue, as printed
  base::Moment at;
  bool operator==(const Acceptance&) const = default;
};

nlohmann::json to_json(const Acceptance& acceptance);

class AcceptedCard {
 public:
  const Acceptance& content() const { return content_; }
  const std::string& jws() const { return jws_; }

 private:
  friend std::variant<AcceptedCard, base::Findings> accept(const PrintedCard&, const inspection::Report&,
                                                           const keystore::SigningKey&, base::Moment);
  friend std::variant<AcceptedCard, base::Findings> open_acceptance(std::string, base::ByteView, std::string_view);
  AcceptedCard(Acceptance content, std::string jws) : content_(std::move(content)), jws_(std::move(jws)) {}
  Acceptance content_;
  std::string jws_;
};

// Signs that this card was read by the public path and is GENUINE. Any other verdict gives the report's own findings.
std::variant<AcceptedCard, base::Findings> accept(const PrintedCard& card, const inspection::Report& report,
                                                  const keystore::SigningKey& station, base::Moment now);

// Reads it back. Finding ACCEPTANCE_NOT_TRUSTED when the station's key did not sign it for this case.
std::variant<AcceptedCard, base::Findings> open_acceptance(std::string jws, base::ByteView station_key,
                                                           std::string_view case_id);

}  // namespace cases
