#pragma once
// One card under test, with what the rows have in common: a fresh card, a session, a protocol spoilt at one command.

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "smartcard/conformance/conformance.h"
#include "smartcard/conformance/wire.h"

namespace conformance {

// A row that cannot be run on this card, with this knowledge, or by this transport.
struct NotApplicable {
  std::string why;
};
// An answer that a row does not allow.
struct Wrong {
  std::string seen;
};

inline const base::Bytes kLdsAid = base::hex("A0000002471001");
inline constexpr std::uint16_t kAnyRefusal = 0;

class Trial {
 public:
  explicit Trial(const CardUnderTest& card) : card_(card), wire_(card.card) {}

  Wire& wire() { return wire_; }
  base::Random& random() { return card_.random; }
  const std::string& mrz_information() const;  // throws NotApplicable when it was not given
  bool knows_mrz() const { return !card_.mrz_information.empty(); }
  const std::string& can() const { return card_.can; }
  const chip_access::InspectionCredentials& inspection_system() const;  // throws NotApplicable when there is none

  void afresh();  // reset, and nobody on the wire
  void take_power() { card_.reset(); }
  void select_application();

  // PACE on a card that is fresh. Throws NotApplicable when the card offers none or no password is known.
  const chip_access::PaceChoice& pace_choice();
  void needs_pace();  // throws NotApplicable unless PACE opens the card with the password given: row C22 says so
  chip_access::Password password() const;
  chip_access::PaceResult pace() { return pace(card_.random); }
  chip_access::PaceResult pace(base::Random& random);
  // BAC with the application selected. Throws NotApplicable without MRZ, or where the card offers none.
  chip_access::BacResult bac();
  // A session on a fresh card, the application selected: by PACE, else by BAC. Throws NotApplicable when none opens.
  std::unique_ptr<transport::SecureChannel> session();
  base::Bytes id_picc() const { return id_picc_; }  // of the last session()

  // The command has to be refused, with one of these words where some are named.
  void refused(transport::Channel& channel, const apdu::Command& command,
               std::initializer_list<std::uint16_t> with = {});
  void refused(apdu::StatusWord answer, std::initializer_list<std::uint16_t> with = {});
  void no_data(const apdu::Response& answer);
  // Under secure messaging a refusal may also end the session: an answer without protection.
  std::optional<apdu::Response> ask(transport::Channel& session, const apdu::Command& command);

  void saw(std::string answer);  // for the row's account
  std::string account() const { return account_; }
  void begin_row() { account_.clear(); }

 private:
  const CardUnderTest& card_;
  Wire wire_;
  std::optional<chip_access::PaceChoice> choice_;
  bool asked_for_pace_ = false;
  std::optional<bool> pace_opens_;
  base::Bytes id_picc_;
  std::string account_;
};

struct Row {
  const char* id;
  const char* what;
  void (*run)(Trial&);  // throws Wrong or NotApplicable
};
std::vector<Row> selection_rows();
std::vector<Row> basic_access_rows();
std::vector<Row> pace_rows();
std::vector<Row> secure_messaging_rows();
std::vector<Row> extended_access_rows();

inline apdu::Command read_binary(std::uint16_t offset, std::uint32_t le) {
  return {0x00, 0xB0, static_cast<std::uint8_t>(offset >> 8), static_cast<std::uint8_t>(offset), {}, le};
}
inline apdu::Command read_by_short_id(std::uint8_t id, std::uint32_t le) {
  return {0x00, 0xB0, static_cast<std::uint8_t>(0x80 | id), 0x00, {}, le};
}
apdu::Command select_file(std::uint16_t id);
inline constexpr std::uint8_t kCom = 0x1E;  // its short identifier: small, and on every card

}  // namespace conformance
