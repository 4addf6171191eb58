#include <fmt/format.h>

#include <array>
#include <vector>

#include "smartcard/simulator/faults.h"

namespace simulator {

namespace {

using enum Edit;
using enum Fault::Where;

struct ChipFile {
  std::string_view name, called;
  Fault::Where where;
  std::uint16_t id;
  bool needed;  // by the chip itself, which is no personalized one without
};

constexpr auto kFiles = std::to_array<ChipFile>({
    {"dg1", "DG1", File, 0x0101, true},
    {"dg2", "DG2", File, 0x0102, false},
    {"dg3", "DG3", File, 0x0103, false},
    {"dg13", "DG13", File, 0x010D, false},
    {"dg14", "DG14", File, 0x010E, false},
    {"dg15", "DG15", File, 0x010F, false},
    {"sod", "EF.SOD", File, 0x011D, true},
    {"com", "EF.COM", File, 0x011E, true},
    {"card-access", "EF.CardAccess", MasterFile, 0x011C, false},
});

struct Damage {
  std::string_view name, what;  // behind the file's name
  Edit edit;
  std::ptrdiff_t at = 0;
  std::string_view octets = {};
};

constexpr auto kDamages = std::to_array<Damage>({
    {"absent", "is not there", Absent},
    {"bit", "has another bit near its end", Flip, -3},
    {"empty", "has no octet", Whole},
    {"half", "ends in its middle", Half},
    {"tag", "begins with the tag of another file", Put, 0, "7E"},
    {"huge", "says that it has 4 GiB", Put, 1, "84FFFFFFFF"},
    {"longer", "has a length that is one octet too long", Longer},
    {"shorter", "has a length that is one octet too short", Shorter},
    {"indefinite", "has an indefinite length", Put, 1, "80"},
});

// Every file with every damage, except those without which the chip keeps no state that can be read.
std::vector<Fault> damaged_files() {
  std::vector<Fault> out;
  for (const ChipFile& file : kFiles) {
    for (const Damage& damage : kDamages) {
      if (damage.edit == Absent && file.needed) continue;
      out.push_back({fmt::format("{}-{}", file.name, damage.name), fmt::format("{} {}", file.called, damage.what),
                     file.where, file.id, damage.edit, damage.at, damage.octets});
    }
  }
  return out;
}

// Where the chip is false otherwise. CLA and INS: 00A4 SELECT, 0084 GET CHALLENGE, 0082 EXTERNAL AUTHENTICATE, 0022
// MSE, 1086 and 0086 GENERAL AUTHENTICATE; 0CB0 READ BINARY and 0C88 INTERNAL AUTHENTICATE as they stand on the wire
// under secure messaging.
const auto kOtherFaults = std::to_array<Fault>({
    {"dg13-hollow", "DG13 holds a name field and nothing else", File, 0x010D, Whole, 0, "6D053003020101"},
    {"clone", "all files of another chip, a key of its own", ActiveAuthenticationKey, 0, OtherKey},
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
    {"clone-renamed", "all files of another chip, but keys of its own that DG15 names", ActiveAuthenticationKey, 0,
     OtherKeyNamed},
    {"clone-chip-key", "all files of another chip, a key of its own for chip authentication", ChipKeys, 0, OtherKey},
    {"clone-chip-key-renamed", "the same, and DG14 names it", ChipKeys, 0, OtherKeyNamed},
    {"card-access-3des", "EF.CardAccess offers 3DES alone, DG14 AES", MasterFile, 0x011C, Whole, 0,
     "31143012060A04007F0007020204020102010202010D"},
    {"card-access-unknown", "EF.CardAccess offers what nobody knows", MasterFile, 0x011C, Whole, 0,
     "31143012060A04007F0007020209020202010202010D"},
    {"card-access-version", "EF.CardAccess offers version 1 of PACE", MasterFile, 0x011C, Whole, 0,
     "31143012060A04007F0007020204020202010102010D"},
    {"card-access-parameters", "EF.CardAccess names domain parameters that there are not", MasterFile, 0x011C, Whole, 0,
     "31143012060A04007F00070202040202020102020105"},
    {"pace-refused", "MSE is refused", Answer, 0x0022, Whole, 0, "6A80"},
    {"pace-nonce-refused", "the nonce is refused", Answer, 0x1086, Whole, 0, "6985"},
    {"pace-nonce-absent", "there is no nonce in the answer", Answer, 0x1086, Whole, 0, "7C009000"},
    {"pace-nonce-short", "the nonce has 15 octets", Answer, 0x1086, Whole, 0,
     "7C11800F000102030405060708090A0B0C0D0E9000"},
    {"pace-nonce-long", "the nonce has 17 octets", Answer, 0x1086, Whole, 0,
     "7C138011000102030405060708090A0B0C0D0E0F109000"},
    {"pace-nonce-other", "the nonce on the wire is not the chip's", Answer, 0x1086, Flip, 6},
    {"pace-map-absent", "there is no mapping key in the answer", Answer, 0x1086, Whole, 0, "7C009000", 0, 2},
    {"pace-map-bit", "the mapping key is not on the curve", Answer, 0x1086, Flip, -3, "", 0, 2},
    {"pace-map-infinity", "the mapping key is the neutral element", Answer, 0x1086, Whole, 0, "7C038201009000", 0, 2},
    {"pace-map-reflected", "the mapping key is the terminal's own", Answer, 0x1086, Reflect, 0, "", 0, 2},
    {"pace-key-absent", "there is no public key in the answer", Answer, 0x1086, Whole, 0, "7C009000", 0, 3},
    {"pace-key-bit", "the public key is not on the curve", Answer, 0x1086, Flip, -3, "", 0, 3},
    {"pace-key-infinity", "the public key is the neutral element", Answer, 0x1086, Whole, 0, "7C038401009000", 0, 3},
    {"pace-key-reflected", "the public key is the terminal's own", Answer, 0x1086, Reflect, 0, "", 0, 3},
    {"pace-token-refused", "the terminal's token is refused", Answer, 0x0086, Whole, 0, "6300"},
    {"pace-token-absent", "there is no token in the answer", Answer, 0x0086, Whole, 0, "7C009000"},
    {"pace-token-bit", "one bit of the token is another", Answer, 0x0086, Flip, 4},
    {"pace-token-short", "the token has seven octets", Answer, 0x0086, Whole, 0, "7C098607000102030405069000"},
    {"pace-token-zero", "the token is zero", Answer, 0x0086, Whole, 0, "7C0A860800000000000000009000"},
    {"read-refused", "every reading is refused", Protected, 0x00B0, Whole, 0, "6982", 0, 0},
    {"read-nothing", "every reading gives nothing, and says that it is done", Protected, 0x00B0, Whole, 0, "9000", 0,
     0},
    {"read-more", "every reading gives an octet more than asked for", Protected, 0x00B0, Insert, 0, "00", 0, 0},
    {"read-6282", "every reading says that the file ends, and gives nothing", Protected, 0x00B0, Whole, 0, "6282", 0,
     0},
    {"dg2-changes", "DG2 is another one from its second reading on", Reading, 0x0102, Flip, -3, "", 0, 2},
    {"dg13-changes", "DG13 is another one from its second reading on", Reading, 0x010D, Flip, -3, "", 0, 2},
    {"aa-protected-refused", "INTERNAL AUTHENTICATE is refused", Protected, 0x0088, Whole, 0, "6985", 0, 0},
    {"aa-proof-bit", "one bit of the proof is another, under a good MAC", Protected, 0x0088, Flip, 8, "", 0, 0},
    {"aa-proof-empty", "the proof is empty, under a good MAC", Protected, 0x0088, Whole, 0, "9000", 0, 0},
    {"aa-proof-short", "the proof lacks an octet, under a good MAC", Protected, 0x0088, Remove, 0, "", 1, 0},
    {"ca-no-key", "it knows no key for chip authentication", ChipKeys, 0, Absent},
    {"ca-protocol-refused", "the protocol of chip authentication is refused", Protected, 0x0022, Whole, 0, "6A80"},
    {"ca-key-refused", "the terminal's key is refused", Protected, 0x0086, Whole, 0, "6300"},
    {"ca-answer-empty", "the terminal's key is answered with nothing", Protected, 0x0086, Whole, 0, "9000"},
    {"ca-old-keys", "it says that it has new keys, and goes on under the old ones", NewKeys},
    {"ca-no-proof", "the first answer under the new keys is 9000 and nothing", Answer, 0x0CB0, Whole, 0, "9000", 0, 1,
     0x0C86},
    {"ca-plain-proof", "the first answer under the new keys is not protected", Answer, 0x0CB0, Whole, 0, "60145F019000",
     0, 1, 0x0C86},
    {"ca-dropped", "the session is lost when the new keys should stand", Answer, 0x0CB0, Whole, 0, "6988", 0, 1,
     0x0C86},
    {"ta-no-trust-point", "it trusts no inspection system", TrustPoints, 0, Absent},
    {"ta-authority-refused", "it does not know the authority that it names", Protected, 0x0022, Whole, 0, "6A88", 0, 2},
    {"ta-certificate-refused", "it refuses a good certificate", Protected, 0x002A, Whole, 0, "6300"},
    {"ta-terminal-refused", "it does not know the terminal whose certificate it took", Protected, 0x0022, Whole, 0,
     "6A88", 0, 5},
    {"ta-challenge-short", "its challenge has seven octets", Protected, 0x0084, Remove, 0, "", 1},
    {"ta-challenge-empty", "it gives no challenge", Protected, 0x0084, Whole, 0, "9000"},
    {"ta-challenge-other", "it gives another challenge than it judges by", Protected, 0x0084, Flip, 0},
    {"ta-refused", "it refuses a good terminal", Protected, 0x0082, Whole, 0, "6300"},
});

std::vector<Fault> all_faults() {
  std::vector<Fault> all = damaged_files();
  all.insert(all.end(), kOtherFaults.begin(), kOtherFaults.end());
  return all;
}

}  // namespace

std::span<const Fault> faults() {
  static const std::vector<Fault> kFaults = all_faults();
  return kFaults;
}

}  // namespace simulator
