#include "issuance/station/registry_socket.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/net/ask.h"
#include "pki/base/net/envelope.h"

namespace station {

namespace {

constexpr const char* kProgram = "cccd-registry";
constexpr const char* kDoing = "asking the population registry";
constexpr std::chrono::seconds kLimit{30};  // the registry may have to wait ten for another writer

}  // namespace

RegistrySocket::RegistrySocket(const Settings& settings) : socket_(settings.registry_socket.string()) {
  if (socket_.empty()) {
    throw base::Error(base::Fault::FixConfiguration, kDoing,
                      "station.toml names no [registry]; cccd-station init --help shows its options");
  }
}

std::string RegistrySocket::ask(const nlohmann::json& request) const {
  return net::ask(kProgram, socket_, net::text_of(request), kLimit);
}

std::string RegistrySocket::answer(const std::string& number, const std::string& case_id) {
  nlohmann::json request = net::request("answer");
  request["number"] = number;
  request["case"] = case_id;
  request["purpose"] = "issuance";
  std::string jws;
  const auto refused =
      net::read_answer(kProgram, ask(request), [&](net::Fields& fields) { jws = fields.text("answer"); });
  if (refused) {
    throw base::Error(base::Fault::AskOperator, kDoing,
                      fmt::format("it refuses the question ({})", fmt::join(refused->failing_codes(), ", ")));
  }
  return jws;
}

base::Findings RegistrySocket::change(const nlohmann::json& request) const {
  return net::read_answer(kProgram, ask(request), [](net::Fields&) {}).value_or(base::Findings{});
}

base::Findings RegistrySocket::mark(const std::string& number, const std::string& case_id, bool open) {
  nlohmann::json request = net::request("mark");
  request["number"] = number;
  request["case"] = case_id;
  request["state"] = open ? "open" : "closed";
  return change(request);
}

base::Findings RegistrySocket::record_card(const std::string& number, const std::string& case_id,
                                           const cases::DeliveredCard& card) {
  nlohmann::json request = net::request("card-record");
  request["number"] = number;
  request["case"] = case_id;
  request["chip"] = card.serial;
  request["issued"] = base::to_iso(card.issued);
  request["status"] = "active";
  request["replaces"] = card.replaces;
  return change(request);
}

base::Findings RegistrySocket::close_card(const std::string& number, const std::string& serial, const char* status) {
  nlohmann::json request = net::request("card-status");
  request["number"] = number;
  request["chip"] = serial;
  request["status"] = status;
  return change(request);
}

base::Findings RegistrySocket::report_lost(const std::string& number, const std::string& serial) {
  return close_card(number, serial, "lost");
}

base::Findings RegistrySocket::revoke_card(const std::string& number, const std::string& serial) {
  return close_card(number, serial, "revoked");
}

cases::NumberStatus RegistrySocket::status(const std::string&) {
  throw base::Error(base::Fault::FixConfiguration, kDoing, "a registry at a socket tells no versions");
}

base::Findings RegistrySocket::request_correction(const std::string&, const std::string&,
                                                  const cases::WantedCorrection&) {
  throw base::Error(base::Fault::FixConfiguration, kDoing, "a registry at a socket takes no corrections");
}

}  // namespace station
