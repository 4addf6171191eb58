#include "smartcard/personalization/card_session.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"

namespace personalization {

namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint32_t kAnyLe = 256;

void put_lv(Bytes& out, ByteView value) {
  out.push_back(static_cast<std::uint8_t>(value.size()));
  base::append(out, value);
}

// GPCS table 11-4. 0F is the application's own PERSONALIZED.
ApplicationState application_state_of(std::uint8_t life_cycle) {
  switch (life_cycle) {
    case 0x07:
      return ApplicationState::Selectable;
    case 0x0F:
      return ApplicationState::Personalized;
    default:
      return ApplicationState::Other;
  }
}

// GET STATUS in its TLV form (GPCS §11.4.3.1): E3 { 4F AID, 9F70 life cycle, … } for each hit. An AID asked for also
// finds those that begin with it.
ApplicationState find_application(ByteView answer, ByteView aid) {
  asn1::TlvReader list(answer);
  while (!list.at_end()) {
    asn1::TlvReader entry(list.need(0xE3));
    const bool hit = base::equal(entry.need(0x4F), aid);
    const ByteView life_cycle = entry.need(0x9F70);
    if (life_cycle.empty()) throw asn1::Malformed("an empty life cycle");
    if (hit) return application_state_of(life_cycle[0]);
  }
  return ApplicationState::Absent;
}

}  // namespace

apdu::Response select(transport::Channel& card, ByteView aid, std::uint8_t p2) {
  apdu::Command command{0x00, 0xA4, 0x04, p2, {aid.begin(), aid.end()}, std::nullopt};
  if (p2 == 0x00) command.le = kAnyLe;
  return card.transmit(command);
}

std::optional<CardSession> CardSession::open(transport::Channel& card, const Profile& profile, std::uint8_t key_version,
                                             std::span<const globalplatform::KeySet* const> candidates,
                                             base::Random& random, base::Findings& findings) {
  if (const apdu::Response selected = select(card, profile.card_manager, 0x00); !selected.sw.ok()) {
    findings.fail(kStateUnexpected, kWhere,
                  fmt::format("selecting the card manager: the card answered {}", apdu::describe(selected.sw)));
    return std::nullopt;
  }
  return open_selected(card, profile, key_version, candidates, random, findings);
}

std::optional<CardSession> CardSession::open_selected(transport::Channel& card, const Profile& profile,
                                                      std::uint8_t key_version,
                                                      std::span<const globalplatform::KeySet* const> candidates,
                                                      base::Random& random, base::Findings& findings) {
  auto opened = globalplatform::open_secure_channel(card, key_version, candidates, profile.channel, random);
  findings.add(opened.findings);
  if (!opened.channel) return std::nullopt;
  return CardSession(std::move(opened), profile, findings);
}

std::optional<CardSession> CardSession::open(transport::Channel& card, const Profile& profile, std::uint8_t key_version,
                                             const globalplatform::KeySet& keys, base::Random& random,
                                             base::Findings& findings) {
  const globalplatform::KeySet* const one[] = {&keys};
  return open(card, profile, key_version, one, random, findings);
}

std::optional<Bytes> CardSession::send(const apdu::Command& command, std::string_view step) {
  apdu::Response response = channel_->transmit(command);
  if (response.sw.ok()) return std::move(response.data);
  findings_.fail(kStateUnexpected, kWhere, fmt::format("{}: the card answered {}", step, apdu::describe(response.sw)));
  return std::nullopt;
}

// PUT KEY 80 D8 <version replaced> 81 (GPCS §11.8): all three keys at once. The card confirms version and check values.
bool CardSession::put_key(std::uint8_t replaced_version, const globalplatform::KeySet& card_keys) {
  const auto answer =
      send({0x80, 0xD8, replaced_version, 0x81, data_key_.put_key_data(profile_.card_key_version, card_keys), kAnyLe},
           "PUT KEY");
  if (!answer) return false;
  if (base::equal(*answer, globalplatform::put_key_answer(data_key_.kind(), profile_.card_key_version, card_keys))) {
    return true;
  }
  findings_.fail("CHIP_KEYS_WRONG", kWhere, "PUT KEY: the card confirms other keys than those it was given");
  return false;
}

// GET STATUS 80 F2 40 02 (GPCS §11.4): applications, in TLV form.
apdu::Response CardSession::get_status(ByteView aid) {
  return channel_->transmit({0x80, 0xF2, 0x40, 0x02, asn1::TlvWriter{}.put(0x4F, aid).take(), kAnyLe});
}

