#include "smartcard/lds/details.h"

#include "pki/base/core/error.h"
#include "smartcard/lds/details_template.h"

namespace lds {

namespace {

constexpr DetailsGroup kDg11{11, 0x6B, 0x5F0F}, kDg12{12, 0x6C, 0x5F1A}, kDg16{16, 0x70, 0};

constexpr std::size_t kCustody = 999, kMoment = 14;
constexpr int kMostPersons = 9;

}  // namespace

// Table 71
base::Bytes encode_dg11(const PersonalDetails& d) {
  return DetailsWriter(kDg11)
      .text(0x5F0E, d.full_name)
      .others(d.other_names)
      .text(0x5F10, d.personal_number)
      .date(0x5F2B, d.birth)
      .list(0x5F11, d.place_of_birth)
      .list(0x5F42, d.address)
      .text(0x5F12, d.telephone)
      .text(0x5F13, d.profession)
      .text(0x5F14, d.title)
      .text(0x5F15, d.summary)
      .octets(0x5F16, d.proof_of_citizenship)
      .list(0x5F17, d.other_travel_documents)
      .text(0x5F18, d.custody, kCustody)
      .take();
}

Dg11Reading parse_dg11(base::ByteView file) {
  Dg11Reading reading;
  try {
    DetailsReader in = DetailsReader::of_file(file, kDg11, reading.findings);
    PersonalDetails d;
    d.full_name = in.text(0x5F0E);
    d.other_names = in.others();
    d.personal_number = in.text(0x5F10);
    d.birth = in.date(0x5F2B);
    d.place_of_birth = in.list(0x5F11);
    d.address = in.list(0x5F42);
    d.telephone = in.text(0x5F12);
    d.profession = in.text(0x5F13);
    d.title = in.text(0x5F14);
    d.summary = in.text(0x5F15);
    d.proof_of_citizenship = in.octets(0x5F16);
    d.other_travel_documents = in.list(0x5F17);
    d.custody = in.text(0x5F18);
    reading.details = std::move(d);
  } catch (const asn1::Malformed& malformed) {
    add_malformed(kDg11, malformed, reading.findings);
  }
  return reading;
}

// Table 73
base::Bytes encode_dg12(const DocumentDetails& d) {
  return DetailsWriter(kDg12)
      .text(0x5F19, d.authority)
      .date(0x5F26, d.issue)
      .others(d.other_persons)
      .text(0x5F1B, d.endorsements)
      .text(0x5F1C, d.exit_requirements)
      .octets(0x5F1D, d.front)
      .octets(0x5F1E, d.rear)
      .date(0x5F55, d.personalized, kMoment)
      .text(0x5F56, d.personalization_system)
      .take();
}

Dg12Reading parse_dg12(base::ByteView file) {
  Dg12Reading reading;
  try {
    DetailsReader in = DetailsReader::of_file(file, kDg12, reading.findings);
    DocumentDetails d;
    d.authority = in.text(0x5F19);
    d.issue = in.date(0x5F26);
    d.other_persons = in.others();
    d.endorsements = in.text(0x5F1B);
    d.exit_requirements = in.text(0x5F1C);
    d.front = in.octets(0x5F1D);
    d.rear = in.octets(0x5F1E);
    d.personalized = in.date(0x5F55, kMoment);
    d.personalization_system = in.text(0x5F56);
    reading.details = std::move(d);
  } catch (const asn1::Malformed& malformed) {
    add_malformed(kDg12, malformed, reading.findings);
  }
  return reading;
}

// Table 77: 70 { 02 01 number, A1 { person }, A2 { person }, … }
base::Bytes encode_dg16(const std::vector<PersonToNotify>& persons) {
  base::ensure(persons.size() <= kMostPersons, "DG16 names at most nine persons");
  asn1::TlvWriter content;
  content.integer(static_cast<std::int64_t>(persons.size()));
  asn1::Tag tag = 0xA1;
  for (const PersonToNotify& person : persons) {
    DetailsWriter writer(kDg16);
    writer.date(0x5F50, person.recorded).text(0x5F51, person.name).text(0x5F52, person.telephone);
    content.put(tag++, writer.list(0x5F53, person.address).objects());
  }
  return asn1::TlvWriter{}.put(kDg16.outer, content).take();
}

Dg16Reading parse_dg16(base::ByteView file) {
  Dg16Reading reading;
  try {
    asn1::TlvReader whole{file, asn1::Lengths::Lenient};
    asn1::TlvReader content{whole.need(kDg16.outer), asn1::Lengths::Lenient};
    const auto count = asn1::read_integer(content.need(0x02));
    if (count < 0 || count > kMostPersons) throw asn1::Malformed("the number of persons is out of range");
    for (asn1::Tag tag = 0xA1; tag < 0xA1 + static_cast<asn1::Tag>(count); ++tag) {
      DetailsReader in(content.need(tag), kDg16, reading.findings);
      reading.persons.push_back({in.date(0x5F50), in.text(0x5F51), in.text(0x5F52), in.list(0x5F53)});
    }
    content.end();
  } catch (const asn1::Malformed& malformed) {
    reading.persons.clear();
    add_malformed(kDg16, malformed, reading.findings);
  }
  return reading;
}

}  // namespace lds
