#pragma once
// The DV's service (docs/formats/dv-service.md): enrolled readers renew their short-lived certificates. A reader is
// known twice, by its TLS certificate and by the key that its last certificate was made for.

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pki/admin/cvc_ceremony.h"
#include "pki/base/net/http.h"
#include "pki/evidence/log.h"

namespace admin {

// One row of the enrolment list.
struct EnrolledReader {
  std::string client;  // common name of its TLS certificate
  std::string holder;  // country and mnemonic of its references: VNISGATE7
  cvc::format::Rights rights;
  int days = 0;
};
// TOML, read strictly: [[reader]] client, holder, read, days. Error{FixConfiguration} with file and line.
std::vector<EnrolledReader> read_readers(const std::filesystem::path& file);

class DvService {
 public:
  // readers: the enrolment list, read anew for every request, so that who is struck off is out at once. Authority, log
  // and world must outlive the service.
  DvService(const CvAuthority& authority, std::filesystem::path readers, evidence::Log& log, const World& world);

  // POST /v1/is-certificates with a request as body: 200 {"certificate", "issuer"}, base64url. From several threads.
  net::HttpResponse handle(const net::HttpRequest& request);

 private:
  net::HttpResponse renew(const EnrolledReader& reader, const std::string& body);
  const CvAuthority& authority_;
  const std::filesystem::path readers_;
  evidence::Log& log_;
  const World& world_;
  std::mutex alone_;  // one certificate at a time: book and log tell one story
};

}  // namespace admin
