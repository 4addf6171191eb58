// The calendar: what certificates and an authority's book ask of whoever keeps the keys.

#include "pki/admin/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/cvc/format/certificate.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/crl.h"
#include "pki/x509/format/oids.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using admin::Appointment;
using admin::Duty;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace format = x509::format;

base::Moment at(const char* text) {
  return *base::parse_rfc3339(text);
}

// A certificate with these ends and nothing else that counts; nobody checks its signature here.
base::Bytes certificate(std::string_view common_name, bool authority, const char* not_before, const char* not_after,
                        const char* use_ends = nullptr) {
  format::Body body = format::parse_certificate(vectors::load_binary("synth/ds1_p256.cer")).body;
  body.subject = *format::name_from_text("C=VN,O=TEST,CN=" + std::string(common_name));
  if (authority) body.issuer = body.subject;
  body.not_before = at(not_before);
  body.not_after = at(not_after);
  body.extensions = {{asn1::oid::kKeyUsage, true, format::encode_key_usage({format::KeyUse::DigitalSignature})}};
  if (use_ends != nullptr) {
    body.extensions.push_back(
        {asn1::oid::kPrivateKeyUsagePeriod, false, format::encode_usage_period({at(not_before), at(use_ends)})});
  }
  if (authority) body.extensions.push_back({asn1::oid::kBasicConstraints, true, format::encode_ca_constraints(0)});
  return format::assemble(format::encode(body), body.signature_algorithm, base::Bytes(64, 1));
}

// The same of a CSCA whose next key bears its name: only the key identifiers say that it is no root.
base::Bytes link_with_the_same_name() {
  auto body = format::parse_certificate(
                  certificate("CSCA", true, "2029-01-01T00:00:00Z", "2045-01-01T00:00:00Z", "2034-01-01T00:00:00Z"))
                  .body;
  body.extensions.push_back(
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(base::Bytes(20, 2))});
  body.extensions.push_back(
      {asn1::oid::kAuthorityKeyIdentifier, false, format::encode_authority_key_identifier(base::Bytes(20, 1))});
  return format::assemble(format::encode(body), body.signature_algorithm, base::Bytes(64, 1));
}

// A list that says that these are revoked; nobody checks its signature here either.
base::Bytes list_of(const std::vector<base::Bytes>& serials, base::Moment when) {
  const auto issuer = format::parse_certificate(vectors::load_binary("synth/ds1_p256.cer")).body;
  format::CrlBody body{};
  body.signature_algorithm = issuer.signature_algorithm;
  body.issuer = issuer.issuer;
  body.this_update = when;
  body.next_update = when + std::chrono::days(30);
  body.extensions = {{format::oid::kCrlNumber, false, format::encode_crl_number(1)}};
  for (const base::Bytes& serial : serials) body.revoked.push_back({serial, when});
  return format::assemble(format::encode(body), body.signature_algorithm, base::Bytes(64, 1));
}

std::vector<std::pair<std::string, std::string>> days_of(const std::vector<Appointment>& appointments) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Appointment& one : appointments) {
    out.emplace_back(base::to_iso(one.day), std::string(admin::duty_name(one.duty)));
  }
  return out;
}

class CalendarTest : public testing::Test {
 protected:
  void enter(std::string_view purpose, const base::Bytes& certificate) {
    const base::Bytes serial = book_.reserve_serial(purpose, random_);
    const auto body = format::parse_certificate(certificate).body;
    format::Body numbered = body;
    numbered.serial = serial;
    const base::Bytes tbs = format::encode(numbered);
    book_.intend(serial, tbs);
    book_.record(serial, format::assemble(tbs, body.signature_algorithm, base::Bytes(64, 1)));
    last_ = serial;
  }
  std::vector<std::pair<std::string, std::string>> days() const {
    return days_of(admin::in_order(admin::appointments_of(book_, clock_.now())));
  }

