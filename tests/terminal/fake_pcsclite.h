#pragma once
// libpcsclite as a test wants it: the functions of winscard.h are defined here, so the real library's stay unused.

#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pki/base/core/bytes.h"

namespace fake_pcsc {

struct Answer {
  long code = 0;  // SCARD_S_SUCCESS
  base::Bytes data = {};
};

struct Service {
  long establish = 0;
  std::vector<std::string> readers{"Reader A"};
  bool card = true;
  std::deque<long> connects = {};  // return codes of the next SCardConnect calls, then success
  bool t1 = true;
  std::optional<std::uint32_t> largest_apdu = 65536;  // dwMaxAPDUDataSize; nullopt: the reader does not say
  std::deque<Answer> answers = {};                    // to SCardTransmit
  std::vector<base::Bytes> sent = {};
  std::shared_future<void> gate = {};  // SCardTransmit waits for it, when there is one
  std::promise<void> closed = {};      // fulfilled when a gated connection gave its context back
  std::thread::id opened_on = {}, closed_on = {};
  int reconnects = 0, transactions = 0, disconnects = 0, contexts = 0, resets = 0;
  long answer_to_reset = 0;       // SCardReconnect's return code with SCARD_RESET_CARD
  bool gone_after_reset = false;  // the service sees while somebody waits that the card is gone
  bool insert_on_wait = false;    // the card comes while somebody waits for it
};

// The one service; reset() before each test.
Service& service();
void reset();

}  // namespace fake_pcsc
