// PACE, secure messaging, chip and terminal authentication at an evil card: whatever comes over the Channel, there is
// no crash, the terminal ends, and nothing that was changed or made up counts for anything.

#include <memory>
#include <variant>

#include "smartcard/access/access.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/verdict.h"
#include "smartcard/secure_messaging/session.h"
#include "smartcard/simulator/secure_messaging.h"
#include "tests/fuzz/law.h"
#include "tests/fuzz/script.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace fuzz {

namespace {

using base::Bytes;

// Whether an error is one that a hostile or dying card may cause.
bool is_the_cards(const base::Error& error) {
  return error.fault() == base::Fault::PresentCardAgain || error.fault() == base::Fault::AskOperator ||
         error.fault() == base::Fault::TreatAsAttack;
}

// --- secure messaging, both ends ---

struct Ends {
  secure_messaging::Session terminal;
  simulator::SecureMessaging chip;
};

Ends ends(bool aes) {
  const auto key = [](std::uint8_t octet) { return base::Secret(Bytes(16, octet)); };
  const Bytes ssc(aes ? 16U : 8U, 0x11);
  return {{aes ? secure_messaging::Cipher::Aes128 : secure_messaging::Cipher::TripleDes, {key(0x21), key(0x43)}, ssc},
          {aes ? simulator::Suite::Aes128 : simulator::Suite::TripleDes, key(0x21), key(0x43), ssc}};
}

const apdu::Command kRead{0x00, 0xB0, 0x9E, 0x00, {}, 32}, kReadOdd{0x00, 0xB1, 0x00, 0x1E, base::hex("540200A0"), 32},
    kSelect{0x00, 0xA4, 0x02, 0x0C, base::hex("011E"), std::nullopt};

void apply(base::ByteView script, Bytes& octets) {
  each_piece(script, [&](base::ByteView piece) {
    if (!piece.empty()) put(octets, piece);
  });
}

// The first octet chooses cipher and command; the pieces behind it change the chip's answer.
std::string answer_law(base::ByteView input) {
  if (input.empty()) return {};
  Ends both = ends((input[0] & 1) != 0);
  const apdu::Command& command = (input[0] & 2) != 0 ? kReadOdd : kRead;
  const auto inner = both.chip.unwrap(both.terminal.wrap(command));
  if (!std::holds_alternative<apdu::Command>(inner)) return "an honest command is refused";
  const apdu::Response plain{base::hex("60165F0104303130375F36063034303030305C04616D6F75"), {0x9000}};
  const Bytes honest = apdu::encode(both.chip.wrap(plain, (command.ins & 1) != 0));
  Bytes changed = honest;
  apply(input.subspan(1), changed);
  const auto response = apdu::decode_response(changed);
  if (!response) return {};
  try {
    const apdu::Response read = both.terminal.unwrap(*response);
    if (changed != honest) return "a changed answer is believed";
    return read == plain ? "" : "an honest answer says something else";
  } catch (const base::Error& error) {
    if (error.fault() != base::Fault::TreatAsAttack) return error.what();
    if (changed == honest) return "an honest answer is refused";
    return both.terminal.alive() ? "the session outlives an attack" : "";
  }
}

// The same for the terminal's command: the chip does what the terminal meant, or nothing.
std::string command_law(base::ByteView input) {
  if (input.empty()) return {};
  Ends both = ends((input[0] & 1) != 0);
  const apdu::Command& meant = (input[0] & 2) != 0 ? kSelect : kRead;
  Bytes changed = apdu::encode(both.terminal.wrap(meant));
  apply(input.subspan(1), changed);
  const auto command = apdu::decode_command(changed);
  if (!command) return {};
  const auto inner = both.chip.unwrap(*command);
  if (const auto* const refused = std::get_if<apdu::StatusWord>(&inner)) {
    return refused->value == 0x6987 || refused->value == 0x6988 ? "" : "refused with another status word";
  }
  return std::get<apdu::Command>(inner) == meant ? "" : "the chip does what the terminal did not mean";
}

// --- the protocols, at a card that answers what it likes ---

// What stands for a session that was opened before, with good answers in it: it protects nothing.
class PlainChannel final : public transport::SecureChannel {
 public:
  explicit PlainChannel(transport::Channel& card) : card_(card) {}
  apdu::Response transmit(const apdu::Command& command) override {
    apdu::Response answer = card_.transmit(command);
    ++answers_;
    // A long command that is refused for its length comes once more in links (ISO 7816-4 §5.3.3), whose answers count.
    const bool only_too_long = answer.sw.value == 0x6700 && command.cla == 0x00 && command.data.size() > kShort;
    all_done &= answer.sw.ok() || only_too_long;
    return answer;
  }
  bool extended_length() const override { return true; }
  std::size_t good_answers() const override { return answers_; }
  bool all_done = true;

