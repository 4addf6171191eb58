#include "smartcard/inspection/card_reader.h"

#include "smartcard/transport/pcsc.h"

namespace inspection {

struct CardInReader::State {
  explicit State(const std::string& reader) : channel(transport::PcscChannel::open(reader)), held(*channel) {
    channel->reset();
  }
  std::unique_ptr<transport::PcscChannel> channel;
  transport::PcscChannel::Transaction held;
};

std::vector<Reader> readers() {
  std::vector<Reader> out;
  for (transport::ReaderStatus& one : transport::list_readers()) out.push_back({std::move(one.name), one.card_present});
  return out;
}

bool card_in_reader(const std::string& reader, bool present) {
  return transport::await_card(reader, present, {.insertion = std::chrono::hours{1}});
}

CardInReader::CardInReader(const std::string& reader) {
  std::vector<std::string> names, holding;
  for (const Reader& one : readers()) {
    names.push_back(one.name);
    if (one.card_present) holding.push_back(one.name);
  }
  if (reader.empty() && holding.size() == 1) names = holding;  // among several readers, the one that has a card
  state_ = std::make_unique<State>(transport::choose_reader(names, reader));
}

CardInReader::~CardInReader() = default;

void CardInReader::reset() {
  state_->channel->reset();
}

transport::Channel& CardInReader::channel() {
  return *state_->channel;
}

}  // namespace inspection