  test::TemporaryFolder folder_;
  base::FixedClock clock_{at("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{11};
  admin::CaBook book_{folder_ / "ca.db", true, clock_};
  base::Bytes last_;
};

TEST(CalendarOfACertificate, ACscaTellsOfItsRolloverNinetyDaysBefore) {
  EXPECT_THAT(days_of(admin::appointments_of(
                  certificate("CSCA", true, "2026-01-01T00:00:00Z", "2042-01-01T00:00:00Z", "2031-01-01T00:00:00Z"))),
              ElementsAre(std::pair("2030-10-03", "rollover-notice"), std::pair("2031-01-01", "rollover")));
}

TEST(CalendarOfACertificate, ASignerChangesWhenItsKeyEndsNotItsCertificate) {
  EXPECT_THAT(days_of(admin::appointments_of(
                  certificate("DS", false, "2026-01-01T00:00:00Z", "2041-01-01T00:00:00Z", "2026-03-31T20:00:00Z"))),
              ElementsAre(std::pair("2026-04-01", "signer-change")));  // 3 o'clock in Viet Nam
}

TEST(CalendarOfACertificate, OthersAreRenewedBeforeTheyEnd) {
  EXPECT_THAT(
      days_of(admin::appointments_of(certificate("TLS", false, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))),
      ElementsAre(std::pair("2026-12-02", "renewal")));
  EXPECT_THAT(
      days_of(admin::appointments_of(certificate("short", false, "2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"))),
      ElementsAre(std::pair("2026-01-21", "renewal")));
}

TEST(CalendarOfACertificate, ForeignOnesAreReadToo) {
  EXPECT_THAT(days_of(admin::appointments_of(vectors::load_binary("csca-vietnam-epassport-2022.cer"))),
              testing::SizeIs(testing::Ge(1U)));
  EXPECT_TRUE(admin::appointments_of(vectors::load_binary("synth/csca_link_1_to_2.cer")).empty());
  EXPECT_EQ(admin::appointments_of(link_with_the_same_name()).size(), 0U);
}

TEST(CalendarOfACvCertificate, AFifthOfItsLifeIsLeftForTheNextOne) {
  const auto chain = vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"];
  const auto read = [&](const char* who) { return vectors::hex(chain[who]["der"]); };
  for (const auto& [who, duty] :
       {std::pair("cvca1", Duty::Rollover), std::pair("dv", Duty::Renewal), std::pair("is", Duty::Renewal)}) {
    const auto appointments = admin::appointments_of_cvc(read(who));
    ASSERT_EQ(appointments.size(), 1U) << who;
    EXPECT_EQ(appointments[0].duty, duty) << who;
    const auto body = cvc::format::parse_certificate(read(who)).body;
    const std::chrono::sys_days begin{body.effective}, end{body.expiration}, day{appointments[0].day};
    EXPECT_EQ((end - begin) / 5, end - day) << who;
  }
  EXPECT_TRUE(admin::appointments_of_cvc(read("link_1_2")).empty());
}

TEST_F(CalendarTest, ReferencesOfTheBookAskByTheirNewestCertificate) {
  const auto chain = vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"];
  const base::Bytes dv = vectors::hex(chain["dv"]["der"]);
  book_.reserve_reference("VNCVCA00001", "VNDV00001", "dv", {});
  book_.record_reference("VNCVCA00001", "VNDV00001", dv);
  book_.reserve_reference("VNCVCA00001", "VNDV00002", "dv", {});
  EXPECT_EQ(days().size(), 1U);
  EXPECT_EQ(days().front().second, "renewal");
}

TEST_F(CalendarTest, ABookWithoutAListOwesOneToday) {
  enter("csca", certificate("CSCA", true, "2026-01-01T00:00:00Z", "2042-01-01T00:00:00Z", "2031-01-01T00:00:00Z"));
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-11-23", "crl-due"), std::pair("2030-10-03", "rollover-notice"),
                                  std::pair("2031-01-01", "rollover")));
}

TEST_F(CalendarTest, TheNextListIsDueWhenTheLastOneEnds) {
  enter("csca", certificate("CSCA", true, "2026-01-01T00:00:00Z", "2042-01-01T00:00:00Z", "2031-01-01T00:00:00Z"));
  const std::int64_t number = book_.reserve_crl_number();
  book_.record_crl({number, clock_.now(), at("2027-02-20T08:00:00Z"), list_of({}, clock_.now())});
  EXPECT_EQ(days().front(), std::pair(std::string("2027-02-20"), std::string("crl-due")));
}

