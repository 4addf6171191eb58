// Revocation lists as Doc 9303-12 has them: what a foreign one reads as, which rule speaks when one thing is changed,
// and that OpenSSL accepts what is signed.

#include "pki/x509/issue/crl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/crl.h"
#include "pki/x509/format/oids.h"
#include "tests/lists/signed_lists.h"
#include "tests/support/vectors.h"

namespace {

using namespace x509;
using base::Bytes;
using testing::ElementsAre;
using testing::IsEmpty;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");
constexpr std::chrono::days kMonth{30};

TEST(CrlFormatTest, ReadsAForeignListAndWritesItTheSame) {
  const Bytes file = vectors::load_binary("synth/crl_csca1.crl");
  const format::Crl crl = format::parse_crl(file);
  EXPECT_EQ(crl.body.issuer.text(), "C=UT, O=Utopia Passport Agency, CN=CSCA-UTO 001");
  EXPECT_EQ(base::to_rfc3339(crl.body.next_update), "2026-05-01T00:00:00Z");
  ASSERT_EQ(crl.body.revoked.size(), 1U);
  EXPECT_EQ(base::to_hex(crl.body.revoked[0].serial), "2006");
  EXPECT_EQ(format::parse_crl_number(crl.body.find(format::oid::kCrlNumber)->value), 7);
  EXPECT_EQ(format::encode(crl.body), crl.tbs);
  EXPECT_EQ(format::assemble(crl.tbs, crl.signature_algorithm, crl.signature), file);
}

TEST(CrlFormatTest, RefusesAListCutAnywhere) {
  const Bytes file = vectors::load_binary("synth/crl_csca1.crl");
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_THROW(format::parse_crl(base::ByteView(file).first(size)), asn1::Malformed) << size;
  }
}

class CrlTest : public testing::Test {
 protected:
  format::CrlBody draft(std::int64_t number = 2, std::vector<format::RevokedCertificate> revoked = {}) {
    return issue::crl_draft(
        {.csca = csca_, .number = number, .revoked = std::move(revoked), .now = kNow, .next_update = kNow + kMonth});
  }
  std::vector<std::string> failing(const format::CrlBody& body, const format::Crl* previous = nullptr,
                                   const format::Certificate* newest = nullptr) {
    lint::History history;
    if (previous != nullptr) {
      history.previous_crl =
          format::assemble(format::encode(previous->body), previous->body.signature_algorithm, Bytes{0});
    }
    if (newest != nullptr) {
      history.newest_csca = format::assemble(newest->tbs, newest->signature_algorithm, newest->signature);
    }
    const auto linted = issue::lint(body, {.csca = csca_, .now = kNow, .history = &history});
    const auto* const findings = std::get_if<base::Findings>(&linted);
    return findings == nullptr ? std::vector<std::string>{} : findings->failing_codes();
  }
  Bytes signed_list(const format::CrlBody& body) {
    auto linted = issue::lint(body, {.csca = csca_, .now = kNow});
    return issue::sign(std::get<issue::LintedCrl>(std::move(linted)), *authority_.csca_key, authority_.csca);
  }
  format::Extension& extension(format::CrlBody& body, const asn1::Oid& id) {
    return *std::ranges::find(body.extensions, id, &format::Extension::id);
  }
  // The list before, an hour or some days ago.
  format::Crl before(std::chrono::hours ago, std::vector<format::RevokedCertificate> revoked = {},
                     std::int64_t number = 1) {
    format::Crl crl;
    crl.body = draft(number, std::move(revoked));
    crl.body.this_update = kNow - ago;
    return crl;
  }

  const test::ListAuthority authority_ = test::make_list_authority(kNow - std::chrono::days{400});
  const format::Certificate csca_ = format::parse_certificate(authority_.csca);
  const format::RevokedCertificate lost_{Bytes{0x11, 0x22}, kNow}, stolen_{Bytes{0x12}, kNow};
};

TEST_F(CrlTest, AnEmptyListIsSignedAndOpenSslAcceptsIt) {
  const Bytes crl = signed_list(draft());
  EXPECT_TRUE(crypto::openssl::crl_is_signed_by(crl, authority_.csca));
  EXPECT_FALSE(crypto::openssl::crl_is_signed_by(crl, authority_.signer));
  const format::CrlBody body = format::parse_crl(crl).body;
  EXPECT_THAT(body.revoked, IsEmpty());
  EXPECT_EQ(body.extensions.size(), 2U);
}

TEST_F(CrlTest, ARevokedCertificateStandsInTheListByNumberAndDay) {
  const format::CrlBody body = format::parse_crl(signed_list(draft(3, {stolen_, lost_}))).body;
  EXPECT_THAT(body.revoked, ElementsAre(lost_, stolen_));
}

TEST_F(CrlTest, FormerNamesStandInTheAlternativeName) {
  const auto name = *format::name_from_text("C=VN,CN=Old CSCA");
  const auto body =
      issue::crl_draft({.csca = csca_, .former_names = {name}, .number = 1, .now = kNow, .next_update = kNow + kMonth});
  const auto* const names = body.find(asn1::oid::kIssuerAltName);
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(format::parse_alternative_names(names->value).front().directory, name);
  EXPECT_THAT(failing(body), IsEmpty());
}

TEST_F(CrlTest, AnotherKeySignsNothing) {
  auto linted = issue::lint(draft(), {.csca = csca_, .now = kNow});
  EXPECT_THROW(issue::sign(std::get<issue::LintedCrl>(std::move(linted)), *authority_.signer_key, authority_.csca),
               base::Error);
}

