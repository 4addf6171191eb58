#include "pki/asn1/tlv.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/document/qr_text.h"
#include "smartcard/lds/lds.h"
#include "tests/fuzz/law.h"
#include "tests/support/vectors.h"

namespace fuzz {

namespace {

// Every element that was read in DER writes back to the bytes it was read from.
std::string tlv_law(base::ByteView input) {
  try {
    asn1::TlvReader reader{input};
    while (!reader.at_end()) {
      const asn1::Tlv tlv = reader.next();
      if (!base::equal(asn1::TlvWriter{}.put(tlv.tag, tlv.value).view(), tlv.whole))
        return "an element re-encodes otherwise";
    }
  } catch (const asn1::Malformed&) {
  }
  return {};
}

// Parsed: a fixed point of encode and parse. Not parsed: at least one failing finding.
std::string dg13_law(base::ByteView input) {
  const auto reading = document::parse_dg13(input);
  if (!reading.fields) return reading.findings.failed() ? "" : "refused without a finding";
  const auto again = document::parse_dg13(document::encode_dg13(*reading.fields));
  return again.fields == reading.fields ? "" : "its fields do not survive writing and reading";
}

std::string dg2_law(base::ByteView input) {
  const auto reading = lds::parse_dg2(input);
  return reading.image.has_value() != reading.findings.failed() ? "" : "neither an image nor a finding, or both";
}

std::string mrz_law(base::ByteView input) {
  const auto reading = document::parse_mrz(base::text_of(input));
  if (!reading.fields) return reading.findings.failed() ? "" : "refused without a finding";
  return reading.fields->bac_information.size() >= 24 ? "" : "fields without BAC information";
}

std::string qr_law(base::ByteView input) {
  const auto fields = document::parse_qr_text(base::text_of(input));
  return !fields || fields->number.find('|') == std::string::npos ? "" : "a field holds a separator";
}

// Decoded: encodes to a command that decodes to the same.
std::string apdu_law(base::ByteView input) {
  const auto command = apdu::decode_command(input);
  if (!command) return {};
  const auto length = apdu::is_extended(input) ? apdu::Length::Extended : apdu::Length::Short;
  return apdu::decode_command(apdu::encode(*command, length)) == command ? ""
                                                                         : "a command does not survive its framing";
}

std::string com_law(base::ByteView input) {
  const auto com = lds::parse_com(input);
  return !com || com->tags.size() <= input.size() ? "" : "more tags than bytes";
}

}  // namespace

std::vector<Law> codec_laws() {
  const auto dg13 = vectors::load("cccd_dg13.json");
  const auto mrz = vectors::load("cccd_mrz.json")["vectors"][0];
  const std::string lines =
      mrz["line1"].get<std::string>() + mrz["line2"].get<std::string>() + mrz["line3"].get<std::string>();
  const std::string qr = vectors::load("cccd_qr.json")["vectors"]["qr2024_adult"]["text"];
  return {
      {"TLV",
       {vectors::load_binary("synth/EF_SOD_ok_p256_sha256.bin"), vectors::load_binary("synth/EF_DG14.bin")},
       tlv_law},
      {"EF.COM", {vectors::load_binary("synth/EF_COM.bin")}, com_law},
      {"DG13",
       {vectors::hex(dg13["single_with_old_id"]["hex"]),
        vectors::hex(dg13["alternative_field13_nested_for_reader_tests"]["hex"])},
       dg13_law},
      {"DG2", {vectors::load_binary("synth/EF_DG2.bin")}, dg2_law},
      {"MRZ", {base::bytes_of(lines)}, mrz_law},
      {"QR", {base::bytes_of(qr)}, qr_law},
      {"APDU",
       {base::hex("00A4040C07A0000002471001"), base::hex("00B0000000"), base::hex("00D60000000004AABBCCDD0000")},
       apdu_law},
  };
}

}  // namespace fuzz
