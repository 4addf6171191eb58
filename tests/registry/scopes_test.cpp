// Scopes, clients and rates: what is allowed is what a line allows.

#include "issuance/registry/scopes.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

#include "issuance/registry/clients.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "tests/base/folder.h"

namespace {

using registry::Client;
using registry::Clients;
using registry::RateLimit;
using registry::Scopes;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ScopesTest, EveryRoleOfTheServiceIsShippedWithARateAndAPurpose) {
  const Scopes& scopes = Scopes::shipped();
  EXPECT_THAT(scopes.roles(), ElementsAre("issuing-station", "checkpoint", "insurance", "tax", "land",
                                          "business-registration", "public-service-portal"));
  for (const std::string& role : scopes.roles()) {
    EXPECT_NE(scopes.rate(role), nullptr);
    EXPECT_TRUE(std::ranges::any_of(scopes.list(), [&](const auto& scope) { return scope.role == role; })) << role;
  }
}

TEST(ScopesTest, NamesWhatLacks) {
  const Scopes& scopes = Scopes::shipped();
  EXPECT_EQ(scopes.lacking("insurance", "health-insurance", "read", {"full_name", "birth"}), std::nullopt);
  EXPECT_EQ(scopes.lacking("insurance", "health-insurance", "read", {"full_name", "religion"}),
            "health-insurance/read/religion");
  EXPECT_EQ(scopes.lacking("insurance", "health-insurance", "history", {}), "health-insurance/history");
  EXPECT_EQ(scopes.lacking("insurance", "issuance", "read", {"full_name"}), "issuance/read");
  EXPECT_EQ(scopes.lacking("nobody", "issuance", "read", {}), "issuance/read");
}

TEST(ScopesTest, OnlyAStationChangesWhatStandsUnderANumberOrIsGivenASignedAnswer) {
  for (const auto& scope : Scopes::shipped().list()) {
    for (const char* const change : {"answer", "case", "card", "correction", "attestation", "approval", "find"}) {
      const bool may = std::ranges::find(scope.operations, change) != scope.operations.end();
      EXPECT_EQ(may, scope.role == "issuing-station") << scope.role << " " << change;
    }
  }
}

TEST(ScopesTest, AFileOfTheRegistersOwnTakesThePlaceOfTheShippedOne) {
  const test::Folder folder;
  EXPECT_EQ(Scopes::of_register(folder.path()).version(), Scopes::shipped().version());
  base::write_text_file(folder / "scopes.toml",
                        "version = \"ours\"\nscope = []\n[[role]]\nname = \"x\"\nper_second = 0.5\nburst = 1\n",
                        "writing");
  const Scopes ours = Scopes::of_register(folder.path());
  EXPECT_EQ(ours.version(), "ours");
  EXPECT_THAT(ours.roles(), ElementsAre("x"));
  EXPECT_EQ(ours.lacking("x", "issuance", "read", {}), "issuance/read");
}

struct Wrong {
  const char *toml, *says;
};
class ScopesRefuse : public testing::TestWithParam<Wrong> {};
TEST_P(ScopesRefuse, WhatTheyDoNotKnow) {
  try {
    Scopes::parse(GetParam().toml, "scopes.toml");
    FAIL() << GetParam().toml;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.what(), HasSubstr("scopes.toml:"));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().says));
  }
}
constexpr const char* kRole = "[[role]]\nname = \"r\"\nper_second = 1\nburst = 1\n";
std::string with_role(const std::string& rest) {
  static std::deque<std::string> kept;
  return kept.emplace_back(std::string("version = \"1\"\n") + kRole + rest);
}
const std::string kUnknownOperation =
    with_role("[[scope]]\nrole=\"r\"\npurpose=\"p\"\nlegal=\"l\"\noperations=[\"delete\"]\nattributes=[]\n");
const std::string kUnknownAttribute =
    with_role("[[scope]]\nrole=\"r\"\npurpose=\"p\"\nlegal=\"l\"\noperations=[\"read\"]\nattributes=[\"salary\"]\n");
const std::string kUnknownRole =
    with_role("[[scope]]\nrole=\"q\"\npurpose=\"p\"\nlegal=\"l\"\noperations=[]\nattributes=[]\n");
const std::string kNoLaw = with_role("[[scope]]\nrole=\"r\"\npurpose=\"p\"\noperations=[]\nattributes=[]\n");
const std::string kTwice = with_role(
    "[[scope]]\nrole=\"r\"\npurpose=\"p\"\nlegal=\"l\"\noperations=[]\nattributes=[]\n"
    "[[scope]]\nrole=\"r\"\npurpose=\"p\"\nlegal=\"l\"\noperations=[\"read\"]\nattributes=[]\n");
