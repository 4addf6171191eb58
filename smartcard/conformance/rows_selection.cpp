// Catalogue A: selection and reading, before and after access control.

#include <fmt/format.h>

#include <array>

#include "smartcard/conformance/trial.h"

namespace conformance {

namespace {

constexpr std::uint16_t kNotFound = 0x6A82, kNotSatisfied = 0x6982, kNoCurrentFile = 0x6986;
constexpr std::uint32_t kShortLe = 256;

apdu::Command select_by_name(const char* aid) {
  return {0x00, 0xA4, 0x04, 0x0C, base::hex(aid), std::nullopt};
}

void other_names(Trial& trial) {
  for (const char* aid : {"A00000024710", "A000000247100101", "A0000002471002"}) {
    trial.afresh();
    trial.refused(trial.wire(), select_by_name(aid), {kNotFound});
    trial.select_application();
  }
}

void files_without_access(Trial& trial) {
  trial.select_application();
  for (const std::uint16_t id :
       std::to_array<std::uint16_t>({0x0101, 0x0102, 0x0103, 0x0104, 0x0105, 0x0106, 0x0107, 0x0108, 0x0109, 0x010A,
                                     0x010B, 0x010C, 0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x011E})) {
    const apdu::Response answer = trial.wire().transmit(select_file(id));
    if (!answer.sw.ok()) trial.refused(answer.sw, {kNotSatisfied});
  }
}

void short_ids_without_access(Trial& trial) {
  trial.select_application();
  for (const std::uint8_t id : std::to_array<std::uint8_t>({0x01, 0x02, 0x0D, 0x0E, 0x0F, 0x1D, 0x1E})) {
    trial.refused(trial.wire(), read_by_short_id(id, kShortLe), {kNotSatisfied});
  }
}

void offsets_without_access(Trial& trial) {
  for (const std::uint16_t id : std::to_array<std::uint16_t>({0x0101, 0x011D, 0x011E})) {
    trial.afresh();
    trial.select_application();
    trial.wire().transmit(select_file(id));
    trial.refused(trial.wire(), read_binary(0, kShortLe), {kNotSatisfied, kNoCurrentFile});
  }
}

void odd_instruction_without_access(Trial& trial) {
  trial.select_application();
  trial.wire().transmit(select_file(0x0101));
  trial.refused(trial.wire(), {0x00, 0xB1, 0x00, 0x00, base::hex("540100"), kShortLe}, {kNotSatisfied, kNoCurrentFile});
  trial.refused(trial.wire(), {0x00, 0xB1, 0x00, 0x01, base::hex("540100"), kShortLe});
}

void plain_reading_in_a_session(Trial& trial) {
  const auto session = trial.session();
  if (!session->transmit(read_by_short_id(kCom, kShortLe)).sw.ok()) trial.saw("EF.COM ends with a warning");
  trial.refused(trial.wire(), read_binary(0, kShortLe));
  const auto after = trial.ask(*session, read_binary(0, kShortLe));
  if (after && !after->data.empty()) throw Wrong{"the session goes on after a plain command"};
}

void fingers_without_rights(Trial& trial) {
  const auto session = trial.session();
  for (const std::uint8_t id : std::to_array<std::uint8_t>({0x03, 0x04}))
    trial.refused(*session, read_by_short_id(id, kShortLe), {kNotSatisfied, kNotFound});
}

void unknown_files(Trial& trial) {
  const auto session = trial.session();
  for (const std::uint16_t id : std::to_array<std::uint16_t>({0x0199, 0x0100, 0x0111, 0xFFFF}))
    trial.refused(*session, select_file(id), {kNotFound});
}

// EF.COM is current and this long.
std::size_t size_of_com(Trial& trial, transport::Channel& session) {
  const apdu::Response whole = session.transmit(read_by_short_id(kCom, 223));
  try {
    if (const auto size = asn1::announced_size(whole.data)) return *size;
  } catch (const asn1::Malformed&) {
    trial.saw("EF.COM is malformed");
  }
  throw NotApplicable{"EF.COM cannot be read"};
}

void offsets_past_the_end(Trial& trial) {
  const auto session = trial.session();
  const std::size_t size = size_of_com(trial, *session);
  for (const std::size_t offset : {size, size + 1, std::size_t{0x7FFF}}) {
    trial.refused(*session, read_binary(static_cast<std::uint16_t>(offset), 16), {0x6B00, 0x6282});
  }
}

void bad_offset_objects(Trial& trial) {
  for (const char* object : {"5400", "540500000000 00", "53020000", "5404FFFFFFFF"}) {
    const auto session = trial.session();
    size_of_com(trial, *session);
    std::string digits(object);
    std::erase(digits, ' ');
    trial.refused(*session, {0x00, 0xB1, 0x00, 0x00, base::hex(digits), 64});
  }
}

void everything_of_a_short_file(Trial& trial) {
  const auto session = trial.session();
  const std::size_t size = size_of_com(trial, *session);
  const apdu::Response all = session->transmit(read_binary(0, kShortLe));
  if (all.data.size() < size || (!all.sw.ok() && all.sw.value != 0x6282)) {
    throw Wrong{fmt::format("{} of {} bytes with {:04X}", all.data.size(), size, all.sw.value)};
  }
  trial.saw(fmt::format("{:04X}", all.sw.value));
}

void writing(Trial& trial) {
  const base::Bytes zero(2);
  for (const apdu::Command& command :
       {apdu::Command{0x00, 0xD6, 0x9E, 0x00, zero, {}}, apdu::Command{0x00, 0x0E, 0x9E, 0x00, {}, {}},
        apdu::Command{0x00, 0xDA, 0x01, 0x1E, zero, {}}, apdu::Command{0x00, 0xD0, 0x9E, 0x00, zero, {}}}) {
    trial.afresh();
    trial.select_application();
    trial.refused(trial.wire(), command);
    const auto session = trial.session();
    const base::Bytes before = session->transmit(read_by_short_id(kCom, 223)).data;
    trial.refused(*session, command);
    if (trial.session()->transmit(read_by_short_id(kCom, 223)).data != before) throw Wrong{"EF.COM was changed"};
  }
}

void foreign_classes(Trial& trial) {
  trial.select_application();
  for (const std::uint8_t cla : std::to_array<std::uint8_t>({0x01, 0x02, 0x03, 0x40, 0x60, 0xFF})) {
    trial.refused(trial.wire(), {cla, 0x84, 0x00, 0x00, {}, 8}, {0x6881, 0x6882, 0x6E00, 0x6D00});
  }
  for (const std::uint8_t ins : std::to_array<std::uint8_t>({0x62, 0x6E, 0x92, 0x9E})) {
    trial.refused(trial.wire(), {0x00, ins, 0x00, 0x00, {}, 8}, {0x6E00, 0x6D00});
  }
}

void bad_lengths(Trial&) {
  throw NotApplicable{"a reader's driver sends whole commands alone"};
}

void a_chain_that_is_dropped(Trial& trial) {
  trial.select_application();
  trial.wire().transmit({0x10, 0x86, 0x00, 0x00, base::hex("7C00"), kShortLe});
  const apdu::Response answer = trial.wire().transmit({0x00, 0xA4, 0x04, 0x0C, kLdsAid, std::nullopt});
  if (answer.sw.ok()) return trial.saw("9000");
  trial.refused(answer.sw, {0x6883});
  trial.select_application();
}

// The power is gone before the n-th command of a protocol, and what came before it with it.
template <class Protocol>
void lose_power_at(Trial& trial, std::size_t commands, const Protocol& opens) {
  for (std::size_t at = 1; at < commands; ++at) {
    trial.afresh();
    trial.wire().edit(at, [&trial](apdu::Command&) {
      trial.take_power();
      return std::nullopt;
    });
    if (opens()) throw Wrong{fmt::format("a protocol went on after a reset before its command {}", at + 1)};
  }
}

void reset_in_the_middle(Trial& trial) {
  std::size_t tried = 0;
  try {
    trial.needs_pace();
    lose_power_at(trial, 5, [&] { return trial.pace().secured != nullptr; });
    ++tried;
  } catch (const NotApplicable&) {
    trial.saw("no PACE");
  }
  if (trial.knows_mrz()) {
    lose_power_at(trial, 3, [&] { return trial.bac().secured != nullptr; });
    ++tried;
  }
  if (tried == 0) throw NotApplicable{"no protocol can be begun with what is known"};
  const auto session = trial.session();
  trial.take_power();
  const auto after = trial.ask(*session, read_by_short_id(kCom, 64));
  if (after && after->sw.ok()) throw Wrong{"the session outlived a reset"};
  trial.saw("everything begun was gone");
}

}  // namespace

std::vector<Row> selection_rows() {
  return {{"A1", "SELECT by a name that is cut, longer or another", other_names},
          {"A2", "SELECT of files without access", files_without_access},
          {"A3", "READ BINARY by short identifier without access", short_ids_without_access},
          {"A4", "READ BINARY after a plain SELECT", offsets_without_access},
          {"A5", "READ BINARY with the odd instruction without access", odd_instruction_without_access},
          {"A6", "plain READ BINARY in a session", plain_reading_in_a_session},
          {"A7", "EF.DG3 and EF.DG4 without terminal authentication", fingers_without_rights},
          {"A8", "files that no card has", unknown_files},
          {"A9", "READ BINARY at and past a file's end", offsets_past_the_end},
          {"A10", "READ BINARY with a bad offset object", bad_offset_objects},
          {"A11", "READ BINARY of all of a short file", everything_of_a_short_file},
          {"A12", "writing, erasing and putting data", writing},
          {"A13", "classes and instructions that are not ours", foreign_classes},
          {"A14", "Lc that is not the length of the data", bad_lengths},
          {"A15", "another command within a chain", a_chain_that_is_dropped},
          {"A16", "a reset within a protocol and within a session", reset_in_the_middle}};
}

}  // namespace conformance
