#pragma once
// The register's service without its sockets, with one person and a client of every role, and how it is asked.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/registry/api.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/registry/people.h"

namespace test {

inline const std::string kNumber = "001090990001";
inline const std::string kNobody = "001090990009";
inline const std::string kChip = "00000000000000A1";
inline const std::string kCertificate(64, 'a');

using nlohmann::json;

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    registry::Store store = home.store(clock);
    base::Findings findings;
    store.register_person(person(kNumber), findings);
    registry::Clients clients(home.folder(), clock);
    for (const std::string& role : registry::Scopes::shipped().roles()) {
      clients.add({role + "-01", certificate_of(role), role});
    }
  }
  static std::string certificate_of(const std::string& role) {
    return evidence::sha256_text(role).substr(0, 32) + std::string(32, '0');
  }
  net::HttpRequest request(const std::string& method, std::vector<std::string> path, const std::string& role) {
    return {.method = method,
            .path = std::move(path),
            .query = {},
            .content_type = "",
            .body = "",
            .peer = {net::Shown::Trusted, role, certificate_of(role)}};
  }
  net::HttpResponse get(const std::string& role, std::vector<std::string> path,
                        std::map<std::string, std::string> query) {
    net::HttpRequest asked = request("GET", std::move(path), role);
    asked.query = std::move(query);
    return api.handle(asked);
  }
  net::HttpResponse post(const std::string& role, std::vector<std::string> path, const json& body) {
    net::HttpRequest asked = request("POST", std::move(path), role);
    asked.content_type = "application/json";
    asked.body = body.dump();
    return api.handle(asked);
  }
  // "200", or the status and code of the problem.
  static std::string said(const net::HttpResponse& answer) {
    if (answer.content_type != "application/problem+json") return std::to_string(answer.status);
    const json body = json::parse(answer.body);
    EXPECT_EQ(body.at("status"), answer.status);
    return std::to_string(answer.status) + " " + body.at("code").get<std::string>();
  }
  // Of the findings behind 409 CHANGE_REFUSED.
  static std::vector<std::string> codes(const net::HttpResponse& answer) {
    EXPECT_EQ(said(answer), "409 CHANGE_REFUSED");
    std::vector<std::string> found;
    const json body = json::parse(answer.body);
    for (const json& finding : body.at("findings")) found.push_back(finding.at("code"));
    return found;
  }
  std::vector<registry::KeptAccess> accesses(const std::string& number = kNumber) {
    return registry::AccessBook(home.folder(), clock).accesses(test::number(number));
  }
  registry::Record record() { return *home.store(clock).find(test::number(kNumber)); }
  json read(const std::string& attributes) {
    return json::parse(
        get("issuing-station", {"v1", "persons", kNumber}, {{"purpose", "issuance"}, {"attributes", attributes}}).body);
  }

  Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
  base::SeededRandom random{5};
  registry::Home home = registry::Home::create(folder / "registry", clock);
  base::Bytes public_key;
  std::unique_ptr<keystore::SigningKey> make_key() {
    auto key = keystore::generate(keystore::Curve::P256, random);
    public_key = key->public_key_named();
    return key;
  }
  registry::Api api{home, make_key(), registry::Scopes::shipped(), clock, random};
};

}  // namespace test