TEST_F(CrlTest, EachRuleSpeaksWhenOneThingIsChanged) {
  const auto changed = [&](const std::function<void(format::CrlBody&)>& change) {
    format::CrlBody body = draft(2, {lost_});
    change(body);
    return failing(body);
  };
  EXPECT_THAT(failing(draft(2, {lost_})), IsEmpty());
  EXPECT_THAT(changed([](auto& body) { body.next_update = body.this_update; }), ElementsAre("CRL_NEXT_UPDATE_PRESENT"));
  EXPECT_THAT(changed([](auto& body) { body.next_update = kNow + std::chrono::days{90}; }), IsEmpty());
  EXPECT_THAT(changed([](auto& body) { body.next_update = kNow + std::chrono::days{90} + std::chrono::seconds{1}; }),
              ElementsAre("CRL_MAX_90_DAYS"));
  EXPECT_THAT(changed([](auto& body) { body.issuer = *format::name_from_text("C=VN,CN=Other"); }),
              ElementsAre("CRL_ISSUER_IS_CSCA"));
  EXPECT_THAT(changed([](auto& body) { body.issuer.attributes[0].value = "vn"; }),
              ElementsAre("CRL_ISSUER_COUNTRY", "CRL_ISSUER_IS_CSCA"));
  EXPECT_THAT(
      changed([](auto& body) { body.signature_algorithm = format::algorithm_identifier(asn1::oid::kEcdsaWithSha512); }),
      ElementsAre("CRL_SIGALG_EQUAL"));
  EXPECT_THAT(changed([&](auto& body) { body.revoked.push_back(lost_); }), ElementsAre("CRL_SERIAL_ONCE"));
  EXPECT_THAT(changed([](auto& body) { body.extensions.erase(body.extensions.begin()); }),
              ElementsAre("CRL_AKI_PRESENT"));
  EXPECT_THAT(changed([&](auto& body) { extension(body, asn1::oid::kAuthorityKeyIdentifier).value.back() ^= 1; }),
              ElementsAre("CRL_AKI_MATCHES_CSCA"));
  EXPECT_THAT(changed([](auto& body) { body.extensions.pop_back(); }), ElementsAre("CRL_NUMBER_PRESENT"));
  EXPECT_THAT(changed([&](auto& body) { extension(body, format::oid::kCrlNumber).critical = true; }),
              ElementsAre("CRL_NUMBER_PRESENT"));
  EXPECT_THAT(changed([](auto& body) {
                body.extensions.push_back({asn1::Oid{"2.5.29.28"}, true, Bytes{0x30, 0x00}});
              }),
              ElementsAre("CRL_EXTENSION_FORBIDDEN"));
  EXPECT_THAT(changed([&](auto& body) {
                extension(body, format::oid::kCrlNumber).value = {0x02, 0x01, 0x80};
              }),
              ElementsAre("CRL_NUMBER_FORM"));
}

TEST_F(CrlTest, ACertificateThatMayNotSignListsSignsNone) {
  const format::Certificate signer = format::parse_certificate(authority_.signer);
  const auto body = issue::crl_draft({.csca = signer, .number = 1, .now = kNow, .next_update = kNow + kMonth});
  const auto linted = issue::lint(body, {.csca = signer, .now = kNow});
  ASSERT_TRUE(std::holds_alternative<base::Findings>(linted));
  EXPECT_THAT(std::get<base::Findings>(linted).failing_codes(), ElementsAre("CRL_SIGNER_USAGE"));
}

TEST_F(CrlTest, TheLastListBinds) {
  using std::chrono::hours;
  const format::Crl early = before(hours{1}, {lost_}), week = before(hours{24 * 7}, {lost_});
  EXPECT_THAT(failing(draft(2, {lost_}), &week), IsEmpty());
  EXPECT_THAT(failing(draft(2, {lost_}), &early), ElementsAre("CRL_MIN_48_HOURS"));
  const format::Crl two_days = before(hours{48}, {lost_});
  EXPECT_THAT(failing(draft(2, {lost_}), &two_days), IsEmpty());
  EXPECT_THAT(failing(draft(2, {lost_, stolen_}), &early), IsEmpty());
  EXPECT_THAT(failing(draft(2), &week), ElementsAre("CRL_KEEPS_OLD_ENTRIES"));
  EXPECT_THAT(failing(draft(1, {lost_}), &week), ElementsAre("CRL_NUMBER_GROWS"));
  const format::Crl later = before(hours{-24}, {lost_});
  EXPECT_THAT(failing(draft(2, {lost_, stolen_}), &later), ElementsAre("CRL_THIS_UPDATE_GROWS"));
}

TEST_F(CrlTest, TheNewestKeySignsUnlessTheOldOneBuriesItself) {
  const test::ListAuthority next = test::make_list_authority(kNow - std::chrono::days{3}, 8);
  const format::Certificate newest = format::parse_certificate(next.csca);
  EXPECT_THAT(failing(draft(), nullptr, &newest), ElementsAre("CRL_NEWEST_KEY"));
  EXPECT_THAT(failing(draft(2, {{csca_.body.serial, kNow}}), nullptr, &newest), IsEmpty());
  EXPECT_THAT(failing(draft(), nullptr, &csca_), IsEmpty());
}

}  // namespace
