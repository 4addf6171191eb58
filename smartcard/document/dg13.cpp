#include "smartcard/document/dg13.h"

#include <array>
#include <utility>

#include "pki/asn1/tlv.h"

namespace document {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr asn1::Tag kDg13 = 0x6D, kSequence = 0x30, kSet = 0x31, kInteger = 0x02, kOid = 0x06;
constexpr asn1::Tag kPrintable = 0x13, kUtf8 = 0x0C;

struct Field {
  int index;
  asn1::Tag type;
  std::string Dg13::*value;
  bool optional;  // an empty value leaves SEQUENCE { INTEGER } alone
};

constexpr std::array kFields{
    Field{1, kPrintable, &Dg13::number, false}, Field{2, kUtf8, &Dg13::full_name, false},
    Field{3, kPrintable, &Dg13::birth, false},  Field{4, kUtf8, &Dg13::sex, false},
    Field{5, kUtf8, &Dg13::nationality, false}, Field{6, kUtf8, &Dg13::ethnicity, false},
    Field{7, kUtf8, &Dg13::religion, false},    Field{8, kUtf8, &Dg13::place_of_origin, false},
    Field{9, kUtf8, &Dg13::residence, false},   Field{10, kUtf8, &Dg13::marks, false},
    Field{11, kPrintable, &Dg13::issue, false}, Field{12, kUtf8, &Dg13::expiry, false},
    Field{15, kPrintable, &Dg13::old_id, true}, Field{16, kPrintable, &Dg13::chip_id, false},
};

const Field* field_with(int index) {
  for (const Field& field : kFields) {
    if (field.index == index) return &field;
  }
  return nullptr;
}

TlvWriter name_sequence(const std::string& name) {
  return TlvWriter{}.sequence(TlvWriter{}.utf8_string(name));
}

void put_field(TlvWriter& set, const Dg13& fields, int index) {
  TlvWriter item;
  item.integer(index);
  if (index == 13) {  // father and mother: two sibling SEQUENCEs
    item.raw(name_sequence(fields.father).view()).raw(name_sequence(fields.mother).view());
  } else if (index == 14) {
    if (!fields.spouse.empty()) item.raw(name_sequence(fields.spouse).view());
  } else {
    const Field& field = *field_with(index);
    const std::string& value = fields.*field.value;
    if (field.type == kPrintable && !(field.optional && value.empty())) item.printable_string(value);
    if (field.type == kUtf8) item.utf8_string(value);
  }
  set.sequence(item);
}

std::string read_text(const asn1::Tlv& tlv) {
  if (tlv.tag == kPrintable) return asn1::read_printable_string(tlv.value);
  if (tlv.tag == kUtf8) return asn1::read_utf8_string(tlv.value);
  throw asn1::Malformed("a field is neither PrintableString nor UTF8String");
}

// Field 13 as two siblings, or (seen in one reader's fixture) as one SEQUENCE with both names.
void read_parents(TlvReader& item, Dg13& fields, base::Findings& findings) {
  TlvReader first{item.need(kSequence), asn1::Lengths::Lenient};
  fields.father = first.at_end() ? "" : read_text(first.next());
  if (!first.at_end()) {
    fields.mother = read_text(first.next());
    first.end();
    findings.note("DG13_VARIANT", "EF.DG13", "field 13 holds both parents in one SEQUENCE");
    return;
  }
  if (item.at_end()) return;
  TlvReader second{item.need(kSequence), asn1::Lengths::Lenient};
  fields.mother = second.at_end() ? "" : read_text(second.next());
  second.end();
}

void read_item(base::ByteView content, Dg13& fields, std::array<bool, 17>& seen, base::Findings& findings) {
  TlvReader item{content, asn1::Lengths::Lenient};
  const auto index = asn1::read_integer(item.need(kInteger));
  if (index < 1 || index > 16) throw asn1::Malformed("a field index lies outside 1 to 16");
  if (std::exchange(seen[static_cast<std::size_t>(index)], true)) throw asn1::Malformed("a field stands twice");
  if (index == 13) {
    if (!item.at_end()) read_parents(item, fields, findings);
  } else if (index == 14) {
    if (!item.at_end()) {
      TlvReader name{item.need(kSequence), asn1::Lengths::Lenient};
      fields.spouse = read_text(name.next());
      name.end();
    }
  } else if (!item.at_end()) {
    fields.*field_with(static_cast<int>(index))->value = read_text(item.next());
  }
  item.end();
}

}  // namespace

const std::string_view kNoExpiryText = "Không thời hạn";

Dg13 dg13_of(const CardOrder& order, base::Date issue, std::string_view chip_id) {
  const Person& p = order.person;
  return Dg13{p.number.text(),
              p.full_name,
              base::to_vietnamese(p.birth),
              std::string(vietnamese(p.sex)),
              p.nationality,
              p.ethnicity,
              p.religion,
              p.place_of_origin,
              p.residence,
              order.marks,
              base::to_vietnamese(issue),
              order.expiry ? base::to_vietnamese(*order.expiry) : std::string(kNoExpiryText),
              p.father,
              p.mother,
              p.spouse,
              p.old_id,
              std::string(chip_id)};
}

base::Bytes encode_dg13(const Dg13& fields) {
  TlvWriter set;
  for (int index = 1; index <= 16; ++index) put_field(set, fields, index);
  TlvWriter body;
  body.integer(1).oid(asn1::oid::kIso10646Utf8).put(kSet, set);  // in index order, not in DER's order of a SET OF
  return TlvWriter{}.put(kDg13, TlvWriter{}.sequence(body)).take();
}

Dg13Reading parse_dg13(base::ByteView file) {
  Dg13Reading reading;
  try {
    Dg13 fields;
    std::array<bool, 17> seen{};
    TlvReader outer{file, asn1::Lengths::Lenient};
    TlvReader wrapper{outer.need(kDg13), asn1::Lengths::Lenient};
    TlvReader body{wrapper.need(kSequence), asn1::Lengths::Lenient};
    wrapper.end();
    if (asn1::read_integer(body.need(kInteger)) != 1) throw asn1::Malformed("the version is not 1");
    if (asn1::read_oid(body.need(kOid)) != asn1::oid::kIso10646Utf8)
      throw asn1::Malformed("the character set is not UTF-8");
    TlvReader set{body.need(kSet), asn1::Lengths::Lenient};
    body.end();
    while (!set.at_end()) read_item(set.need(kSequence), fields, seen, reading.findings);
    for (int index = 1; index <= 16; ++index) {
      const bool may_be_absent = index == 14 || index == 15;
      if (!seen[static_cast<std::size_t>(index)] && !may_be_absent) throw asn1::Malformed("a field is missing");
    }
    reading.fields = std::move(fields);
  } catch (const asn1::Malformed& malformed) {
    reading.findings.fail("DG13_MALFORMED", "EF.DG13", malformed.what());
  }
  return reading;
}

}  // namespace document
