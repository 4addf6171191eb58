#include <array>

#include "smartcard/simulator/faults.h"

namespace simulator {

namespace {

using enum Edit;
using enum Fault::Where;

constexpr auto kFaults = std::to_array<Fault>({
    {"dg1-bit", "one bit near the end of DG1 is another", File, 0x0101, Flip, -3},
    {"dg1-empty", "DG1 has no octet", File, 0x0101, Whole, 0},
    {"dg1-half", "DG1 ends in its middle", File, 0x0101, Half, 0},
    {"dg1-tag", "DG1 begins with the tag of another file", File, 0x0101, Put, 0, "7E"},
    {"dg1-huge", "DG1 says that it has 4 GiB", File, 0x0101, Put, 1, "84FFFFFFFF"},
    {"dg1-longer", "the length of DG1 is one octet too long", File, 0x0101, Longer, 0},
    {"dg1-shorter", "the length of DG1 is one octet too short", File, 0x0101, Shorter, 0},
    {"dg1-indefinite", "DG1 has an indefinite length", File, 0x0101, Put, 1, "80"},
    {"dg2-bit", "one bit near the end of DG2 is another", File, 0x0102, Flip, -3},
    {"dg2-empty", "DG2 has no octet", File, 0x0102, Whole, 0},
    {"dg2-half", "DG2 ends in its middle", File, 0x0102, Half, 0},
    {"dg2-tag", "DG2 begins with the tag of another file", File, 0x0102, Put, 0, "7E"},
    {"dg2-huge", "DG2 says that it has 4 GiB", File, 0x0102, Put, 1, "84FFFFFFFF"},
    {"dg2-longer", "the length of DG2 is one octet too long", File, 0x0102, Longer, 0},
    {"dg2-shorter", "the length of DG2 is one octet too short", File, 0x0102, Shorter, 0},
    {"dg2-indefinite", "DG2 has an indefinite length", File, 0x0102, Put, 1, "80"},
    {"dg13-absent", "DG13 is not there", File, 0x010D, Absent, 0},
    {"dg13-bit", "one bit near the end of DG13 is another", File, 0x010D, Flip, -3},
    {"dg13-empty", "DG13 has no octet", File, 0x010D, Whole, 0},
    {"dg13-half", "DG13 ends in its middle", File, 0x010D, Half, 0},
    {"dg13-tag", "DG13 begins with the tag of another file", File, 0x010D, Put, 0, "7E"},
    {"dg13-huge", "DG13 says that it has 4 GiB", File, 0x010D, Put, 1, "84FFFFFFFF"},
    {"dg13-longer", "the length of DG13 is one octet too long", File, 0x010D, Longer, 0},
    {"dg13-shorter", "the length of DG13 is one octet too short", File, 0x010D, Shorter, 0},
    {"dg13-indefinite", "DG13 has an indefinite length", File, 0x010D, Put, 1, "80"},
    {"dg15-absent", "DG15 is not there", File, 0x010F, Absent, 0},
    {"dg15-bit", "one bit near the end of DG15 is another", File, 0x010F, Flip, -3},
    {"dg15-empty", "DG15 has no octet", File, 0x010F, Whole, 0},
    {"dg15-half", "DG15 ends in its middle", File, 0x010F, Half, 0},
    {"dg15-tag", "DG15 begins with the tag of another file", File, 0x010F, Put, 0, "7E"},
    {"dg15-huge", "DG15 says that it has 4 GiB", File, 0x010F, Put, 1, "84FFFFFFFF"},
    {"dg15-longer", "the length of DG15 is one octet too long", File, 0x010F, Longer, 0},
    {"dg15-shorter", "the length of DG15 is one octet too short", File, 0x010F, Shorter, 0},
    {"dg15-indefinite", "DG15 has an indefinite length", File, 0x010F, Put, 1, "80"},
    {"sod-bit", "one bit near the end of EF.SOD is another", File, 0x011D, Flip, -3},
    {"sod-empty", "EF.SOD has no octet", File, 0x011D, Whole, 0},
    {"sod-half", "EF.SOD ends in its middle", File, 0x011D, Half, 0},
    {"sod-tag", "EF.SOD begins with the tag of another file", File, 0x011D, Put, 0, "7E"},
    {"sod-huge", "EF.SOD says that it has 4 GiB", File, 0x011D, Put, 1, "84FFFFFFFF"},
    {"sod-longer", "the length of EF.SOD is one octet too long", File, 0x011D, Longer, 0},
    {"sod-shorter", "the length of EF.SOD is one octet too short", File, 0x011D, Shorter, 0},
    {"sod-indefinite", "EF.SOD has an indefinite length", File, 0x011D, Put, 1, "80"},
    {"com-bit", "one bit near the end of EF.COM is another", File, 0x011E, Flip, -3},
    {"com-empty", "EF.COM has no octet", File, 0x011E, Whole, 0},
    {"com-half", "EF.COM ends in its middle", File, 0x011E, Half, 0},
    {"com-tag", "EF.COM begins with the tag of another file", File, 0x011E, Put, 0, "7E"},
    {"com-huge", "EF.COM says that it has 4 GiB", File, 0x011E, Put, 1, "84FFFFFFFF"},
    {"com-longer", "the length of EF.COM is one octet too long", File, 0x011E, Longer, 0},
    {"com-shorter", "the length of EF.COM is one octet too short", File, 0x011E, Shorter, 0},
    {"com-indefinite", "EF.COM has an indefinite length", File, 0x011E, Put, 1, "80"},
    {"dg13-hollow", "DG13 holds a name field and nothing else", File, 0x010D, Whole, 0, "6D053003020101"},
    {"clone", "all files of another chip, a key of its own", ActiveAuthenticationKey, 0, OtherKey, 0},
    {"other-print", "the access keys do not come from the printed MRZ", AccessKeys, 0, OtherKey, 0},
    {"no-application", "it refuses to select the identity application", Answer, 0x00A4, Whole, 0, "6A82", 0, 0},
    {"select-61xx", "SELECT answers 61xx, for ever", Answer, 0x00A4, Whole, 0, "6110", 0, 0},
    {"challenge-refused", "GET CHALLENGE is refused", Answer, 0x0084, Whole, 0, "6985"},
    {"challenge-empty", "GET CHALLENGE gives nothing", Answer, 0x0084, Whole, 0, "9000"},
    {"challenge-short", "GET CHALLENGE gives seven octets", Answer, 0x0084, Remove, 0, "", 1},
    {"challenge-long", "GET CHALLENGE gives nine octets", Answer, 0x0084, Insert, 0, "00"},
    {"challenge-other", "the challenge on the wire is not the chip's", Answer, 0x0084, Flip, 0},
    {"bac-refused", "EXTERNAL AUTHENTICATE is refused", Answer, 0x0082, Whole, 0, "6300"},
    {"bac-empty", "EXTERNAL AUTHENTICATE gives nothing", Answer, 0x0082, Whole, 0, "9000"},
    {"bac-short", "the chip's cryptogram lacks one octet", Answer, 0x0082, Remove, 0, "", 1},
    {"bac-long", "the chip's cryptogram has one octet more", Answer, 0x0082, Insert, 0, "00"},
    {"bac-cryptogram", "one bit of the chip's cryptogram is another", Answer, 0x0082, Flip, 0},
    {"bac-mac", "one bit of the MAC of the chip's cryptogram is another", Answer, 0x0082, Flip, -3},
    {"sm-mac", "one bit of a MAC is another", Answer, 0x0CB0, Flip, -3},
    {"sm-mac-late", "one bit of the fifth answer's MAC is another", Answer, 0x0CB0, Flip, -3, "", 0, 5},
    {"sm-data", "one bit of a cryptogram is another", Answer, 0x0CB0, Flip, 6},
    {"sm-mac-short", "a MAC has seven octets", Answer, 0x0CB0, Remove, -3, "", 1},
    {"sm-mac-absent", "an answer has no MAC", Answer, 0x0CB0, Remove, -12, "", 10},
    {"sm-status-absent", "an answer has no protected status word", Answer, 0x0CB0, Remove, -16, "", 4},
    {"sm-status", "the plain status word is not the protected one", Answer, 0x0CB0, Put, -2, "6281"},
    {"sm-replay", "an answer is the one before it", Answer, 0x0CB0, Replay, 0, "", 0, 3},
    {"sm-plain", "an answer is not protected", Answer, 0x0CB0, Whole, 0, "60145F0104303130379000"},
    {"sm-plain-error", "a status word comes without protection", Answer, 0x0CB0, Whole, 0, "6982"},
    {"sm-dropped", "the chip has lost its session", Answer, 0x0CB0, Whole, 0, "6988", 0, 4},
    {"sm-empty", "an answer is 9000 and nothing", Answer, 0x0CB0, Whole, 0, "9000"},
    {"sm-trailing", "an octet stands behind the MAC", Answer, 0x0CB0, Insert, -2, "00"},
    {"sm-beside", "plain data stand beside the protected", Answer, 0x0CB0, Insert, 0, "810100"},
    {"sm-half", "an answer ends in its middle", Answer, 0x0CB0, Put, 1, "80"},
    {"sm-6cxx", "every reading is told another length", Answer, 0x0CB0, Whole, 0, "6C10", 0, 0},
    {"sm-61xx", "every reading is told that more is to come", Answer, 0x0CB0, Whole, 0, "6110", 0, 0},
    {"aa-refused", "INTERNAL AUTHENTICATE is refused without protection", Answer, 0x0C88, Whole, 0, "6985", 0, 0},
    {"aa-bit", "one bit of the proof is another", Answer, 0x0C88, Flip, 8, "", 0, 0},
    {"aa-empty", "the proof is empty", Answer, 0x0C88, Whole, 0, "9000", 0, 0},
    {"aa-replay", "the proof is the answer before it", Answer, 0x0C88, Replay, 0, "", 0, 0},
});

}  // namespace

std::span<const Fault> faults() {
  return kFaults;
}

}  // namespace simulator
