#pragma once
// CV certificates and requests in words.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/request.h"

namespace admin {

nlohmann::json describe_cv(const cvc::format::Certificate& certificate);
nlohmann::json describe_cv_request(const cvc::format::Request& request);
std::string cv_text(const nlohmann::json& described);  // one line a member
nlohmann::json rights_json(const cvc::format::Chat& chat);

}  // namespace admin