 private:
  static constexpr std::size_t kShort = 192;  // what the terminal sends in one short command

  std::size_t answers_ = 0;
  transport::Channel& card_;
};

// Nobody opens PACE without the password.
Law pace_law() {
  const auto pace = vectors::load("pace.json");
  const auto seed_of = [&](std::size_t example) {
    std::vector<std::string> answers;
    const auto& steps = pace["examples"][example]["apdus"];
    for (std::size_t i = 1; i < steps.size(); ++i) answers.push_back(steps[i]["r"].get<std::string>());
    std::vector<const char*> pieces;
    for (const std::string& answer : answers) pieces.push_back(answer.c_str());
    return script_of(pieces);
  };
  const chip_access::PaceChoice choice{.info = full_chip::pace_info(13, lds::Mapping::Generic, lds::Cipher::Aes128),
                                       .domain_parameters = 13};
  return {"PACE under any answers",
          {seed_of(0), script_of({"9000", "6300"}), script_of({"9000", "7C008000"})},
          [=](base::ByteView input) -> std::string {
            ScriptedCard card(input);
            base::SeededRandom random(6);
            try {
              const auto result = chip_access::pace(
                  card, choice, chip_access::password_of(chip_access::PasswordReference::Can, full_chip::kCan), random);
              if (result.secured) return "a scripted card opens a session";
              return result.findings.failed() ? "" : "no session and no finding";
            } catch (const base::Error& error) {
              return is_the_cards(error) ? "" : error.what();
            }
          }};
}

// Nobody proves a key that he does not hold.
Law chip_authentication_law() {
  const auto infos =
      std::make_shared<lds::SecurityInfos>(lds::parse_dg14(full_chip::made().files.at(0x010E)).infos.value());
  return {"chip authentication under any answers",
          {script_of({"9000", "7C009000", "990290008E08FA855A5D4C50A8ED9000"}), script_of({"9000", "9000", "9000"}),
           script_of({"6A88"}), script_of({"9000", "6300"})},
          [=](base::ByteView input) -> std::string {
            ScriptedCard card(input);
            base::SeededRandom random(6);
            try {
              auto result =
                  chip_access::chip_authentication(card, std::make_unique<PlainChannel>(card), *infos, random);
              if (result.proven()) return "a key is proven before an answer under it";
              if (!result.agreed()) return result.secured ? "" : "the session before is lost";
              result.secured->transmit(kRead);
              return result.proven() ? "a scripted card proves a key" : "";
            } catch (const base::Error& error) {
              return is_the_cards(error) ? "" : error.what();
            }
          }};
}

// Terminal authentication passes only where the chip said yes to every command.
std::string terminal_authentication_law(base::ByteView input) {
  static const chip_access::InspectionCredentials credentials = full_chip::inspection_system();
  ScriptedCard card(input);
  PlainChannel channel(card);
  try {
    const base::Findings findings =
        chip_access::terminal_authentication(channel, credentials, {"UTCVCA00001"}, Bytes(32, 0x01), Bytes(32, 0x02));
    if (findings.empty() && !channel.all_done) return "it passes although the chip refused something";
    return findings.empty() || findings.failed() ? "" : "neither passed nor failed";
  } catch (const base::Error& error) {
    return is_the_cards(error) ? "" : error.what();
  }
}

std::shared_ptr<const std::string> full_state() {
  return std::make_shared<const std::string>(simulator::encode_state(full_chip::made()));
}

}  // namespace

