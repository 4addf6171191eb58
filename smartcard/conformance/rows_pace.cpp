// Catalogue C: PACE (ICAO Doc 9303-11 §4.4). Of its commands, MSE:Set AT is 0; GENERAL AUTHENTICATE for the nonce 1,
// the mapping 2, the keys 3, the tokens 4.

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/conformance/trial.h"

namespace conformance {

namespace {

constexpr std::size_t kSet = 0, kNonce = 1, kMap = 2, kKeys = 3, kTokens = 4;
constexpr asn1::Tag kDynamic = 0x7C;
constexpr std::uint8_t kChain = 0x10;
constexpr int kWrongPasswords = 5;

void runs_clean(Trial& trial) {
  trial.afresh();
  if (!trial.pace().secured) throw Wrong{"a clean run does not open the card afterwards"};
}

void spoilt(Trial& trial, std::size_t at, const Edit& edit, std::initializer_list<std::uint16_t> with = {}) {
  trial.needs_pace();
  trial.afresh();
  trial.wire().edit(at, edit);
  const bool opened = trial.pace().secured != nullptr;
  const auto answer = trial.wire().answer_to_the_changed();
  if (!answer) throw NotApplicable{"PACE did not come that far"};
  if (opened) throw Wrong{"the session opened all the same"};
  trial.refused(*answer, with);
  runs_clean(trial);
}

using Change = void (*)(Objects&);

void spoil_set(Trial& trial, Change change, std::initializer_list<std::uint16_t> with = {}) {
  spoilt(
      trial, kSet,
      [change](apdu::Command& command) {
        Objects objects = take_apart(command.data);
        change(objects);
        command.data = put_together(objects);
        return std::nullopt;
      },
      with);
}

// change: of what stands in 7C.
void spoil_step(Trial& trial, std::size_t at, const std::function<void(Objects&)>& change) {
  spoilt(trial, at, [&change](apdu::Command& command) {
    Objects outer = take_apart(command.data);
    Objects inner = take_apart(outer.front().second);
    change(inner);
    outer.front().second = put_together(inner);
    command.data = put_together(outer);
    return std::nullopt;
  });
}

void spoil_frame(Trial& trial, std::size_t at, void (*change)(apdu::Command&)) {
  spoilt(trial, at, [change](apdu::Command& command) {
    change(command);
    return std::nullopt;
  });
}

void other_template(apdu::Command& command) {
  Objects outer = take_apart(command.data);
  outer.front().first = 0x7D;
  command.data = put_together(outer);
}
void no_content(apdu::Command& command) {
  command.data = base::hex("7C00");
}
void bare(apdu::Command& command) {
  command.data = take_apart(command.data).front().second;
}
void chained(apdu::Command& command) {
  command.cla |= kChain;
}
void not_chained(apdu::Command& command) {
  command.cla = 0x00;
}
void no_data(apdu::Command& command) {
  command.data.clear();
}

// --- MSE:Set AT ---

void other_tag_of_the_protocol(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.front().first = 0x81; });
}
void unknown_protocol(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.front().second.back() = 0x7F; });
}
void protocol_with_its_own_tag(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.front().second = asn1::TlvWriter{}.put(0x06, set.front().second).take(); });
}
void unknown_password(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.at(1).second = {0xFF}; });
}
void unknown_parameters(Trial& trial) {  // refused at once, or at the next step
  trial.needs_pace();
  trial.afresh();
  trial.wire().edit(kSet, [](apdu::Command& command) {
    base::append(command.data, base::hex("8401FF"));
    return std::nullopt;
  });
  const auto result = trial.pace();
  if (result.secured) throw Wrong{"the session opened with domain parameters that nobody knows"};
  trial.saw(result.findings.list().front().text);
  runs_clean(trial);
}
void broken_protocol(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.erase(set.begin()); });
  spoil_set(trial, [](Objects& set) { set.front().second.clear(); });
  spoil_set(trial, [](Objects& set) { set.front().second.push_back(0x01); });
  spoil_set(trial, [](Objects& set) { set.front().second.pop_back(); });
}
void broken_password_reference(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.erase(set.begin() + 1); });
  spoil_set(trial, [](Objects& set) { set.at(1).second.clear(); });
  spoil_set(trial, [](Objects& set) { set.at(1).second = {0x01, 0xFF}; });
}
void broken_parameters(Trial& trial) {
  spoil_set(trial, [](Objects& set) { set.emplace_back(0x84, base::Bytes{}); });
  spoil_set(trial, [](Objects& set) { set.front().first = 0x06; });
}

// --- GENERAL AUTHENTICATE ---

void nonce_template(Trial& trial) {
  spoil_frame(trial, kNonce, other_template);
}
void nonce_without_data(Trial& trial) {
  spoil_frame(trial, kNonce, no_data);
}
void nonce_with_more(Trial& trial) {
  spoil_step(trial, kNonce, [](Objects& inner) { inner.emplace_back(0x81, base::Bytes{}); });
}
void nonce_not_chained(Trial& trial) {
  spoil_frame(trial, kNonce, not_chained);
}

