// A whole inspection at a chip that rewrites what it says. What was signed, proven or protected and then changed is
// never part of a GENUINE card; a copy without its keys is never one, whatever it says; and each inspection ends.

#include <algorithm>
#include <memory>

#include "pki/base/core/error.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/verdict.h"
#include "smartcard/simulator/faults.h"
#include "tests/fuzz/card_laws.h"
#include "tests/fuzz/rewritten_card.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"
#include "tests/judge/version_2_chip.h"

namespace fuzz {

namespace {

using base::Bytes;
using base::ByteView;

// Bits of the first octet.
constexpr std::uint8_t kReadsFingers = 0x01, kByCan = 0x02;

constexpr std::string_view kName = "inspector at a chip that rewrites its answers, ";

// What a run saw.
struct Run {
  std::string broken;
  bool genuine = false;
  std::vector<Change> said;
};

// The chip's memory as text: made once, and read by the chip alone.
class TextStore final : public simulator::StateStore {
 public:
  explicit TextStore(std::string text) : text_(std::move(text)) {}
  std::string load() override { return text_; }
  void save(std::string_view text) override { text_ = text; }
  std::string name() const override { return "memory"; }

 private:
  std::string text_;
};

class Scene {
 public:
  Scene(simulator::State state, bool copy)
      : files_(state.files), text_(simulator::encode_state(state)), copy_(copy), trust_(forge::trust()) {}

  bool is_copy() const { return copy_; }

  Run run(ByteView input) const {
    Run out;
    const std::uint8_t bits = input.empty() ? 0 : input[0];
    TextStore store(text_);
    base::SeededRandom chip_random(3), random(6);
    RewrittenCard card(store, chip_random, input.subspan(std::min(kBeforeTheScript, input.size())));
    const std::string mrz = sample::mrz();
    inspection::CardInspection how{mrz, trust_, forge::inspection_moment(), random};
    if ((bits & kByCan) != 0) how.can = full_chip::kCan;
    if ((bits & kReadsFingers) != 0) how.inspection_system = &inspection_system_;
    try {
      inspection::CardRecord record;
      const inspection::Report report = inspection::inspect_card(card, how, &record);
      out.genuine = inspection::is_acceptable(report.verdict);
      out.broken = out.genuine ? judge(card, record.files) : report.reasons().empty() ? "a no without a reason" : "";
    } catch (const base::Error& error) {
      const bool the_cards =
          error.fault() == base::Fault::PresentCardAgain || error.fault() == base::Fault::AskOperator;
      if (!the_cards) out.broken = error.what();
    } catch (const Endless&) {
      out.broken = "the inspection does not end";
    }
    out.said = card.said();
    return out;
  }

 private:
  std::string judge(const RewrittenCard& card, const lds::Files& read) const {
    if (copy_) return "a copy without the card's key is genuine";
    if (card.changed_a_proof()) return "a changed proof is part of a genuine card";
    for (const auto& [id, content] : read) {
      const auto number = static_cast<std::uint16_t>(id);
      if (number < 0x0101 || number > 0x0110) continue;
      const auto original = files_.find(number);
      if (original == files_.end() || original->second != content) return "another content is part of a genuine card";
    }
    return {};
  }

