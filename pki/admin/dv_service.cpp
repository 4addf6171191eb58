#include "pki/admin/dv_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pki/admin/cvc_inspect.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/cvc/format/fields.h"
#include "pki/evidence/statement.h"

namespace admin {

namespace {

namespace format = cvc::format;
using net::problem;

constexpr int kMostReaderDays = 31;                 // 9303-12 Table 2: one day to one month
constexpr std::size_t kLargestRequest = 16U << 10;  // octets

EnrolledReader read_reader(const strict_toml::Table& table) {
  EnrolledReader reader{table.text("client"), table.text("holder"), {}, 0};
  if (!format::split_reference(reader.holder + "VN001")) {
    table.refuse("holder", "a holder is two letters of its country and a name of 1 to 9 characters, like VNISGATE7");
  }
  const auto rights = rights_from(table.maybe_texts("read"));
  if (!rights) table.refuse("read", "DG3 and DG4 are what can be read");
  reader.rights = *rights;
  reader.days = static_cast<int>(table.number("days", 1, kMostReaderDays));
  return reader;
}

std::optional<net::HttpResponse> not_trusted(const net::PeerCertificate& peer) {
  switch (peer.shown) {
    case net::Shown::Trusted:
      return std::nullopt;
    case net::Shown::Nothing:
      return problem(401, "CLIENT_CERTIFICATE_MISSING", "No client certificate", "show the reader's TLS certificate");
    case net::Shown::Expired:
      return problem(401, "CLIENT_CERTIFICATE_EXPIRED", "Client certificate out of its time", "renew it first");
    case net::Shown::NotTrusted:
      break;
  }
  return problem(401, "CLIENT_CERTIFICATE_NOT_TRUSTED", "Client certificate not trusted",
                 "it is not signed by the authority that this service believes");
}

// The holder that a request names without its sequence number; nullopt: no request, or a name of another form.
std::optional<std::string> holder_of(const std::string& body) {
  try {
    const auto holder = format::split_reference(format::parse_request(base::bytes_of(body)).holder);
    if (holder) return holder->country + holder->mnemonic;
  } catch (const asn1::Malformed&) {
  }
  return std::nullopt;
}

}  // namespace

std::vector<EnrolledReader> read_readers(const std::filesystem::path& file) {
  constexpr std::string_view kDoing = "reading the enrolment list";
  return strict_toml::read(base::read_text_file(file, kDoing), file.string(), kDoing, [](strict_toml::Table list) {
    std::vector<EnrolledReader> readers;
    std::set<std::string> seen;
    for (const strict_toml::Table& table : list.tables("reader")) {
      readers.push_back(read_reader(table));
      if (!seen.insert(readers.back().client).second) table.refuse("client", "it stands in the list twice");
    }
    return readers;
  });
}

DvService::DvService(const CvAuthority& authority, std::filesystem::path readers, evidence::Log& log,
                     const World& world)
    : authority_(authority), readers_(std::move(readers)), log_(log), world_(world) {
  (void)read_readers(readers_);
}

net::HttpResponse DvService::handle(const net::HttpRequest& request) {
  if (request.path != std::vector<std::string>{"v1", "is-certificates"}) {
    return problem(404, "OPERATION_UNKNOWN", "Nothing here", "certificates are renewed at /v1/is-certificates");
  }
  if (request.method != "POST") {
    auto answer = problem(405, "METHOD_NOT_ALLOWED", "Not this way", "a request is posted");
    answer.headers.emplace_back("Allow", "POST");
    return answer;
  }
  if (auto refusal = not_trusted(request.peer)) return *refusal;
  const auto readers = read_readers(readers_);
  const auto reader = std::find_if(readers.begin(), readers.end(),
                                   [&](const auto& row) { return row.client == request.peer.common_name; });
  if (reader == readers.end()) {
    return problem(403, "READER_UNKNOWN", "Not enrolled", "this client is not in the enrolment list");
  }
  if (request.body.size() > kLargestRequest || holder_of(request.body) != reader->holder) {
    return problem(403, "READER_HOLDER", "Another's name",
                   "the request is not for the name this reader is enrolled by");
  }
  return renew(*reader, request.body);
}

net::HttpResponse DvService::renew(const EnrolledReader& reader, const std::string& body) {
  const std::lock_guard alone(alone_);
  const std::string holder = format::parse_request(base::bytes_of(body)).holder;
  const std::string sha256 = evidence::sha256_text(body);
  log_.append("is.requested", {{"client", reader.client}, {"holder", holder}, {"request", sha256}});
  Issued issued;
  try {
    issued = certify_cv(authority_, base::bytes_of(body), {format::Role::Terminal, reader.rights, reader.days, false},
                        world_);
  } catch (const base::Error& error) {
    log_.append("is.failed", {{"holder", holder}, {"request", sha256}, {"fault", base::fault_name(error.fault())}});
    log_.checkpoint();
    throw;
  }
  if (!issued.made()) {
    const auto codes = issued.findings.failing_codes();
    log_.append("is.refused", {{"holder", holder}, {"request", sha256}, {"codes", codes}});
    log_.checkpoint();
    const bool used = issued.findings.has("CVREQ_REFERENCE_USED");
    return problem(used ? 409 : 422, codes.front(), "Not certified", issued.findings.list().front().text);
  }
  log_.append("is.issued", {{"holder", holder}, {"certificate", evidence::sha256_bytes(issued.certificate)}});
  log_.checkpoint();
  const nlohmann::json answer{{"certificate", base::to_base64url(issued.certificate)},
                              {"issuer", base::to_base64url(authority_.certificate.whole)}};
  return {200, "application/json", answer.dump(), {}};
}

}  // namespace admin