void other_tag(Objects& inner, asn1::Tag tag) {
  base::ensure(!inner.empty(), "the step carries an object");
  inner.front().first = tag;
}

void spoilt_mapping(Trial& trial) {
  spoil_frame(trial, kMap, other_template);
  spoil_frame(trial, kMap, no_content);
  spoil_step(trial, kMap, [](Objects& inner) { other_tag(inner, 0x80); });
  spoil_frame(trial, kMap, not_chained);
}
void spoilt_keys(Trial& trial) {
  spoil_frame(trial, kKeys, other_template);
  spoil_frame(trial, kKeys, no_content);
  spoil_step(trial, kKeys, [](Objects& inner) { other_tag(inner, 0x81); });
  spoil_step(trial, kKeys, [](Objects& inner) { inner.emplace_back(0x85, base::Bytes(8)); });
  spoil_frame(trial, kKeys, not_chained);
}

void needs_curve(Trial& trial) {
  if (trial.pace_choice().info.agreement != lds::Agreement::Ecdh) throw NotApplicable{"the card's PACE has no points"};
}

void key_of_another_size(Trial& trial) {
  for (const int octets : {-2, 2}) {
    spoil_step(trial, kKeys, [octets](Objects& inner) {
      base::Bytes& key = inner.front().second;
      key.resize(static_cast<std::size_t>(static_cast<long>(key.size()) + octets), 0x01);
    });
  }
}
void key_of_zeros(Trial& trial) {
  needs_curve(trial);
  spoil_step(trial, kKeys,
             [](Objects& inner) { std::fill(inner.front().second.begin() + 1, inner.front().second.end(), 0); });
}

// Gives the octets that it was made with, then those of another source.
class Chosen final : public base::Random {
 public:
  Chosen(base::Bytes first, base::Random& then) : first_(std::move(first)), then_(then) {}
  void fill(std::span<std::uint8_t> out) override {
    if (out.size() != first_.size()) return then_.fill(out);
    std::ranges::copy(first_, out.begin());
    first_.clear();
  }

 private:
  base::Bytes first_;
  base::Random& then_;
};

// A mapping key whose x begins with this octet: one of 256 does.
void key_that_begins_with(Trial& trial, std::uint8_t octet) {
  trial.needs_pace();
  const auto group = chip_access::DomainParameters::standardized(trial.pace_choice().domain_parameters);
  constexpr int kMostTries = 20'000;
  for (int i = 0; i < kMostTries; ++i) {
    const base::Secret key = group->draw_private_key(trial.random());
    if (group->multiply_generator(key.reveal()).at(1) != octet) continue;
    trial.afresh();
    const base::ByteView octets = key.reveal();
    Chosen random({octets.begin(), octets.end()}, trial.random());
    if (!trial.pace(random).secured) throw Wrong{fmt::format("a key that begins with {:02X} is refused", octet)};
    return trial.saw(fmt::format("{:02X} taken", octet));
  }
  throw NotApplicable{"no such key was found"};
}
void small_and_large_keys(Trial& trial) {
  needs_curve(trial);
  if (trial.pace_choice().info.mapping == lds::Mapping::Integrated) throw NotApplicable{"the mapping has no key"};
  key_that_begins_with(trial, 0x00);
  const auto group = chip_access::DomainParameters::standardized(trial.pace_choice().domain_parameters);
  if (group->field_bits() % 8 == 0 && trial.pace_choice().domain_parameters < 13) key_that_begins_with(trial, 0xFF);
}

void points_that_are_none(Trial& trial) {
  needs_curve(trial);
  const bool mapped = trial.pace_choice().info.mapping != lds::Mapping::Integrated;
  for (const std::size_t at : {kMap, kKeys}) {
    if (at == kMap && !mapped) continue;
    spoil_step(trial, at, [](Objects& inner) { inner.front().second.back() ^= 0x01; });
    spoil_step(trial, at,
               [](Objects& inner) { std::fill(inner.front().second.begin() + 1, inner.front().second.end(), 0xFF); });
    spoil_step(trial, at, [](Objects& inner) { inner.front().second = {0x00}; });
    spoil_step(trial, at, [](Objects& inner) {
      base::Bytes& point = inner.front().second;
      const bool odd = (point.back() & 1) != 0;
      point.resize((point.size() + 1) / 2);
      point.front() = odd ? 0x03 : 0x02;
    });
    spoil_step(trial, at, [](Objects& inner) { inner.front().second.pop_back(); });
  }
}

void equal_keys(Trial&) {
  throw NotApplicable{"the card sends its key last: only the inspector can be shown its own"};
}

void spoilt_tokens(Trial& trial) {
  spoil_frame(trial, kTokens, other_template);
  spoil_frame(trial, kTokens, bare);
  spoil_step(trial, kTokens, [](Objects& inner) { other_tag(inner, 0x84); });
  spoil_step(trial, kTokens, [](Objects& inner) { inner.push_back(inner.front()); });
  spoil_step(trial, kTokens, [](Objects& inner) { inner.front().second.back() ^= 0x01; });
  spoil_step(trial, kTokens, [](Objects& inner) { inner.front().second.resize(1); });
  spoil_frame(trial, kTokens, chained);
}

