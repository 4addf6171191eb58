#include "smartcard/simulator/file_system.h"

#include <algorithm>

namespace simulator {

namespace {

using enum ReadRule;

constexpr FileRule kRules[] = {
    {0x011E, 0x1E, AfterAccessControl, true},   // EF.COM
    {0x011D, 0x1D, AfterAccessControl, true},   // EF.SOD
    {0x011C, 0x1C, AfterAccessControl, false},  // EF.CVCA; outside the application EF.CardAccess
    {0x0101, 0x01, AfterAccessControl, true},   // EF.DG1: MRZ
    {0x0102, 0x02, AfterAccessControl, true},   // EF.DG2: face
    {0x0103, 0x03, AfterExtendedAccess, true},  // EF.DG3: fingers
    {0x0104, 0x04, AfterExtendedAccess, true},  // EF.DG4: irises
    {0x0105, 0x05, AfterAccessControl, true},  {0x0106, 0x06, AfterAccessControl, true},
    {0x0107, 0x07, AfterAccessControl, true},  {0x0108, 0x08, AfterAccessControl, true},
    {0x0109, 0x09, AfterAccessControl, true},  {0x010A, 0x0A, AfterAccessControl, true},
    {0x010B, 0x0B, AfterAccessControl, true},  // EF.DG11: absent on the real card
    {0x010C, 0x0C, AfterAccessControl, true},  {0x010D, 0x0D, AfterAccessControl, true},  // EF.DG13: the citizen's data
    {0x010E, 0x0E, AfterAccessControl, true},  // EF.DG14: chip authentication
    {0x010F, 0x0F, AfterAccessControl, true},  // EF.DG15: Active Authentication key
    {0x0110, 0x10, AfterAccessControl, true},
};

constexpr std::uint16_t kMandatory[] = {0x011E, 0x011D, 0x0101};  // a child under six has no EF.DG2

}  // namespace

std::span<const FileRule> file_rules() {
  return kRules;
}

const FileRule* rule_of_file(std::uint16_t id) {
  const auto* const found = std::ranges::find(kRules, id, &FileRule::id);
  return found == std::end(kRules) ? nullptr : found;
}

const FileRule* rule_of_sfi(std::uint8_t sfi) {
  const auto* const found = std::ranges::find(kRules, sfi, &FileRule::sfi);
  return found == std::end(kRules) ? nullptr : found;
}

std::span<const std::uint16_t> mandatory_files() {
  return kMandatory;
}

}  // namespace simulator
