#include "pki/admin/cvc_show.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/cvc/format/algorithm.h"

namespace admin {

namespace {

namespace format = cvc::format;
using nlohmann::json;

json key_json(const format::PublicKey& key) {
  const std::size_t octets = key.is_rsa() ? key.modulus.size() : key.point.size() / 2;
  return {{"algorithm", format::algorithm_of(key.algorithm)->name},
          {"bits", 8 * octets},
          {"parameters", key.has_parameters()},
          {"point", base::to_hex(key.is_rsa() ? key.modulus : key.point)}};
}

}  // namespace

json rights_json(const format::Chat& chat) {
  json out = json::array();
  if (chat.rights().fingerprints) out.push_back("DG3");
  if (chat.rights().iris) out.push_back("DG4");
  return out;
}

json describe_cv(const format::Certificate& certificate) {
  const format::Body& body = certificate.body;
  return {{"kind", "cv-certificate"},
          {"authority", body.authority},
          {"holder", body.holder},
          {"role", format::role_name(body.chat.role())},
          {"terminal_type", body.chat.terminal_type.dotted()},
          {"reads", rights_json(body.chat)},
          {"effective", base::to_iso(body.effective)},
          {"expiration", base::to_iso(body.expiration)},
          {"extensions", body.extensions.size()},
          {"key", key_json(body.key)}};
}

json describe_cv_request(const format::Request& request) {
  json out{{"kind", "cv-request"},
           {"authority", request.authority},
           {"holder", request.holder},
           {"key", key_json(request.key)},
           {"signed_by", nullptr}};
  if (request.outer) out["signed_by"] = request.outer->authority;
  return out;
}

std::string cv_text(const json& described) {
  std::string out;
  for (const auto& [name, value] : described.items()) {
    if (value.is_object()) {
      out += fmt::format("{}: {}, {} bits{}\n", name, value["algorithm"].get<std::string>(),
                         value["bits"].get<std::size_t>(),
                         value["parameters"].get<bool>() ? "" : ", parameters inherited");
    } else {
      out += fmt::format("{}: {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return out;
}

}  // namespace admin
