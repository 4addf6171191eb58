#pragma once
// A card in a PC/SC reader (pcscd, PC/SC Workgroup parts 5 and 10) as a Channel. Every call into the service runs on a
// thread of the channel's own with a context of its own, under a time limit: pcscd itself has none, and one context for
// several readers makes them wait for each other.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "smartcard/transport/channel.h"

namespace transport {

struct PcscLimits {
  std::chrono::milliseconds service{10'000};  // finding the service, listing readers, powering a card
  std::chrono::milliseconds command{30'000};  // one command and its answer (a chip that makes an RSA key is slow)
  std::chrono::milliseconds insertion{0};     // how long to wait for a card; 0: it has to be there
};

struct ReaderStatus {
  std::string name;
  bool card_present = false;
};

// All readers in the service's order; empty when none is connected. Throws Error{AskOperator} when the service does not
// run, refuses this user or does not answer in time.
std::vector<ReaderStatus> list_readers(const PcscLimits& limits = {});

// Waits until there is a card in the reader, or none, as long as limits.insertion says; false when that passed.
// `reader` as choose_reader. Throws Error{AskOperator} when the service or the reader is not there, or goes away
// meanwhile.
bool await_card(std::string_view reader, bool present, const PcscLimits& limits);

// The reader meant by `wanted`: the exact name, else the only one that contains it; with an empty text the only reader.
// Throws Error{AskOperator} that lists what is there.
std::string choose_reader(const std::vector<std::string>& readers, std::string_view wanted);

class PcscChannel final : public Channel {
 public:
  // Waits for a card as limits.insertion says, then powers it. Throws Error{AskOperator} (service, reader) or
  // {PresentCardAgain} (no card, a card that does not answer).
  static std::unique_ptr<PcscChannel> open(std::string_view reader, const PcscLimits& limits = {});
  ~PcscChannel() override;  // leaves the card powered
  PcscChannel(const PcscChannel&) = delete;
  PcscChannel& operator=(const PcscChannel&) = delete;

  // Fetches a long answer with GET RESPONSE (61xx) and repeats with the right Le (6Cxx): see whole_response(). After a
  // reset by somebody else the connection is made anew and Error{PresentCardAgain} says that every session on the card
  // is lost. After a call that ran out of time the channel is dead and says so.
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override;

  // Resets the card: sessions, selections and rights that anybody left on it are gone, and it stands as it was put on
  // the reader. Throws Error{PresentCardAgain} when it does not come back, {AskOperator} when another program holds it.
  void reset();

  const std::string& reader() const;  // the full name
  const base::Bytes& atr() const;

  // While it lives no other program can speak to the card (SCardBeginTransaction). Must not outlive the channel.
  class Transaction {
   public:
    explicit Transaction(PcscChannel& channel);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

   private:
    PcscChannel& channel_;
  };

 private:
  class Link;
  explicit PcscChannel(std::unique_ptr<Link> link);
  std::unique_ptr<Link> link_;
};

}  // namespace transport
