#pragma once
// Status words, application identifiers and limits that the chip's parts have in common (ISO 7816-4 §5.6; GPCS §11).

#include <array>

#include "smartcard/apdu/apdu.h"

namespace simulator {

inline constexpr apdu::StatusWord kDone{0x9000};
inline constexpr apdu::StatusWord kEndOfFile{0x6282};
inline constexpr apdu::StatusWord kAuthenticationFailed{0x6300};
inline constexpr apdu::StatusWord kMoreToCome{0x6310};
inline constexpr apdu::StatusWord kWrongLength{0x6700};
inline constexpr apdu::StatusWord kChannelUnsupported{0x6881};
inline constexpr apdu::StatusWord kSecureMessagingUnsupported{0x6882};
inline constexpr apdu::StatusWord kChainingUnsupported{0x6884};
inline constexpr apdu::StatusWord kSecurityNotSatisfied{0x6982};
inline constexpr apdu::StatusWord kMethodBlocked{0x6983};
inline constexpr apdu::StatusWord kConditionsNotSatisfied{0x6985};
inline constexpr apdu::StatusWord kNoCurrentFile{0x6986};
inline constexpr apdu::StatusWord kObjectsIncorrect{0x6988};
inline constexpr apdu::StatusWord kWrongData{0x6A80};
inline constexpr apdu::StatusWord kFileNotFound{0x6A82};
inline constexpr apdu::StatusWord kNoMemory{0x6A84};
inline constexpr apdu::StatusWord kWrongParameters{0x6A86};
inline constexpr apdu::StatusWord kReferenceNotFound{0x6A88};
inline constexpr apdu::StatusWord kOffsetOutside{0x6B00};
inline constexpr apdu::StatusWord kInstructionUnknown{0x6D00};
inline constexpr apdu::StatusWord kClassUnknown{0x6E00};
inline constexpr apdu::StatusWord kUnspecified{0x6F00};

inline apdu::Response answer(apdu::StatusWord sw) {
  return {{}, sw};
}

inline constexpr std::array<std::uint8_t, 8> kIsdAid{0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00};
inline constexpr std::array<std::uint8_t, 7> kIsdPackageAid{0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50};
inline constexpr std::array<std::uint8_t, 6> kLdsPackageAid{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10};
inline constexpr std::array<std::uint8_t, 7> kLdsAid{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01};

inline constexpr std::size_t kLargestAnswer = 65533;  // vpcd carries 65,535 bytes, two of them the status word

}  // namespace simulator
