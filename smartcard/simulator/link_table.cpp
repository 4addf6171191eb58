#include <array>

#include "smartcard/simulator/link_model.h"

namespace simulator {

namespace {

// Contactless: fc = 13.56 MHz; type A takes nine bits an octet; FSC 256 less prologue and CRC (ISO/IEC 14443-3, -4); a
// turnaround is the frame delay time and what a reader's firmware adds. Contact: T=1 with IFS 254, prologue and LRC,
// eleven etu a character and 22 etu of block guard time (ISO/IEC 7816-3 §11).
constexpr auto kLinks = std::to_array<LinkKind>({
    {"contactless-106", "ISO/IEC 14443 type A, 106 kbit/s", 13.56e6 / 128, 9, 253, 3, Microseconds(350)},
    {"contactless-212", "ISO/IEC 14443 type A, 212 kbit/s", 13.56e6 / 64, 9, 253, 3, Microseconds(300)},
    {"contactless-424", "ISO/IEC 14443 type A, 424 kbit/s", 13.56e6 / 32, 9, 253, 3, Microseconds(275)},
    {"contactless-848", "ISO/IEC 14443 type A, 848 kbit/s", 13.56e6 / 16, 9, 253, 3, Microseconds(260)},
    {"contact-9600", "ISO/IEC 7816-3 T=1, 9600 bit/s", 9600, 11, 254, 4, Microseconds(22e6 / 9600)},
    {"contact-38400", "ISO/IEC 7816-3 T=1, 38400 bit/s", 38400, 11, 254, 4, Microseconds(22e6 / 38400)},
    {"contact-115200", "ISO/IEC 7816-3 T=1, 115200 bit/s", 115200, 11, 254, 4, Microseconds(22e6 / 115200)},
    {"contact-230400", "ISO/IEC 7816-3 T=1, 230400 bit/s", 230400, 11, 254, 4, Microseconds(22e6 / 230400)},
});

// A dual-interface controller of the middle class, in round figures: no data sheet of a certain product.
constexpr CardKind kCard{
    .command = Microseconds(800),
    .cipher_octet = Microseconds(1.5),
    .page_octets = 64,
    .page = Microseconds(2000),
    .agreement = Microseconds(35'000),
    .verification = Microseconds(60'000),
    .signature = Microseconds(150'000),
    .signing_key = Microseconds(4'000'000),
};

}  // namespace

std::span<const LinkKind> link_kinds() {
  return kLinks;
}

const CardKind& usual_card() {
  return kCard;
}

}  // namespace simulator
