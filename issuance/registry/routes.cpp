#include "issuance/registry/routes.h"

#include <array>

namespace registry {

namespace {

constexpr std::array<Operation, 17> kOperations{{
    {"readHealth", "GET", "/v1/health", nullptr},
    {"findPersons", "POST", "/v1/persons", find_persons},
    {"readPerson", "GET", "/v1/persons/{number}", read_person},
    {"matchPerson", "POST", "/v1/persons/{number}/match", match_person},
    {"verifyPerson", "POST", "/v1/persons/{number}/verify", verify_person},
    {"readIdentities", "GET", "/v1/persons/{number}/identities", read_identities},
    {"readStatus", "GET", "/v1/persons/{number}/status", read_status},
    {"readHistory", "GET", "/v1/persons/{number}/history", read_history},
    {"readAccesses", "GET", "/v1/persons/{number}/accesses", read_accesses},
    {"giveAnswer", "POST", "/v1/answers", give_signed_answer},
    {"openCase", "POST", "/v1/cases", open_case},
    {"closeCase", "POST", "/v1/cases/{case}/close", close_case},
    {"recordCard", "POST", "/v1/cards", record_card},
    {"setCardStatus", "POST", "/v1/cards/{serial}/status", set_card_status},
    {"recordApprovals", "POST", "/v1/approvals", record_approvals},
    {"requestCorrection", "POST", "/v1/corrections", request_correction},
    {"addAttestation", "POST", "/v1/attestations", add_attestation},
}};

// Whether the path has the pattern's form; fills `names` with the segments in place of {…}.
bool fits(std::string_view pattern, const std::vector<std::string>& path, std::vector<std::string_view>& names) {
  names.clear();
  for (const std::string& segment : path) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);  // '/'
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view wanted = pattern.substr(0, end);
    if (wanted.starts_with('{')) {
      names.push_back(segment);
    } else if (wanted != segment) {
      return false;
    }
    pattern.remove_prefix(end);
  }
  return pattern.empty();
}

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

Found find_operation(const net::HttpRequest& request) {
  Found found;
  std::vector<std::string_view> names;
  for (const Operation& operation : kOperations) {
    if (!fits(operation.pattern, request.path, names)) continue;
    if (operation.method == request.method) {
      found.operation = &operation;
      found.names = names;
      return found;
    }
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += operation.method;
  }
  return found;
}

net::HttpResponse health() {
  return {.status = 200, .content_type = "application/json", .body = R"({"status":"serving"})", .headers = {}};
}

}  // namespace registry
