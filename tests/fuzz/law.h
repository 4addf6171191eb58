#pragma once
// A fuzzer states a law: something that holds for every input, not merely "no crash". Each law comes with seeds
// (foreign vectors) that are mutated; the driver is deterministic in its seed, so a finding repeats.

#include <functional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"

namespace fuzz {

struct Law {
  std::string name;
  std::vector<base::Bytes> seeds;
  // Empty: the law held. Otherwise one sentence saying how it was broken.
  std::function<std::string(base::ByteView)> check;
};

std::vector<Law> pki_laws();        // TLV, X.509, CRL, CVC, SOD, master lists: libFuzzer searches here too
std::vector<Law> codec_laws();      // HTTP, MRZ, DG13, DG2, QR text, APDU
std::vector<Law> judgement_laws();  // statements, files of a card under their EF.SOD
std::vector<Law> protocol_laws();   // the chip under arbitrary commands, the inspector under arbitrary answers
std::vector<Law> session_laws();    // secure messaging, PACE, chip and terminal authentication at an evil card
std::vector<Law> evil_card_laws();  // the inspector at a genuine chip behind a relay, and at one with other files

// Of evil_card_laws(), at the chip with every protocol.
Law full_relay_law();
Law protected_commands_law();

}  // namespace fuzz