const std::string kRoleTwice = std::string("version = \"1\"\nscope = []\n") + kRole + kRole;
INSTANTIATE_TEST_SUITE_P(
    All, ScopesRefuse,
    testing::Values(Wrong{"version = ", "scopes.toml:1"}, Wrong{"role = []\nscope = []", "version"},
                    Wrong{"version = \"1\"\nrole = []\nscope = []\nmore = 1", "more"},
                    Wrong{"version = \"1\"\nscope = []\n[[role]]\nname = \"r\"\nburst = 1\n", "per_second"},
                    Wrong{"version = \"1\"\nscope = []\n[[role]]\nname = \"r\"\nper_second = nan\n"
                          "burst = 1\n",
                          "per_second"},
                    Wrong{"version = \"1\"\nscope = []\n[[role]]\nname = \"r\"\nper_second = 1\n"
                          "burst = 0\n",
                          "burst"},
                    Wrong{kUnknownOperation.c_str(), "operations"}, Wrong{kUnknownAttribute.c_str(), "attributes"},
                    Wrong{kUnknownRole.c_str(), "no role is called 'q'"}, Wrong{kNoLaw.c_str(), "legal"},
                    Wrong{kRoleTwice.c_str(), "role 'r' stands twice"}, Wrong{kTwice.c_str(), "stands twice"}));

TEST(RateLimitTest, GivesABurstAndThenWhatComesBack) {
  RateLimit limit;
  const registry::Rate rate{.per_second = 2, .burst = 3};
  const RateLimit::Time start{};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.take("a", rate, start));
  EXPECT_EQ(limit.take("a", rate, start), seconds{1}) << "half a second, and nobody is told less than a second";
  EXPECT_FALSE(limit.take("b", rate, start)) << "each client has a bucket of its own";
  EXPECT_TRUE(limit.take("a", rate, start + milliseconds{499}));
  EXPECT_FALSE(limit.take("a", rate, start + milliseconds{501}));
  EXPECT_TRUE(limit.take("a", rate, start + milliseconds{502}));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.take("a", rate, start + seconds{3600}));
  EXPECT_TRUE(limit.take("a", rate, start + seconds{3600})) << "a bucket never holds more than its burst";
}

TEST(RateLimitTest, TellsHowLongASlowBucketTakes) {
  RateLimit limit;
  const registry::Rate rate{.per_second = 0.1, .burst = 1};
  EXPECT_FALSE(limit.take("a", rate, {}));
  EXPECT_EQ(limit.take("a", rate, {}), seconds{10});
}

class ClientsTest : public testing::Test {
 protected:
  test::Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
  Clients clients{folder.path(), clock};
  const Client station{"station-001", std::string(64, 'a'), "issuing-station"};
};

TEST_F(ClientsTest, AreKnownByTheirCertificate) {
  EXPECT_FALSE(clients.by_certificate(station.certificate_sha256));
  EXPECT_THAT(clients.add(station).list(), IsEmpty());
  EXPECT_THAT(clients.add(station).list(), IsEmpty()) << "twice changes nothing";
  EXPECT_EQ(clients.by_certificate(station.certificate_sha256)->name, "station-001");
  EXPECT_FALSE(clients.by_certificate(std::string(64, 'b')));
  EXPECT_FALSE(clients.by_certificate("")) << "no certificate is nobody";
  EXPECT_EQ(Clients(folder.path(), clock).list().size(), 1U) << "another process sees them";
}

TEST_F(ClientsTest, ANameAndACertificateBelongToOneClientForEver) {
  clients.add(station);
  EXPECT_TRUE(clients.add({"station-001", std::string(64, 'b'), "issuing-station"}).has("CLIENT_NAME_TAKEN"));
  EXPECT_TRUE(clients.add({"station-001", std::string(64, 'a'), "tax"}).has("CLIENT_NAME_TAKEN"));
  EXPECT_TRUE(clients.add({"station-002", std::string(64, 'a'), "tax"}).has("CLIENT_CERTIFICATE_TAKEN"));
  EXPECT_TRUE(clients.remove("station-001"));
  EXPECT_FALSE(clients.remove("station-001"));
  EXPECT_FALSE(clients.by_certificate(station.certificate_sha256));
  EXPECT_TRUE(clients.add(station).has("CLIENT_NAME_TAKEN"));
  EXPECT_THAT(clients.list(), IsEmpty());
}

TEST(ClientNameTest, IsPlainAndNobodysNumber) {
  for (const char* const good : {"station-001", "a", "tax.hanoi_2"})
    EXPECT_TRUE(registry::is_client_name(good)) << good;
  for (const std::string& bad : {std::string(), std::string("Station"), std::string("a b"), std::string("tám"),
                                 std::string(65, 'a'), std::string("s-001090990001")})
    EXPECT_FALSE(registry::is_client_name(bad)) << bad;
}

}  // namespace
