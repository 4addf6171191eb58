#include <nlohmann/json.hpp>

#include "pki/base/net/http_reader.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/document/qr_text.h"
#include "smartcard/lds/lds.h"
#include "tests/fuzz/law.h"
#include "tests/support/vectors.h"

namespace fuzz {

namespace {

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

// What becomes of a request does not depend on the pieces in which it comes; a broken header that has not ended yet may
// be refused sooner when more of it is seen at once.
constexpr std::string_view kUnfinished = "…";
std::string outcome_in_pieces(std::string_view octets, std::size_t piece) {
  constexpr std::size_t kHeader = 4096, kBody = 4096;  // more than any input has
  using State = net::HttpReader::State;
  net::HttpReader reader(kHeader, kBody);
  State state = State::Nothing;
  std::string all;
  for (std::size_t at = 0; at < octets.size() && state != State::Refused; at += piece) {
    for (state = reader.take(octets.substr(at, piece)); state == State::Complete; state = reader.next()) {
      const net::HttpRequest request = reader.request();
      all += request.method + ' ' + request.content_type + ' ' + request.body + '\n';
      for (const auto& segment : request.path) all += '/' + segment;
    }
  }
  if (state == State::Refused) return all + std::string(nlohmann::json::parse(reader.refusal().body).at("code"));
  return all + (state == State::Nothing ? "." : std::string(kUnfinished));
}

std::string http_law(base::ByteView input) {
  const std::string octets = base::text_of(input);
  const std::string whole = outcome_in_pieces(octets, octets.size());
  for (const std::size_t piece : {1U, 2U, 7U}) {
    const std::string outcome = outcome_in_pieces(octets, piece);
    std::string_view pieces = outcome;
    if (pieces == whole) continue;
    if (!pieces.ends_with(kUnfinished)) return "a request reads otherwise in pieces";
    pieces.remove_suffix(kUnfinished.size());
    if (!whole.starts_with(pieces) || !whole.ends_with("HTTP_MALFORMED")) return "a request reads otherwise in pieces";
  }
  return {};
}

// RFC 9112 §7.1 and its like.
const std::vector<base::Bytes> kRequests{
    base::bytes_of("POST /v1/persons?limit=1 HTTP/1.1\r\nHost: r\r\nContent-Type: application/json\r\nContent-Length: "
                   "2\r\n\r\n{}GET /a HTTP/1.1\r\nHost: r\r\n\r\n"),
    base::bytes_of("PUT /%C4%90 HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n4\r\nWiki\r\nA;n=v\r\n0123456789\r\n0\r\nT: "
                   "x\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
    base::bytes_of(
        "POST /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n0\r\n\r\n")};

}  // namespace

std::vector<Law> codec_laws() {
  const auto dg13 = vectors::load("cccd_dg13.json");
  const auto mrz = vectors::load("cccd_mrz.json")["vectors"][0];
  const std::string lines =
      mrz["line1"].get<std::string>() + mrz["line2"].get<std::string>() + mrz["line3"].get<std::string>();
  const std::string qr = vectors::load("cccd_qr.json")["vectors"]["qr2024_adult"]["text"];
  return {
      {"HTTP", kRequests, http_law},
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
