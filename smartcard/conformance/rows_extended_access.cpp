// Catalogue E: chip and terminal authentication (ICAO Doc 9303-11 §6.2, §7.1). What needs certificates that no CVCA
// signs is the business of the chip's maker, who has one.

#include <algorithm>

#include "smartcard/conformance/trial.h"
#include "smartcard/lds/security_infos.h"

namespace conformance {

namespace {

constexpr std::uint8_t kDg14 = 0x0E;
constexpr std::uint32_t kShortLe = 256;

base::Bytes whole_file(transport::Channel& session, std::uint8_t id) {
  apdu::Response part = session.transmit(read_by_short_id(id, 223));
  base::Bytes file = part.data;
  try {
    const auto size = asn1::announced_size(file);
    while (size && file.size() < *size && !part.data.empty()) {
      const auto missing = static_cast<std::uint32_t>(std::min<std::size_t>(223, *size - file.size()));
      part = session.transmit(read_binary(static_cast<std::uint16_t>(file.size()), missing));
      base::append(file, part.data);
    }
  } catch (const asn1::Malformed&) {
    file.clear();
  }
  return file;
}

// A session, what EF.DG14 says, and somebody inside the session's protection.
struct Opened {
  lds::SecurityInfos infos;
  std::shared_ptr<transport::SecureChannel> session;
  WireInside* inside = nullptr;  // lives as long as chip authentication does not succeed

  explicit Opened(Trial& trial) : session(trial.session()) {
    const base::Bytes file = whole_file(*session, kDg14);
    if (const auto read = lds::parse_dg14(file).infos) infos = *read;
    if (const std::string why = chip_access::chip_authentication_fault(infos); !why.empty()) throw NotApplicable{why};
  }
  chip_access::ChipAuthenticationResult agree(Trial& trial, const Edit& edit = nullptr, std::size_t at = 0) {
    auto wrapped = std::make_unique<WireInside>(session);
    inside = wrapped.get();
    if (edit) inside->wire().edit(at, edit);
    return chip_access::chip_authentication(trial.wire(), std::move(wrapped), infos, trial.random());
  }
};

bool reads(Trial& trial, transport::Channel& session) {
  const auto answer = trial.ask(session, read_by_short_id(kCom, 64));
  return answer && !answer->data.empty();
}

// The key stands in the last object of the last command before the chip agrees.
void bad_keys(Trial& trial) {
  const auto spoil = [&](const std::function<void(base::Bytes&)>& change) {
    Opened opened(trial);
    const bool aes = !opened.infos.chip_authentication.empty() &&
                     opened.infos.chip_authentication.front().cipher != lds::Cipher::TripleDes;
    const auto result = opened.agree(
        trial,
        [&](apdu::Command& command) -> std::optional<apdu::Response> {
          Objects outer = take_apart(command.data);
          if (aes) {
            Objects inner = take_apart(outer.front().second);
            change(inner.front().second);
            outer.front().second = put_together(inner);
          } else {
            change(outer.front().second);
          }
          command.data = put_together(outer);
          return std::nullopt;
        },
        aes ? 1 : 0);
    if (result.agreed()) throw Wrong{"the card agrees with a key that is none"};
    if (!reads(trial, *opened.session)) throw Wrong{"the session before it is gone"};
    trial.saw("refused");
  };
  spoil([](base::Bytes& key) { key.back() ^= 0x01; });
  spoil([](base::Bytes& key) { key.pop_back(); });
  spoil([](base::Bytes& key) { std::fill(key.begin() + 1, key.end(), 0); });
}

void bad_references(Trial& trial) {
  Opened opened(trial);
  trial.refused(*opened.session, {0x00, 0x22, 0x41, 0xA6, base::hex("84017F"), std::nullopt});
  trial.afresh();
  trial.select_application();
  trial.refused(trial.wire(), {0x00, 0x22, 0x41, 0xA4, base::hex("800A04007F00070202030202"), std::nullopt});
}

void old_keys_afterwards(Trial& trial) {
  Opened opened(trial);
  auto result = opened.agree(trial);
  if (!result.agreed() || !reads(trial, *result.secured)) throw Wrong{"chip authentication does not pass"};
  if (reads(trial, *opened.session)) throw Wrong{"the keys before chip authentication still hold"};
  trial.saw("old keys refused");
}

void repeated(Trial& trial) {
  Opened opened(trial);
  auto first = opened.agree(trial);
  if (!first.agreed() || !reads(trial, *first.secured)) throw Wrong{"chip authentication does not pass"};
  const auto second =
      chip_access::chip_authentication(trial.wire(), std::move(first.secured), opened.infos, trial.random());
  trial.saw(second.agreed() ? "allowed" : "refused");
  if (second.agreed() && !reads(trial, *second.secured)) throw Wrong{"the keys of the second run do not hold"};
}

// --- terminal authentication ---

struct Agreed {
  chip_access::ChipAuthenticationResult chip;
  std::vector<std::string> trust_points;