// The relay of relay_law() at a card that opens by PACE and proves itself by chip authentication, with an inspection
// system that reads the fingers: what it changes in a proof is never part of a GENUINE card.
Law full_relay_law() {
  const auto text = full_state();
  const auto trust = std::make_shared<trust::TrustStore>(forge::trust());
  const auto credentials = std::make_shared<chip_access::InspectionCredentials>(full_chip::inspection_system());
  return {"inspector at a chip with every protocol behind a relay",
          {script_of({"010413"}), script_of({"0404FF"}), script_of({"0506AA", "070002"}), script_of({"0C00"}),
           script_of({"1410AA"})},
          [=](base::ByteView input) -> std::string {
            simulator::MemoryStore store(simulator::decode_state(*text, "the law's chip"));
            base::SeededRandom chip_random(3), random(6);
            simulator::Chip chip(store, chip_random);
            EvilRelay relay(chip, input);
            const std::string mrz = sample::mrz();
            inspection::CardInspection how{mrz, *trust, forge::inspection_moment(), random};
            how.can = full_chip::kCan;
            how.inspection_system = credentials.get();
            try {
              const auto report = inspection::inspect_card(relay, how, static_cast<lds::Files*>(nullptr));
              const bool genuine = inspection::is_acceptable(report.verdict);
              if (genuine && relay.changed_a_proof()) return "a changed answer is part of a genuine card";
              return genuine || !report.reasons().empty() ? "" : "a no without a reason";
            } catch (const base::Error& error) {
              return is_the_cards(error) && error.fault() != base::Fault::TreatAsAttack ? "" : error.what();
            }
          }};
}

// Whoever knows the CAN may send what he likes under secure messaging: the chip answers, keeps its files and keys as
// they are, and shows the fingers to nobody. Each piece: class, instruction, P1, P2, then data.
Law protected_commands_law() {
  const auto text = full_state();
  const Bytes fingers = full_chip::made().files.at(0x0103);
  return {"chip with every protocol under any protected commands",
          {script_of({"00A4040CA0000002471001", "00B09E00", "00B08300", "00A4020C0103", "00B00000"}),
           script_of({"002241A4800A04007F00070202030202", "008600007C00", "002281B6830B5554435643413030303031",
                      "002A00BE7F4E005F3700", "002281A4830B5554495344453030303031", "00840000", "0082000000"}),
           script_of({"00B1000354010000", "00B1001E540100", "008800000102030405060708", "102A00BE7F4E"})},
          [=](base::ByteView input) -> std::string {
            const simulator::State before = simulator::decode_state(*text, "the law's chip");
            full_chip::InProcessCard card(before);
            base::SeededRandom random(6);
            const chip_access::PaceChoice choice{
                .info = full_chip::pace_info(13, lds::Mapping::Generic, lds::Cipher::Aes128), .domain_parameters = 13};
            const auto pace = chip_access::pace(
                card, choice, chip_access::password_of(chip_access::PasswordReference::Can, full_chip::kCan), random);
            if (!pace.secured) return "an honest PACE is refused";
            std::string broken;
            try {
              each_piece(input, [&](base::ByteView piece) {
                if (piece.size() < 4) return;
                const apdu::Response answer = pace.secured->transmit({static_cast<std::uint8_t>(piece[0] & 0x10),
                                                                      piece[1],
                                                                      piece[2],
                                                                      piece[3],
                                                                      {piece.begin() + 4, piece.end()},
                                                                      256});
                const auto& data = answer.data;
                if (std::search(data.begin(), data.end(), fingers.begin(), fingers.begin() + 8) != data.end()) {
                  broken = "the fingers are shown without terminal authentication";
                }
              });
            } catch (const base::Error& error) {
              if (!is_the_cards(error)) broken = error.what();
            }
            if (card.state().files != before.files) broken = "a file changed in the field";
            return broken;
          }};
}

std::vector<Law> session_laws() {
  const std::vector<Bytes> changes{base::hex("00"), base::hex("01030008FF"), base::hex("02031000AA0120"),
                                   base::hex("03020C00031E87FF"),
                                   // The answer's plain status word, behind 49 octets.
                                   base::hex("0003316282"), base::hex("0103316282")};
  return {{"secure messaging, the chip's answer", changes, answer_law},
          {"secure messaging, the terminal's command", changes, command_law},
          pace_law(),
          chip_authentication_law(),
          {"terminal authentication under any answers",
           {script_of({"9000", "9000", "9000", "9000", "9000", "9000", "9000", "01020304050607089000", "9000"}),
            script_of({"9000", "6700", "9000", "9000", "9000", "6700", "9000", "9000", "9000", "6700", "9000", "9000",
                       "9000", "01020304050607089000", "9000"}),
            script_of({"9000", "6300"}), script_of({"6A88"})},
           terminal_authentication_law}};
}

}  // namespace fuzz
