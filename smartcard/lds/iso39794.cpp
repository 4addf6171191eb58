#include "smartcard/lds/iso39794.h"

#include <map>

namespace lds::iso39794 {

namespace {

using asn1::Lengths;
using asn1::TlvReader;
using asn1::TlvWriter;

// The elements of a SEQUENCE whose members are tagged; each at most once.
using Members = std::map<asn1::Tag, base::ByteView>;

Members members(base::ByteView content) {
  Members found;
  TlvReader reader{content, Lengths::Lenient};
  while (!reader.at_end()) {
    const asn1::Tlv element = reader.next();
    if (!found.emplace(element.tag, element.value).second)
      throw asn1::Malformed("an element of ISO 39794 stands twice");
  }
  return found;
}

base::ByteView need(const Members& in, asn1::Tag tag) {
  const auto found = in.find(tag);
  if (found == in.end()) throw asn1::Malformed("an element of ISO 39794 is missing");
  return found->second;
}

int number(base::ByteView content, int most) {
  const auto value = asn1::read_integer(content);
  if (value < 0 || value > most) throw asn1::Malformed("a number of ISO 39794 is out of range");
  return static_cast<int>(value);
}

// CHOICE { code [0] ENUMERATED, extensionBlock [1] SEQUENCE { fallback [0] ENUMERATED, … } }
int code(base::ByteView choice) {
  const Members either = members(choice);
  if (const auto plain = either.find(0x80); plain != either.end()) return number(plain->second, 255);
  return number(need(members(need(either, 0xA1)), 0x80), 255);
}

// versionBlock [0], representationBlocks [1] SEQUENCE OF with one entry.
Members representation(base::ByteView block, asn1::Tag application) {
  TlvReader whole{block, Lengths::Lenient};
  const Members data = members(whole.need(application));
  whole.end();
  const Members version = members(need(data, 0xA0));
  if (number(need(version, 0x80), 255) != 3) throw asn1::Malformed("ISO 39794 begins with generation 3");
  TlvReader list{need(data, 0xA1), Lengths::Lenient};
  const Members first = members(list.need(0x30));
  list.end();
  return first;
}

}  // namespace

Face read_face(base::ByteView block) {
  const Members face = representation(block, kFace);
  const Members picture = members(need(members(need(members(need(face, 0xA1)), 0xA0)), 0xA0));  // 2D, not a shape
  const Members information = members(need(picture, 0xA1));
  Face read;
  read.image = need(picture, 0x80);
  read.format = code(need(information, 0xA0));
  if (const auto size = information.find(0xA7); size != information.end()) {
    const Members sides = members(size->second);
    read.size = Size{static_cast<std::uint32_t>(number(need(sides, 0x80), 0xFFFF)),
                     static_cast<std::uint32_t>(number(need(sides, 0x81), 0xFFFF))};
  }
  return read;
}

FingerView read_finger(base::ByteView block) {
  const Members finger = representation(block, kFinger);
  FingerView read;
  read.position = code(need(finger, 0xA0));
  code(need(finger, 0xA1));  // impression
  read.format = code(need(finger, 0xA2));
  read.image = need(finger, 0x83);
  if (const auto rate = finger.find(0xA7); rate != finger.end()) {
    const Members sampling = members(rate->second);
    const int samples = number(need(sampling, 0x80), 0xFFFF);
    const bool per_centimeter = number(need(sampling, 0x81), 1) == 1;
    read.samples_per_inch = per_centimeter ? (samples * 254 + 50) / 100 : samples;
  }
  return read;
}

base::Bytes write_face(base::ByteView jpeg, Size size) {
  // Implicit tags 80… on what X.690 writes as INTEGER or ENUMERATED.
  const auto put_number = [](TlvWriter& to, asn1::Tag tag, std::uint32_t value) {
    TlvWriter integer;
    integer.integer(value);
    to.put(tag, integer.view().subspan(2));
  };
  TlvWriter version, format, sides, information, picture, face;
  put_number(version, 0x80, 3);
  put_number(version, 0x81, 2019);
  put_number(format, 0x80, 2);
  put_number(sides, 0x80, size.width);
  put_number(sides, 0x81, size.height);
  information.put(0xA0, format).put(0xA7, sides);
  picture.put(0x80, jpeg).put(0xA1, information);
  put_number(face, 0x80, 0);  // representationId
  face.put(0xA1, TlvWriter{}.put(0xA0, TlvWriter{}.put(0xA0, picture)));
  TlvWriter block;
  block.put(0xA0, version).put(0xA1, TlvWriter{}.sequence(face));
  return TlvWriter{}.put(kFace, block).take();
}

}  // namespace lds::iso39794
