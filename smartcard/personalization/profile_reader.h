#pragma once
// Reads chip profiles (docs/formats/chip-profile.md). There is one kind of file; its [channel] says which kind of
// product it describes.
//
// `source` names the text in messages ("virtual-lds.toml"). Whatever is wrong, unknown or missing is thrown as
// Error{FixConfiguration} with source:line and field.

#include <filesystem>
#include <string_view>
#include <variant>

#include "smartcard/personalization/command_profile.h"
#include "smartcard/personalization/profile.h"

namespace personalization {

using ChipProfile = std::variant<Profile, CommandProfile>;

ChipProfile parse_chip_profile(std::string_view toml, std::string_view source);
ChipProfile read_chip_profile(const std::filesystem::path& path);

// The same where only a product with a secure channel will do; another one is refused as well.
Profile parse_profile(std::string_view toml, std::string_view source);
Profile read_profile(const std::filesystem::path& path);

}  // namespace personalization
