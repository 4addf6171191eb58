#include "smartcard/conformance/trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "smartcard/lds/security_infos.h"

namespace conformance {

const std::string& Trial::mrz_information() const {
  if (card_.mrz_information.empty()) throw NotApplicable{"the machine-readable zone was not given"};
  return card_.mrz_information;
}

const chip_access::InspectionCredentials& Trial::inspection_system() const {
  if (card_.inspection_system == nullptr) throw NotApplicable{"no inspection system's key was given"};
  return *card_.inspection_system;
}

void Trial::afresh() {
  wire_.leave_alone();
  card_.reset();
}

void Trial::select_application() {
  const apdu::Response answer = wire_.transmit({0x00, 0xA4, 0x04, 0x0C, kLdsAid, std::nullopt});
  if (!answer.sw.ok()) throw Wrong{fmt::format("the application answers {}", apdu::describe(answer.sw))};
}

const chip_access::PaceChoice& Trial::pace_choice() {
  if (!asked_for_pace_) {
    asked_for_pace_ = true;
    afresh();
    apdu::Response file = wire_.transmit(read_by_short_id(0x1C, 256));
    if (file.data.empty()) {
      wire_.transmit({0x00, 0xA4, 0x00, 0x0C, base::hex("3F00"), std::nullopt});
      file = wire_.transmit(read_by_short_id(0x1C, 256));
    }
    if (const auto infos = lds::parse_card_access(file.data).infos) {
      const auto choices = chip_access::supported_pace(*infos);
      if (!choices.empty()) choice_ = choices.front();
    }
    afresh();
  }
  if (!choice_) throw NotApplicable{"the card offers no PACE that is spoken here"};
  return *choice_;
}

void Trial::needs_pace() {
  pace_choice();
  if (!pace_opens_) {
    afresh();
    pace_opens_ = pace().secured != nullptr;
    afresh();
  }
  if (!*pace_opens_) throw NotApplicable{"PACE does not open the card with the password given"};
}

chip_access::Password Trial::password() const {
  if (!card_.can.empty()) return chip_access::password_of(chip_access::PasswordReference::Can, card_.can);
  return chip_access::password_of(chip_access::PasswordReference::Mrz, mrz_information());
}

chip_access::PaceResult Trial::pace(base::Random& random) {
  return chip_access::pace(wire_, pace_choice(), password(), random);
}

chip_access::BacResult Trial::bac() {
  select_application();
  return chip_access::basic_access_control(wire_, mrz_information(), card_.random);
}

std::unique_ptr<transport::SecureChannel> Trial::session() {
  afresh();
  bool offers_pace = true;
  try {
    pace_choice();
  } catch (const NotApplicable&) {
    offers_pace = false;
  }
  if (offers_pace) {
    needs_pace();
    auto opened = pace();
    id_picc_ = opened.id_picc;
    if (opened.secured) {
      const auto selected = ask(*opened.secured, {0x00, 0xA4, 0x04, 0x0C, kLdsAid, std::nullopt});
      if (selected && selected->sw.ok()) return std::move(opened.secured);
    }
    throw Wrong{"PACE opened a session once, and not again"};
  }
  auto opened = bac();
  if (!opened.secured) throw NotApplicable{"basic access control opens no session with the MRZ given"};
  id_picc_ = chip_access::id_picc_of_mrz(mrz_information());
  return std::move(opened.secured);
}

void Trial::refused(transport::Channel& channel, const apdu::Command& command,
                    std::initializer_list<std::uint16_t> with) {
  const auto answer = ask(channel, command);
  if (!answer) return saw("session ended");
  no_data(*answer);
  refused(answer->sw, with);
}

void Trial::refused(apdu::StatusWord answer, std::initializer_list<std::uint16_t> with) {
  saw(fmt::format("{:04X}", answer.value));
  const bool named = with.size() == 0 || std::ranges::find(with, answer.value) != with.end();
  if (answer.ok() || !named) throw Wrong{fmt::format("answered {}", apdu::describe(answer))};
}

void Trial::no_data(const apdu::Response& answer) {
  if (!answer.data.empty()) throw Wrong{fmt::format("{} bytes with {:04X}", answer.data.size(), answer.sw.value)};
}

std::optional<apdu::Response> Trial::ask(transport::Channel& session, const apdu::Command& command) try {
  return session.transmit(command);
} catch (const base::Error& error) {
  if (error.fault() != base::Fault::TreatAsAttack) throw;
  return std::nullopt;
}

void Trial::saw(std::string answer) {
  if (!account_.empty()) account_ += ", ";
  account_ += answer;
}

apdu::Command select_file(std::uint16_t id) {
  return {0x00, 0xA4, 0x02, 0x0C, {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)}, std::nullopt};
}

}  // namespace conformance
