// Catalogue D: secure messaging (ICAO Doc 9303-11 §9.8), spoilt on the wire.

#include <algorithm>
#include <array>

#include "smartcard/conformance/trial.h"

namespace conformance {

namespace {

constexpr asn1::Tag kLe = 0x97, kMac = 0x8E;

// The next protected command is changed: it must be refused, and a correct one after it too.
void spoilt(Trial& trial, const Edit& edit, std::initializer_list<std::uint16_t> with) {
  const auto session = trial.session();
  trial.wire().edit(0, edit);
  const auto answer = trial.ask(*session, read_by_short_id(kCom, 64));
  if (answer && answer->sw.ok()) throw Wrong{"the command was carried out"};
  if (const auto word = trial.wire().answer_to_the_changed()) trial.refused(*word, with);
  trial.refused(trial.wire(), {0x0C, 0xB0, 0x9E, 0x00, base::hex("9701208E080000000000000000"), 256});
}

void spoil_objects(Trial& trial, const std::function<void(Objects&)>& change,
                   std::initializer_list<std::uint16_t> with = {0x6987, 0x6988, 0x6982}) {
  spoilt(
      trial,
      [&change](apdu::Command& command) {
        Objects objects = take_apart(command.data);
        change(objects);
        command.data = put_together(objects);
        return std::nullopt;
      },
      with);
}

base::Bytes& value_of(Objects& objects, asn1::Tag tag) {
  const auto found = std::ranges::find(objects, tag, &Objects::value_type::first);
  if (found == objects.end()) throw NotApplicable{"the command carries no such object"};
  return found->second;
}

void no_mac(Trial& trial) {
  spoil_objects(trial,
                [](Objects& objects) { std::erase_if(objects, [](const auto& one) { return one.first == kMac; }); });
}

void wrong_mac(Trial& trial) {
  spoil_objects(trial, [](Objects& objects) { value_of(objects, kMac).back() ^= 0x01; });
}

void another_counter(Trial& trial) {
  const auto session = trial.session();
  apdu::Command sent;
  trial.wire().edit(0, [&sent](apdu::Command& command) {
    sent = command;
    return std::nullopt;
  });
  session->transmit(read_by_short_id(kCom, 64));
  trial.refused(trial.wire().transmit(sent).sw, {0x6987, 0x6988, 0x6982});  // the counter has moved on
}

void a_plain_command(Trial& trial) {
  const auto session = trial.session();
  trial.wire().transmit({0x00, 0xA4, 0x02, 0x0C, base::hex("011E"), std::nullopt});
  const auto after = trial.ask(*session, read_by_short_id(kCom, 64));
  if (after && after->sw.ok()) throw Wrong{"the session goes on after a plain command"};
  trial.saw("session ended");
}

void spoilt_objects(Trial& trial) {
  spoil_objects(trial, [](Objects& objects) { value_of(objects, kLe).back() ^= 0x10; });
  spoil_objects(trial, [](Objects& objects) { std::ranges::reverse(objects); });
  spoil_objects(trial, [](Objects& objects) { objects.insert(objects.begin(), objects.front()); });
  for (const char* cryptogram :
       {"0000112233445566778899AABBCCDDEEFF", "0200112233445566778899AABBCCDDEEFF", "0100112233445566", "01"}) {
    spoil_objects(trial, [cryptogram](Objects& objects) {
      objects.insert(objects.begin(), {0x87, base::hex(cryptogram)});
    });
  }
}

void no_objects(Trial& trial) {
  spoilt(trial,
         [](apdu::Command& command) {
           command.data.clear();
           return std::nullopt;
         },
         {0x6987, 0x6988, 0x6982});
}

void other_classes(Trial& trial) {
  for (const std::uint8_t cla : std::to_array<std::uint8_t>({0x04, 0x08})) {
    spoilt(trial,
           [cla](apdu::Command& command) {
             command.cla = cla;
             return std::nullopt;
           },
           {0x6882, 0x6987, 0x6988, 0x6982, 0x6E00});
  }
}

void needs_keys(Trial&) {
  throw NotApplicable{"it needs a MAC by the session's keys, which stay in the session"};
}

}  // namespace

std::vector<Row> secure_messaging_rows() {
  return {{"D1", "a protected command without MAC", no_mac},
          {"D2", "a protected command with a wrong MAC", wrong_mac},
          {"D3", "a protected command of another counter", another_counter},
          {"D4", "a plain command in a session", a_plain_command},
          {"D5", "objects that are changed, doubled or in another order", spoilt_objects},
          {"D6", "a protected class without objects", no_objects},
          {"D7", "other classes of secure messaging", other_classes},
          {"D8", "the wrong kind of cryptogram for the instruction", needs_keys},
          {"D9", "a protected Le of two and three octets", needs_keys}};
}

}  // namespace conformance
