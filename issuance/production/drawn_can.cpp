#include "issuance/production/drawn_can.h"

namespace production {

base::Secret draw_can(const document::CitizenNumber& holder, base::Random& random) {
  constexpr std::uint32_t kNumbers = 1'000'000, kTwentyBits = 0xFFFFF;
  while (true) {
    const base::Secret drawn = random.secret(3);
    const base::ByteView octets = drawn.reveal();
    std::uint32_t number = 0;
    for (const std::uint8_t octet : octets) number = number << 8U | octet;
    number &= kTwentyBits;
    if (number >= kNumbers) continue;  // what is over would make some numbers likelier
    base::Bytes digits(6);
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number /= 10) {
      *digit = static_cast<std::uint8_t>('0' + number % 10);
    }
    base::Secret can(std::move(digits));
    if (!base::equal(can.reveal(), base::view_of(holder.card_access_number()))) return can;
  }
}

}  // namespace production