// MSE:Set AT as it was sent in a good run.
apdu::Command good_set(Trial& trial) {
  trial.needs_pace();
  trial.afresh();
  apdu::Command sent;
  trial.wire().edit(kSet, [&sent](apdu::Command& command) {
    sent = command;
    return std::nullopt;
  });
  trial.pace();
  return sent;
}

void steps_out_of_order(Trial& trial) {
  const apdu::Command set = good_set(trial);
  const auto group = chip_access::DomainParameters::standardized(trial.pace_choice().domain_parameters);
  const auto step = [](asn1::Tag tag, base::ByteView value, std::uint8_t cla) {
    const auto inner = asn1::TlvWriter{}.put(tag, value);
    return apdu::Command{cla, 0x86, 0x00, 0x00, asn1::TlvWriter{}.put(kDynamic, inner).take(), 256};
  };
  const apdu::Command nonce{kChain, 0x86, 0x00, 0x00, base::hex("7C00"), 256};
  const base::Bytes element = group->generator();
  const apdu::Command first[] = {step(0x81, element, kChain), step(0x83, element, kChain),
                                 step(0x85, base::Bytes(8), 0x00)};
  for (const apdu::Command& command : first) {
    trial.afresh();
    trial.wire().transmit(set);
    trial.refused(trial.wire(), command);
  }
  for (const apdu::Command& second : {nonce, first[1], first[2]}) {
    trial.afresh();
    trial.wire().transmit(set);
    trial.wire().transmit(nonce);
    trial.refused(trial.wire(), second);
  }
  runs_clean(trial);
}

void a_clean_run(Trial& trial) {
  trial.pace_choice();
  trial.afresh();
  if (!trial.pace().secured) throw Wrong{"PACE does not open the card with the password given"};
  trial.saw("after each row above, and once more");
}

void wrong_passwords(Trial& trial) {
  trial.needs_pace();
  if (trial.can().empty()) throw NotApplicable{"the card access number was not given"};
  std::string other = trial.can();
  other.back() = other.back() == '9' ? '0' : static_cast<char>(other.back() + 1);
  trial.afresh();
  for (int i = 0; i < kWrongPasswords; ++i) {
    const auto password = chip_access::password_of(chip_access::PasswordReference::Can, other);
    if (chip_access::pace(trial.wire(), trial.pace_choice(), password, trial.random()).secured) {
      throw Wrong{"another number opened the card"};
    }
  }
  if (!trial.pace().secured) throw Wrong{"the right number does not open the card any more"};
  trial.saw("five wrong numbers, and it opens");
}

void plain_after_pace(Trial& trial) {
  trial.needs_pace();
  trial.wire().transmit({0x00, 0xA4, 0x04, 0x0C, kLdsAid, std::nullopt});
  trial.wire().transmit(select_file(0x0101));
  trial.refused(trial.wire(), read_binary(0, 64));
  trial.refused(trial.wire(), read_by_short_id(0x01, 64));
}

}  // namespace

std::vector<Row> pace_rows() {
  return {{"C1", "MSE: the protocol under another tag", other_tag_of_the_protocol},
          {"C2", "MSE: an unknown protocol", unknown_protocol},
          {"C3", "MSE: the protocol with its own tag inside", protocol_with_its_own_tag},
          {"C4", "MSE: an unknown kind of password", unknown_password},
          {"C5", "MSE: unknown domain parameters", unknown_parameters},
          {"C6", "MSE: the protocol missing, empty, longer, cut", broken_protocol},
          {"C7", "MSE: the password's kind missing, empty, of two octets", broken_password_reference},
          {"C8", "MSE: empty domain parameters, another tag", broken_parameters},
          {"C9", "nonce: another template", nonce_template},
          {"C10", "nonce: no data", nonce_without_data},
          {"C11", "nonce: an object too many", nonce_with_more},
          {"C12", "nonce: outside the chain", nonce_not_chained},
          {"C13", "mapping: another template, nothing, another tag, outside the chain", spoilt_mapping},
          {"C14", "keys: another template, nothing, another tag, two objects, outside the chain", spoilt_keys},
          {"C15", "keys: of another size", key_of_another_size},
          {"C16", "keys: (0, 0)", key_of_zeros},
          {"C17", "mapping: keys that begin with 00 and FF", small_and_large_keys},
          {"C18", "mapping and keys: points that are none", points_that_are_none},
          {"C19", "equal keys", equal_keys},
          {"C20", "tokens: another template, bare, another tag, two, wrong, short, in the chain", spoilt_tokens},
          {"C21", "steps in another order", steps_out_of_order},
          {"C22", "a clean run afterwards", a_clean_run},
          {"C23", "five wrong card access numbers", wrong_passwords},
          {"C24", "plain reading after PACE", plain_after_pace}};
}

}  // namespace conformance
