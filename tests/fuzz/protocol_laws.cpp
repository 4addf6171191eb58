#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/random.h"
#include "smartcard/access/access.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/crypto.h"
#include "tests/fuzz/law.h"
#include "tests/fuzz/script.h"
#include "tests/judge/chip_key.h"
#include "tests/judge/forge.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace fuzz {

namespace {

simulator::State personalized() {
  base::SeededRandom random(7);
  simulator::State state;
  state.serial = base::hex("0123456789ABCDEF");
  state.application = simulator::ApplicationState::Personalized;
  const auto key = [&random] { return random.secret(16); };
  state.keys = {.version = 0x31, .enc = key(), .mac = key(), .dek = key()};
  const simulator::AaKey aa_key = simulator::AaKey::generate(random);
  lds::Files files = sample::card();
  files[lds::FileId::Dg15] = sample::dg15_of(aa_key);
  for (const auto& [id, content] : sample::sign_again(files)) state.files[static_cast<std::uint16_t>(id)] = content;
  chip_access::BacKeys bac =
      chip_access::derive_bac_keys(document::parse_mrz(sample::mrz()).fields.value().bac_information);
  state.bac = simulator::BacKeys{std::move(bac.enc), std::move(bac.mac)};
  state.aa_key = aa_key.pkcs8();
  return state;
}

bool holds(base::ByteView answer, base::ByteView secret) {
  return std::search(answer.begin(), answer.end(), secret.begin(), secret.end()) != answer.end();
}

// A personalized chip answers every command with a status word, keeps its files and keys as they are, and without BAC
// gives no eight bytes of anybody's data to anyone.
Law chip_law() {
  const auto text = std::make_shared<std::string>(simulator::encode_state(personalized()));
  const base::Bytes dg1 = sample::card().at(lds::FileId::Dg1);
  const base::Bytes number(dg1.begin() + 10, dg1.begin() + 18);
  return {"chip under any commands",
          {script_of({"00A4040C07A0000002471001", "0084000008", "00B0810000", "00B0000020", "00A4020C020101",
                      "00B1000004540200000000"}),
           script_of({"00A4040000", "80CA004500", "8050310008010203040506070800", "80CA006600", "80E60C0000",
                      "80F0400F07A0000002471001"}),
           script_of({"0CA4020C158709016375432908C044F68E08BF8B92D635FF24F8", "00A4000C023F00",
                      "0088000008000102030405060708"})},
          [=](base::ByteView input) -> std::string {
            simulator::MemoryStore store(simulator::decode_state(*text, "the law's chip"));
            base::SeededRandom random(5);
            simulator::Chip chip(store, random);
            std::string broken;
            each_piece(input, [&](base::ByteView command) {
              const base::Bytes answer = chip.transmit(command);
              if (answer.size() < 2) broken = "an answer without a status word";
              if (holds(answer, number)) broken = "personal data without BAC";
            });
            const auto after = simulator::decode_state(store.load(), "the law's chip");
            if (after.files != simulator::decode_state(*text, "the law's chip").files)
              broken = "a file changed in the field";
            return broken;
          }};
}

// Whatever a card answers, the inspector ends with a verdict that is no yes, or says that the card is gone.
Law inspector_law() {
  const auto trust = std::make_shared<trust::TrustStore>(forge::trust());
  return {
      "inspector under any answers",
      {script_of({"9000", "4608F919887022129000",
                  "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000",
                  "990290008E08FA855A5D4C50A8ED9000"}),
       script_of({"9000", "9000", "6300"}), script_of({"6A82"}), script_of({"9000", "01020304050607089000", "9000"})},
      [=](base::ByteView input) -> std::string {
        ScriptedCard card(input);
        base::SeededRandom random(6);
        try {
          const auto report = inspection::inspect_card(card, sample::mrz(), *trust, forge::inspection_moment(), random);
          if (inspection::is_acceptable(report.verdict)) return "a scripted card is acceptable";
          if (report.reasons().empty()) return "a no without a reason";
        } catch (const base::Error& error) {
          if (error.fault() != base::Fault::PresentCardAgain && error.fault() != base::Fault::AskOperator)
            return error.what();
        }
        return {};
      }};
}

// What a relay changes in anything that proves something is never part of a GENUINE card.
Law relay_law() {
  const auto text = std::make_shared<std::string>(simulator::encode_state(personalized()));
  const auto trust = std::make_shared<trust::TrustStore>(forge::trust());
  return {"inspector at a genuine chip behind a relay",
          {script_of({"050011"}), script_of({"03FF00"}), script_of({"0608AA", "070002"}), script_of({"0A00"})},
          [=](base::ByteView input) -> std::string {
            simulator::MemoryStore store(simulator::decode_state(*text, "the law's chip"));
            base::SeededRandom chip_random(3), random(6);
            simulator::Chip chip(store, chip_random);
            EvilRelay relay(chip, input);
            try {
              const auto report =
                  inspection::inspect_card(relay, sample::mrz(), *trust, forge::inspection_moment(), random);
              const bool genuine = inspection::is_acceptable(report.verdict);
              if (genuine && relay.changed_a_proof()) return "a changed answer is part of a genuine card";
              if (!genuine && report.reasons().empty()) return "a no without a reason";
            } catch (const base::Error& error) {
              if (error.fault() != base::Fault::PresentCardAgain && error.fault() != base::Fault::AskOperator)
                return error.what();
            }
            return {};
          }};
}

// Files that the chip itself holds wrongly. Each piece: which file, where (two octets), and the octets put there; no
// octets cut the file off there. EF.COM is not signed, so it alone may differ.
Law content_law() {
  const auto text = std::make_shared<std::string>(simulator::encode_state(personalized()));
  const auto trust = std::make_shared<trust::TrustStore>(forge::trust());
  return {"inspector at a chip with other files",
          {script_of({"0100037F"}), script_of({"02000184FFFFFFFF"}), script_of({"030040"}), script_of({"04000260"})},
          [=](base::ByteView input) -> std::string {
            simulator::State state = simulator::decode_state(*text, "the law's chip");
            const auto honest = state.files;
            each_piece(input, [&](base::ByteView piece) {
              if (piece.size() < 3) return;
              base::Bytes& file = std::next(state.files.begin(), piece[0] % std::ssize(state.files))->second;
              const std::size_t at = std::min<std::size_t>(piece[1] * 256U + piece[2], file.size());
              if (piece.size() == 3) file.resize(at);
              const std::size_t count = std::min(piece.size() - 3, file.size() - std::min(at, file.size()));
              std::copy_n(piece.begin() + 3, count, file.begin() + static_cast<std::ptrdiff_t>(at));
            });
            simulator::MemoryStore store(state);
            base::SeededRandom chip_random(3), random(6);
            simulator::Chip chip(store, chip_random);
            EvilRelay honest_relay(chip, {});
            const auto report =
                inspection::inspect_card(honest_relay, sample::mrz(), *trust, forge::inspection_moment(), random);
            const bool genuine = inspection::is_acceptable(report.verdict);
            for (const auto& [id, content] : honest) {
              const bool group = id >= 0x0101 && id <= 0x0110;
              if (genuine && group && state.files.at(id) != content) return "a changed data group is genuine";
            }
            return genuine || !report.reasons().empty() ? "" : "a no without a reason";
          }};
}

}  // namespace

std::vector<Law> protocol_laws() {
  return {chip_law(), inspector_law()};
}

std::vector<Law> evil_card_laws() {
  return {relay_law(), content_law(), full_relay_law(), protected_commands_law()};
}

}  // namespace fuzz