// 9303-12 §4.1.5.
TEST_F(CalendarTest, ARevocationThatNoListTellsOfIsToldWithin48Hours) {
  enter("csca", certificate("CSCA", true, "2026-01-01T00:00:00Z", "2042-01-01T00:00:00Z", "2031-01-01T00:00:00Z"));
  enter("ds", certificate("DS", false, "2026-01-01T00:00:00Z", "2041-01-01T00:00:00Z", "2027-03-31T00:00:00Z"));
  const base::Bytes signer = last_;
  const auto issue = [&](const std::vector<base::Bytes>& serials, const char* next) {
    const std::int64_t number = book_.reserve_crl_number();
    book_.record_crl({number, clock_.now(), at(next), list_of(serials, clock_.now())});
  };
  issue({}, "2027-02-20T08:00:00Z");
  book_.revoke(signer, "lost");
  const auto now = [&] { return days_of(admin::in_order(admin::appointments_of(book_, clock_.now()))).front(); };
  EXPECT_EQ(now(), std::pair(std::string("2026-11-25"), std::string("crl-due")));
  clock_.set(clock_.now() + std::chrono::days(8));
  EXPECT_EQ(now(), std::pair(std::string("2026-11-25"), std::string("crl-due")));
  const auto appointments = admin::in_order(admin::appointments_of(book_, clock_.now()));
  EXPECT_THAT(appointments.front().text, HasSubstr("a certificate that is revoked"));
  EXPECT_THAT(appointments.front().text, HasSubstr("by 2026-11-25T08:00:00Z"));
  EXPECT_THAT(admin::calendar_text(appointments, base::make_date(2026, 12, 1)), HasSubstr("OVERDUE"));
  issue({signer}, "2027-02-20T08:00:00Z");
  EXPECT_EQ(now(), std::pair(std::string("2027-02-20"), std::string("crl-due")));
}

TEST_F(CalendarTest, ACscaThatIsRevokedOwesTheListThatSaysSoAndThenNoOther) {
  enter("csca", certificate("CSCA", true, "2026-01-01T00:00:00Z", "2042-01-01T00:00:00Z", "2031-01-01T00:00:00Z"));
  book_.revoke(last_, "stolen");
  clock_.set(clock_.now() + std::chrono::days(3));
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-11-25", "crl-due")));
  const std::int64_t number = book_.reserve_crl_number();
  book_.record_crl({number, clock_.now(), at("2027-02-20T08:00:00Z"), list_of({last_}, clock_.now())});
  EXPECT_THAT(days(), ElementsAre());
}

TEST_F(CalendarTest, OfACscasKeysTheNewestAsksWhateverItIsCalled) {
  enter("csca", certificate("CSCA", true, "2026-01-01T00:00:00Z", "2042-01-01T00:00:00Z", "2031-01-01T00:00:00Z"));
  enter("csca-link", link_with_the_same_name());
  enter("csca", certificate("New", true, "2029-01-01T00:00:00Z", "2045-01-01T00:00:00Z", "2034-01-01T00:00:00Z"));
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-11-23", "crl-due"), std::pair("2033-10-03", "rollover-notice"),
                                  std::pair("2034-01-01", "rollover")));
  book_.revoke(last_, "its ceremony stopped half way");  // then the one before it is the newest again
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-11-23", "crl-due"), std::pair("2030-10-03", "rollover-notice"),
                                  std::pair("2031-01-01", "rollover")));
}

TEST_F(CalendarTest, AnAuthorityOfTlsOwesNoList) {
  enter("tls-ca", certificate("TLS CA", true, "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"));
  EXPECT_THAT(days(), ElementsAre(std::pair("2035-12-02", "renewal")));
}

TEST_F(CalendarTest, WhatHasASuccessorOrWasRevokedAsksNothingMore) {
  enter("ds", certificate("DS", false, "2026-01-01T00:00:00Z", "2041-01-01T00:00:00Z", "2026-03-31T00:00:00Z"));
  enter("ds", certificate("DS", false, "2026-03-01T00:00:00Z", "2041-03-01T00:00:00Z", "2026-05-31T00:00:00Z"));
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-05-31", "signer-change")));
  enter("ds", certificate("DS 2", false, "2026-03-01T00:00:00Z", "2041-03-01T00:00:00Z", "2026-06-30T00:00:00Z"));
  EXPECT_EQ(days().size(), 2U);
  book_.revoke(last_, "lost");
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-05-31", "signer-change")));
}

