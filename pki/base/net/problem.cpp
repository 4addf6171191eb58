#include <nlohmann/json.hpp>

#include "pki/base/net/http.h"

namespace net {

HttpResponse problem(int status, std::string_view code, std::string_view title, std::string_view detail,
                     const std::map<std::string, std::string>& more) {
  nlohmann::json body = {
      {"type", "about:blank"}, {"title", title}, {"status", status}, {"code", code}, {"detail", detail}};
  for (const auto& [name, value] : more) body[name] = value;
  return {.status = status,
          .content_type = "application/problem+json",
          .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          .headers = {}};
}

}  // namespace net