  std::map<std::uint16_t, Bytes> files_;
  std::string text_;
  bool copy_;
  trust::TrustStore trust_;
  chip_access::InspectionCredentials inspection_system_ = full_chip::inspection_system();
};

// The honest session written down: as it stood on the wire, as it was said inside, as the files were opened; the last
// two also answer by answer, because a small script is changed to more effect than a large one. None of these changes
// anything. And each answer on the wire with its last octet changed.
std::vector<Bytes> sessions(const Scene& scene, std::uint8_t bits, bool answer_by_answer) {
  const std::vector<Change> said = scene.run(Bytes{bits}).said;
  std::vector<Bytes> out;
  const auto add = [&](const std::vector<Change>& changes) {
    out.push_back(base::concat({Bytes{bits}, script_of(changes)}));
    base::ensure(scene.run(out.back()).genuine != scene.is_copy(), "who changes nothing is what he is");
  };
  for (const Place place : {Place::Wire, Place::Inside, Place::File}) {
    std::vector<Change> all;
    std::ranges::copy_if(said, std::back_inserter(all), [&](const Change& one) { return one.place == place; });
    add(all);
    if (!answer_by_answer) continue;
    for (Change& one : all) {
      if (place != Place::Wire) {
        add({one});
      } else if (one.octets.size() > 2) {  // the last octet of a MAC, a token, a cryptogram
        one.octets[one.octets.size() - 3] ^= 0x01;
        out.push_back(base::concat({Bytes{bits}, script_of({one})}));
      }
    }
  }
  return out;
}

Law law_of(std::string_view name, std::shared_ptr<const Scene> scene, std::vector<std::uint8_t> ways) {
  std::vector<Bytes> seeds;
  for (const std::uint8_t bits : ways) {
    std::ranges::move(sessions(*scene, bits, bits == ways.front()), std::back_inserter(seeds));
    seeds.push_back(
        base::concat({Bytes{bits}, script_of({{Place::Inside, kEach, Rewriting::Cut, 1, {}}})}));  // a byte at a time
    seeds.push_back(
        base::concat({Bytes{bits}, script_of({{Place::Wire, kEach, Rewriting::StatusWord, 0, base::hex("6100")}})}));
  }
  return {std::string(kName) + std::string(name), std::move(seeds),
          [scene = std::move(scene)](ByteView input) { return scene->run(input).broken; }};
}

// A card as most in circulation are: basic access control, active authentication, and nothing else.
simulator::State basic_card() {
  simulator::State state = full_chip::made();
  state.master_files.clear();
  state.pace.clear();
  state.chip_keys.clear();
  for (const auto file : {lds::FileId::Dg3, lds::FileId::Dg14}) state.files.erase(static_cast<std::uint16_t>(file));
  state.files[0x011E] = lds::encode_com({1, 2, 13, 15});
  full_chip::sign_again(state);
  return state;
}

// A card that version 2 alone proves: to whom has no certificate it is never genuine.
simulator::State card_of_version_2() {
  simulator::State state = std::move(full_chip::Version2Chip{}.state);
  state.files.erase(static_cast<std::uint16_t>(lds::FileId::Dg15));
  state.aa_key = {};
  state.files[0x011E] = lds::encode_com({1, 2, 3, 13, 14});
  full_chip::sign_again(state);
  return state;
}

// Every file and password of the card, and one key that is its own.
simulator::State copy_of_the_card(std::string_view fault, simulator::State card = full_chip::made()) {
  base::SeededRandom random(9);
  return simulator::with_fault(std::move(card), simulator::fault_named(fault), random);
}

}  // namespace

std::vector<Law> rewriting_laws() {
  const auto scene = [](simulator::State state, bool copy) {
    return std::make_shared<const Scene>(std::move(state), copy);
  };
  return {law_of("every protocol", scene(full_chip::made(), false), {kReadsFingers | kByCan, 0}),
          law_of("basic access control", scene(basic_card(), false), {0}),
          law_of("version 2", scene(card_of_version_2(), false), {kReadsFingers | kByCan}),
          law_of("a copy without the key of active authentication", scene(copy_of_the_card("clone"), true), {kByCan}),
          law_of("a copy without the key of chip authentication", scene(copy_of_the_card("clone-chip-key"), true),
                 {kByCan}),
          law_of("a copy without the key of version 2",
                 scene(copy_of_the_card("clone-chip-key", card_of_version_2()), true), {kReadsFingers | kByCan})};
}

bool is_rewriting(const Law& law) {
  return law.name.starts_with(kName);
}

}  // namespace fuzz