  explicit Agreed(Trial& trial) {
    Opened opened(trial);
    chip = opened.agree(trial);
    if (!chip.agreed()) throw Wrong{"chip authentication does not pass"};
    const apdu::Response file = chip.secured->transmit(read_by_short_id(0x1C, 36));
    if (const auto names = lds::parse_cvca_file(file.data)) trust_points = *names;
    if (trust_points.empty()) throw NotApplicable{"the card names no CVCA that it trusts"};
  }
};

apdu::Command name_key(std::uint8_t template_tag, std::string_view reference) {
  return {0x00, 0x22, 0x81, template_tag, asn1::TlvWriter{}.put(0x83, reference).take(), std::nullopt};
}

void unknown_authority(Trial& trial) {
  Agreed agreed(trial);
  trial.refused(*agreed.chip.secured, name_key(0xB6, "XXNOSUCHCA00001"), {0x6A88, 0x6A80});
}

std::vector<cvc::format::Certificate> chain_of(Trial& trial, const Agreed& agreed) {
  auto chain = chip_access::chain_for(trial.inspection_system(), agreed.trust_points);
  if (chain.empty()) throw NotApplicable{"no certificate at hand leads to this inspection system"};
  return chain;
}

void bad_certificates(Trial& trial) {
  trial.inspection_system();
  const auto show = [&](const std::function<base::Bytes(const cvc::format::Certificate&)>& made) {
    Agreed agreed(trial);
    const auto chain = chain_of(trial, agreed);
    agreed.chip.secured->transmit(name_key(0xB6, chain.front().body.authority));
    apdu::Command command{0x00, 0x2A, 0x00, 0xBE, made(chain.front()), std::nullopt};
    if (command.data.size() > 200 && !agreed.chip.secured->extended_length()) {
      throw NotApplicable{"the reader takes short commands only"};
    }
    trial.refused(*agreed.chip.secured, command);
  };
  const auto with_signature = [](const cvc::format::Certificate& one, base::ByteView signature) {
    base::Bytes data = one.signed_part;
    base::append(data, asn1::TlvWriter{}.put(0x5F37, signature).take());
    return data;
  };
  show([&](const auto& one) {
    base::Bytes signature = one.signature;
    signature.back() ^= 0x01;
    return with_signature(one, signature);
  });
  show([](const auto& one) { return one.signed_part; });
  show([&](const auto& one) {
    base::Bytes data = with_signature(one, one.signature);
    data[data.size() / 3] ^= 0x01;
    return data;
  });
  show([](const auto& one) { return one.whole; });
}

void authentication_without_what_leads_to_it(Trial& trial) {
  const apdu::Command answer{0x00, 0x82, 0x00, 0x00, base::Bytes(64, 0x5A), std::nullopt};
  const auto session = trial.session();
  trial.refused(*session, answer);
  trial.inspection_system();
  for (const bool other_challenge : {true, false}) {
    Agreed agreed(trial);
    WireInside inside(std::move(agreed.chip.secured));
    const auto chain = chain_of(trial, agreed);
    const std::size_t at_challenge = 2 * chain.size() + 1;
    inside.wire().edit(at_challenge, [&](apdu::Command& command) -> std::optional<apdu::Response> {
      if (!other_challenge) return apdu::Response{base::Bytes(8, 0x11), apdu::StatusWord{0x9000}};
      inside.wire().leave_alone();
      apdu::Response challenge = inside.transmit(command);
      if (!challenge.data.empty()) challenge.data.back() ^= 0x01;
      return challenge;
    });
    const auto findings = chip_access::terminal_authentication(inside, trial.inspection_system(), agreed.trust_points,
                                                               trial.id_picc(), agreed.chip.terminal_key);
    if (!findings.failed()) throw Wrong{"the card takes a signature over another challenge, or over none"};
    trial.saw("refused");
  }
}

void what_the_certificate_does_not_give(Trial& trial) {
  if (trial.inspection_system().inspection_system.body.chat.rights().iris) {
    throw NotApplicable{"this inspection system may read EF.DG4"};
  }
  Agreed agreed(trial);
  const auto findings = chip_access::terminal_authentication(
      *agreed.chip.secured, trial.inspection_system(), agreed.trust_points, trial.id_picc(), agreed.chip.terminal_key);
  if (findings.failed()) throw NotApplicable{"the card does not let this inspection system in"};
  trial.refused(*agreed.chip.secured, read_by_short_id(0x04, kShortLe), {0x6982});
}

void needs_a_cvca(Trial&) {
  throw NotApplicable{"it needs certificates by the key of the card's CVCA"};
}

}  // namespace

std::vector<Row> extended_access_rows() {
  return {{"E1", "chip authentication with keys that are none", bad_keys},
          {"E2", "chip authentication: unknown key, nothing, before access", bad_references},
          {"E3", "the old keys after chip authentication", old_keys_afterwards},
          {"E4", "chip authentication twice", repeated},
          {"E5", "a certificate of an unknown authority", unknown_authority},
          {"E6", "certificates with a bad signature, without, changed, wrapped", bad_certificates},
          {"E7", "certificates that are expired, or of the future", needs_a_cvca},
          {"E8", "certificates in another role", needs_a_cvca},
          {"E9", "certificates that are malformed", needs_a_cvca},
          {"E10", "EXTERNAL AUTHENTICATE without chip authentication or challenge",
           authentication_without_what_leads_to_it},
          {"E11", "EF.DG4 with a right to EF.DG3 alone", what_the_certificate_does_not_give},
          {"E12", "link certificates", needs_a_cvca}};
}

}  // namespace conformance