TEST_F(CalendarTest, ASuccessorThatWasRevokedIsNone) {
  enter("ds", certificate("DS", false, "2026-01-01T00:00:00Z", "2041-01-01T00:00:00Z", "2026-03-31T00:00:00Z"));
  enter("ds", certificate("DS", false, "2026-03-01T00:00:00Z", "2041-03-01T00:00:00Z", "2026-05-31T00:00:00Z"));
  book_.revoke(last_, "lost");
  EXPECT_THAT(days(), ElementsAre(std::pair("2026-03-31", "signer-change")));
}

TEST(CalendarFormats, TextMarksWhatIsOverdue) {
  const std::vector<Appointment> two{{base::make_date(2026, 11, 22), Duty::CrlDue, "C=VN,CN=CSCA", "Issue it.", "a"},
                                     {base::make_date(2026, 11, 23), Duty::Renewal, "C=VN,CN=TLS", "It ends.", "b"}};
  EXPECT_EQ(admin::calendar_text(two, base::make_date(2026, 11, 23)),
            "2026-11-22  crl-due          OVERDUE C=VN,CN=CSCA: Issue it.\n"
            "2026-11-23  renewal          C=VN,CN=TLS: It ends.\n");
  const auto json = admin::calendar_json(two, base::make_date(2026, 11, 23));
  EXPECT_EQ(json["appointments"][0]["overdue"], true);
  EXPECT_EQ(json["appointments"][1]["overdue"], false);
}

// RFC 5545 §3.1 (75 octets, CRLF), §3.3.11 (escapes), §3.6.1.
TEST(CalendarFormats, ICalendarIsFoldedAndEscaped) {
  const std::string name = "C=VN,O=Cục Cảnh sát quản lý hành chính về trật tự xã hội; thử,CN=CSCA\\1";
  const std::string ics = admin::calendar_ics(
      {{base::make_date(2027, 2, 20), Duty::CrlDue, name, "First.\nSecond.", "abc"}}, at("2026-11-23T08:00:00Z"));
  EXPECT_THAT(ics, testing::StartsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"));
  EXPECT_THAT(ics, testing::EndsWith("END:VEVENT\r\nEND:VCALENDAR\r\n"));
  EXPECT_THAT(ics, HasSubstr("UID:abc@cccd-pki\r\nDTSTAMP:20261123T080000Z\r\nDTSTART;VALUE=DATE:20270220\r\n"));
  std::string unfolded;
  std::size_t line = 0;
  for (std::size_t i = 0; i < ics.size(); ++i) {
    if (ics.compare(i, 2, "\r\n") == 0) {
      EXPECT_LE(line, 75U);
      line = 0;
      ++i;
      if (ics.compare(i + 1, 1, " ") == 0) {
        ++i;
        line = 1;
        EXPECT_NE(static_cast<unsigned char>(ics[i + 1]) & 0xC0U, 0x80U) << "a character is cut";
      } else {
        unfolded += '\n';
      }
      continue;
    }
    ++line;
    unfolded += ics[i];
  }
  EXPECT_THAT(
      unfolded,
      HasSubstr("SUMMARY:crl-due: C=VN\\,O=Cục Cảnh sát quản lý hành chính về trật tự xã hội\\; thử\\,CN=CSCA\\\\1\n"));
  EXPECT_THAT(unfolded, HasSubstr("DESCRIPTION:First.\\nSecond.\n"));
}

TEST(CalendarFormats, EachAppointmentStandsOnceInOrder) {
  const Appointment late{base::make_date(2027, 1, 1), Duty::Renewal, "CN=a", "t", "x"};
  const Appointment soon{base::make_date(2026, 1, 1), Duty::Renewal, "CN=b", "t", "y"};
  EXPECT_THAT(admin::in_order({late, soon, late}), ElementsAre(soon, late));
}

}  // namespace