std::optional<ApplicationState> CardSession::application_state() {
  const apdu::Response answer = get_status(profile_.instance);
  if (answer.sw.value == 0x6A88) return ApplicationState::Absent;
  try {
    if (answer.sw.ok()) return find_application(answer.data, profile_.instance);
    findings_.fail(kStateUnexpected, kWhere,
                   fmt::format("GET STATUS: the card answered {}", apdu::describe(answer.sw)));
  } catch (const asn1::Malformed& error) {
    findings_.fail(kStateUnexpected, kWhere, fmt::format("GET STATUS: the answer is malformed ({})", error.what()));
  }
  return std::nullopt;
}

bool CardSession::carries(std::size_t size) {
  // 4F and its length take two to four octets.
  const std::size_t head = size < 2 + 0x80 ? 2 : size < 3 + 0x100 ? 3 : 4;
  const Bytes search = asn1::TlvWriter{}.put(0x4F, Bytes(size - head)).take();
  base::ensure(search.size() == size, "a block is one less than whole cipher blocks, and then 4F fills it");
  try {
    // Framed as STORE DATA is, without Le. What it answers is not looked at.
    channel_->transmit({0x80, 0xF2, 0x40, 0x02, search, std::nullopt});
    return get_status(profile_.instance).sw.ok();
  } catch (const base::Error& error) {
    // A reader that cannot send it, a chip that falls silent: whoever goes on finds out whether they are still there.
    if (error.fault() == base::Fault::TreatAsAttack) throw;
    return false;
  }
}

// INSTALL [for install and make selectable] 80 E6 0C 00 (GPCS §11.5.2.3.2): package, module, instance, privileges, no
// parameters but the empty C9, no token.
apdu::Command CardSession::install_command() const {
  Bytes data;
  put_lv(data, profile_.package);
  put_lv(data, profile_.module);
  put_lv(data, profile_.instance);
  put_lv(data, profile_.privileges);
  put_lv(data, Bytes{0xC9, 0x00});
  put_lv(data, {});
  return {0x80, 0xE6, 0x0C, 0x00, std::move(data), kAnyLe};
}

bool CardSession::install() {
  return send(install_command(), "INSTALL [for install]").has_value();
}

apdu::StatusWord CardSession::try_install() {
  return channel_->transmit(install_command()).sw;
}

// INSTALL [for personalization] 80 E6 20 00 (GPCS §11.5.2.3.6): STORE DATA goes to the application from here on.
apdu::Command CardSession::install_for_personalization_command() const {
  Bytes data{0x00, 0x00};
  put_lv(data, profile_.instance);
  base::append(data, Bytes{0x00, 0x00, 0x00});
  return {0x80, 0xE6, 0x20, 0x00, std::move(data), kAnyLe};
}

bool CardSession::install_for_personalization() {
  return send(install_for_personalization_command(), "INSTALL [for personalization]").has_value();
}

apdu::StatusWord CardSession::try_install_for_personalization() {
  return channel_->transmit(install_for_personalization_command()).sw;
}

apdu::StatusWord CardSession::try_put_key(const globalplatform::KeySet& card_keys) {
  return channel_
      ->transmit({0x80, 0xD8, profile_.card_key_version, 0x81,
                  data_key_.put_key_data(profile_.card_key_version, card_keys), kAnyLe})
      .sw;
}

std::optional<Bytes> CardSession::store_data(std::uint8_t p1, std::uint8_t block, ByteView data) {
  apdu::Command command{0x80, 0xE2, p1, block, {data.begin(), data.end()}, std::nullopt};
  if ((p1 & profile_.store_data.p1_response) != 0) {
    command.le = channel_->extended_length() ? 65536 : kAnyLe;
  }
  auto answer = send(command, "STORE DATA");
  base::wipe(command.data);
  return answer;
}

apdu::StatusWord CardSession::try_set_status(std::uint8_t scope, std::uint8_t state, ByteView aid) {
  return channel_->transmit({0x80, 0xF0, scope, state, {aid.begin(), aid.end()}, std::nullopt}).sw;
}

bool CardSession::set_status(std::uint8_t scope, std::uint8_t state, ByteView aid) {
  return send({0x80, 0xF0, scope, state, {aid.begin(), aid.end()}, std::nullopt}, "SET STATUS").has_value();
}

Bytes encode_dgi(std::uint16_t dgi, ByteView value) {
  base::ensure(value.size() <= 0xFFFF, "a DGI's length has two octets");
  Bytes out{static_cast<std::uint8_t>(dgi >> 8), static_cast<std::uint8_t>(dgi)};
  if (value.size() >= 0xFF) base::append(out, Bytes{0xFF, static_cast<std::uint8_t>(value.size() >> 8)});
  out.push_back(static_cast<std::uint8_t>(value.size()));
  base::append(out, value);
  return out;
}

}  // namespace personalization
