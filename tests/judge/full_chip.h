#pragma once
// A chip (Botan) with everything that a card of the catalogue carries: PACE by MRZ and CAN, BAC, active, chip and
// terminal authentication, DG1, DG2, DG3, DG13, DG14, DG15; made by the card manager's commands. And the inspection
// system that its CVCA admits (tests/vectors/ca_ta.json).

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pki/base/core/random.h"
#include "smartcard/access/access.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/transport/channel.h"
#include "tests/support/vectors.h"

namespace full_chip {

inline constexpr std::string_view kCan = "123456";
inline constexpr std::int64_t kBrainpoolP256r1 = 13;

// The chip in the tests' own process: command APDUs in, response APDUs out.
class InProcessCard final : public transport::Channel {
 public:
  explicit InProcessCard(const simulator::State& state, bool extended = true)
      : InProcessCard(std::make_unique<simulator::MemoryStore>(state), extended) {}
  explicit InProcessCard(std::unique_ptr<simulator::StateStore> store, bool extended = true)
      : store_(std::move(store)), chip_(*store_, random_), extended_(extended) {}
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return extended_; }
  void reset() { chip_.reset(); }
  simulator::State state() { return simulator::decode_state(store_->load(), "test"); }
  apdu::Response last;  // the answer as it came, under whatever protection

 private:
  std::unique_ptr<simulator::StateStore> store_;
  base::SeededRandom random_{3};
  simulator::Chip chip_;
  bool extended_;
};

simulator::State made();                   // the finished card
void sign_again(simulator::State& state);  // EF.SOD, after a test changed a data group
simulator::State with_a_large_portrait();  // EF.DG2 of 15 kB
std::string mrz_information();             // of sample::mrz()

// The terminal's chain in ca_ta.json, one of its certificates, and its inspection system, which a chip that trusts
// cvca1 admits: link, cvca2, DV, then the named one with the key of "is".
const nlohmann::json& chain(const char* family = "ecdsa_p256");
cvc::format::Certificate certificate(const char* name);
base::Bytes sign_digest(base::ByteView digest, const char* name = "is");
chip_access::InspectionCredentials inspection_system(const char* name = "is");

lds::PaceInfo pace_info(std::int64_t parameters, lds::Mapping mapping, lds::Cipher cipher);
base::Bytes card_access(const lds::PaceInfo& pace);
lds::SecurityInfos dg14_infos(const lds::PaceInfo& pace, lds::Cipher cipher, const base::Bytes& chip_key);

}  // namespace full_chip
