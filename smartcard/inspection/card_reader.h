#pragma once
// The one place of cccd-verify that touches PC/SC.

#include <memory>
#include <string>
#include <vector>

#include "smartcard/transport/channel.h"

namespace inspection {

struct Reader {
  std::string name;
  bool card_present = false;
};
// All readers that the service knows, in its order. Throws base::Error when the service does not answer.
std::vector<Reader> readers();

// Waits an hour at most until there is a card in the reader, or none; false when there never was. Throws base::Error.
bool card_in_reader(const std::string& reader, bool present);

// A card in a reader, held against other programs while the object lives, and reset when it begins: a session that
// somebody left open on a card that stayed in the reader would hide EF.CardAccess, and PACE with it.
class CardInReader {
 public:
  // reader: the exact name or the only one that contains it; empty: the only reader present, or
  // the only one that holds a card. Throws base::Error.
  explicit CardInReader(const std::string& reader);
  ~CardInReader();
  CardInReader(const CardInReader&) = delete;
  CardInReader& operator=(const CardInReader&) = delete;
  transport::Channel& channel();
  void reset();  // as PcscChannel::reset()

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace inspection
