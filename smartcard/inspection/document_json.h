#pragma once
// The `document` object of report.json (docs/formats/report.md).

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/lds/details.h"
#include "smartcard/lds/dg3.h"

namespace inspection {

nlohmann::json mrz_json(const document::ParsedMrz& mrz, const std::string& text);
nlohmann::json dg13_json(const document::Dg13& fields);
nlohmann::json portrait_json(const base::Bytes& image);
nlohmann::json fingers_json(const std::vector<lds::FingerImage>& fingers);  // never the images themselves
nlohmann::json personal_details_json(const lds::PersonalDetails& details);
nlohmann::json document_details_json(const lds::DocumentDetails& details);
nlohmann::json persons_to_notify_json(const std::vector<lds::PersonToNotify>& persons);

}  // namespace inspection
