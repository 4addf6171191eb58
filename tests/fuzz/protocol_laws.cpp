#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/random.h"
#include "smartcard/access/access.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/crypto.h"
#include "tests/fuzz/law.h"
#include "tests/judge/forge.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace fuzz {

namespace {

// A script: one byte of length, then that many bytes, again and again.
template <class Use>
void each_piece(base::ByteView script, Use use) {
  while (!script.empty()) {
    const std::size_t size = std::min<std::size_t>(script[0], script.size() - 1);
    use(script.subspan(1, size));
    script = script.subspan(1 + size);
  }
}

base::Bytes script_of(const std::vector<const char*>& pieces) {
  base::Bytes script;
  for (const char* piece : pieces) {
    const base::Bytes bytes = base::hex(piece);
    script.push_back(static_cast<std::uint8_t>(bytes.size()));
    base::append(script, bytes);
  }
  return script;
}

simulator::State personalized() {
  base::SeededRandom random(7);
  simulator::State state;
  state.serial = base::hex("0123456789ABCDEF");
  state.application = simulator::ApplicationState::Personalized;
  const auto key = [&random] { return random.secret(16); };
  state.keys = {.version = 0x31, .enc = key(), .mac = key(), .dek = key()};
  for (const auto& [id, content] : sample::card()) state.files[static_cast<std::uint16_t>(id)] = content;
  chip_access::BacKeys bac =
      chip_access::derive_bac_keys(document::parse_mrz(sample::mrz()).fields.value().bac_information);
  state.bac = simulator::BacKeys{std::move(bac.enc), std::move(bac.mac)};
  state.aa_key = simulator::AaKey::generate(random).pkcs8();
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

class ScriptedCard final : public transport::Channel {
 public:
  explicit ScriptedCard(base::ByteView script) {
    each_piece(script, [this](base::ByteView piece) { answers_.emplace_back(piece.begin(), piece.end()); });
  }
  apdu::Response transmit(const apdu::Command&) override {
    const base::Bytes raw = next_ < answers_.size() ? answers_[next_++] : base::hex("6A82");
    const auto response = apdu::decode_response(raw);
    if (!response) throw base::Error(base::Fault::PresentCardAgain, "asking a scripted card", "its answer was cut");
    return *response;
  }
  bool extended_length() const override { return true; }

 private:
  std::vector<base::Bytes> answers_;
  std::size_t next_ = 0;
};

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

}  // namespace

std::vector<Law> protocol_laws() {
  return {chip_law(), inspector_law()};
}

}  // namespace fuzz
