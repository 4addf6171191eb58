#pragma once
// PACE, the card's side: ICAO Doc 9303-11 §4.4. MSE:Set AT chooses protocol and password, four GENERAL AUTHENTICATE run
// it. Whatever is refused ends the run: the terminal begins again with MSE:Set AT.

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "pki/base/core/random.h"
#include "pki/cvc/format/chat.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/secure_messaging.h"
#include "smartcard/simulator/state.h"

namespace simulator {

enum class PaceMapping { Generic, Integrated, ChipAuthentication };

// A PACEInfo of EF.CardAccess that the chip can serve.
struct PaceOffer {
  base::Bytes protocol;  // content of the object identifier
  bool elliptic = true;
  PaceMapping mapping = PaceMapping::Generic;
  Suite suite = Suite::Aes128;
  std::uint8_t parameters = 0;
};
// Of EF.CardAccess; what the chip does not know is passed over.
std::vector<PaceOffer> pace_offers(base::ByteView card_access);

// §4.4.3.3.2: pseudo-random octets for the integrated mapping, of the chip's nonce s and the terminal's t; at least 64
// bits longer than the prime.
base::Bytes integrated_mapping_octets(Suite suite, base::ByteView s, base::ByteView t, std::size_t prime_bits);

struct PaceSuccess {
  SecureMessaging session;
  base::Bytes id_picc;                      // Comp(PK_DH,IC), for terminal authentication
  std::optional<cvc::format::Chat> wanted;  // what the terminal sent of its rights
};

class Pace {
 public:
  Pace(const Memory& memory, base::Random& random) : memory_(&memory), random_(&random) {}

  // The data of MSE:Set AT (00 22 C1 A4).
  apdu::StatusWord set_at(base::ByteView data);
  // CLA 10 for the first three steps, 00 for the last. After 6300 the password was wrong.
  apdu::Response general_authenticate(const apdu::Command& command);
  bool running() const { return step_ != Step::None; }
  // Once, after the last step.
  std::optional<PaceSuccess> take_success() { return std::exchange(success_, std::nullopt); }

 private:
  enum class Step { None, Nonce, Map, Agree, Confirm };

  apdu::StatusWord choose(base::ByteView protocol, std::uint8_t password, std::optional<std::uint8_t> parameters);
  std::optional<base::Bytes> answer_to(base::ByteView content);  // nullopt: the data is wrong
  std::optional<base::Bytes> nonce(base::ByteView content);
  std::optional<base::Bytes> map(base::ByteView content);
  std::optional<base::Bytes> agree(base::ByteView content);
  std::optional<base::Bytes> confirm(base::ByteView content);
  base::Bytes token_over(base::ByteView public_key) const;
  base::Bytes chip_authentication_data() const;
  const ChipKey* mapping_key(std::uint8_t parameters) const;

  const Memory* memory_;
  base::Random* random_;
  Step step_ = Step::None;
  PaceOffer offer_;
  std::unique_ptr<Group> group_;
  std::optional<cvc::format::Chat> wanted_;  // the terminal sent a CHAT
  bool password_wrong_ = false;
  base::Secret password_key_, nonce_, mapping_number_, enc_, mac_;
  base::Bytes generator_, own_key_, terminal_key_, shared_;
  std::optional<PaceSuccess> success_;
};

}  // namespace simulator
