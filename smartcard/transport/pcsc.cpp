#include "smartcard/transport/pcsc.h"

#include <fmt/format.h>
#include <reader.h>
#include <winscard.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <thread>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "smartcard/transport/command_names.h"
#include "smartcard/transport/deadline.h"
#include "smartcard/transport/whole_response.h"

namespace transport {

namespace {

using base::Error;
using base::Fault;
using std::chrono::milliseconds;

constexpr const char* kNoReader = "no card reader is connected: plug one in and try again";
constexpr auto kPowerRetry = milliseconds(50);  // between two tries to power a card that was just put in
constexpr int kPowerTries = 40;
constexpr auto kRemovalNoticed = milliseconds(2000);  // the service looks for cards a few times a second
constexpr std::size_t kLargestAnswer = 65536 + 2;

// One connection: opened and used on the worker's thread alone, closed when the last call that uses it has returned.
struct Handles {
  SCARDCONTEXT context = 0;
  SCARDHANDLE card = 0;
  DWORD protocol = SCARD_PROTOCOL_UNDEFINED;
  bool has_context = false;
  bool has_card = false;

  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    if (has_card) SCardDisconnect(card, SCARD_LEAVE_CARD);
    if (has_context) SCardReleaseContext(context);
  }
};

// Every return code of the service as one sentence with what to do.
[[noreturn]] void fail(LONG code, std::string_view doing, std::string_view reader) {
  const std::string step(doing);
  switch (code) {
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
      throw Error(Fault::AskOperator, step, "the smart card service does not run: start it (systemctl start pcscd)");
    case SCARD_W_SECURITY_VIOLATION:
    case SCARD_E_NO_ACCESS:
      throw Error(Fault::AskOperator, step,
                  "this user may not use the smart card service: install 90-cccd-pcscd.rules and join its group");
    case SCARD_E_NO_READERS_AVAILABLE:
      throw Error(Fault::AskOperator, step, kNoReader);
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
      throw Error(Fault::AskOperator, step, fmt::format("reader {} is gone: plug it in again", reader));
    case SCARD_E_SHARING_VIOLATION:
      throw Error(Fault::AskOperator, step,
                  fmt::format("another program holds the card in {}: close that program", reader));
    case SCARD_E_NO_SMARTCARD:
      throw Error(Fault::PresentCardAgain, step, fmt::format("no card in {}: put the card on the reader", reader));
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNSUPPORTED_CARD:
    case SCARD_E_PROTO_MISMATCH:
      throw Error(Fault::PresentCardAgain, step,
                  fmt::format("the card in {} does not answer: take it off and put it back", reader));
    case SCARD_W_REMOVED_CARD:
    case SCARD_E_NOT_TRANSACTED:
    case SCARD_F_COMM_ERROR:
    case SCARD_E_COMM_DATA_LOST:
      throw Error(Fault::PresentCardAgain, step, fmt::format("the card was removed from {}: put it back", reader));
    default:
      throw Error(Fault::AskOperator, step,
                  fmt::format("the smart card service reports {:08X} ({})", static_cast<unsigned long>(code),
                              pcsc_stringify_error(code)));
  }
}

void establish(Handles& handles) {
  const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &handles.context);
  if (code != SCARD_S_SUCCESS) fail(code, "looking for the smart card service", "");
  handles.has_context = true;
}

std::vector<std::string> reader_names(Handles& handles) {
  constexpr std::string_view kDoing = "listing the card readers";
  std::string names;
  LONG code = SCARD_E_INSUFFICIENT_BUFFER;
  // A reader may be plugged in between asking for the size and asking for the names.
  for (int attempt = 0; attempt < 5 && code == SCARD_E_INSUFFICIENT_BUFFER; ++attempt) {
    DWORD size = 0;
    code = SCardListReaders(handles.context, nullptr, nullptr, &size);
    if (code == SCARD_E_NO_READERS_AVAILABLE) return {};
    if (code != SCARD_S_SUCCESS) fail(code, kDoing, "");
    names.resize(size);
    code = SCardListReaders(handles.context, nullptr, names.data(), &size);
    if (code == SCARD_S_SUCCESS) names.resize(size);
  }
  if (code == SCARD_E_NO_READERS_AVAILABLE) return {};
  if (code != SCARD_S_SUCCESS) fail(code, kDoing, "");
  std::vector<std::string> out;
  for (std::size_t at = 0; at < names.size() && names[at] != '\0';) {
    out.emplace_back(names.c_str() + at);
    at += out.back().size() + 1;
  }
  return out;
}

// SCardGetStatusChange until the card is there or the time is up. The state given first is "unaware", so the first call
// returns at once.
void wait_for_card(Handles& handles, const std::string& reader, milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + limit;
  SCARD_READERSTATE state{};
  state.szReader = reader.c_str();
  state.dwCurrentState = SCARD_STATE_UNAWARE;
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
    const LONG code =
        SCardGetStatusChange(handles.context, static_cast<DWORD>(std::max<long long>(0, left.count())), &state, 1);
    if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) fail(code, "waiting for a card", reader);
    if ((state.dwEventState & SCARD_STATE_UNKNOWN) != 0) fail(SCARD_E_READER_UNAVAILABLE, "waiting for a card", reader);
    if ((state.dwEventState & SCARD_STATE_PRESENT) != 0) return;
    if (code == SCARD_E_TIMEOUT || left.count() <= 0) {
      if (limit.count() == 0) fail(SCARD_E_NO_SMARTCARD, "looking for a card", reader);
      throw Error(Fault::PresentCardAgain, "waiting for a card",
                  fmt::format("no card was put on {} within {} s", reader, (limit.count() + 999) / 1000));
    }
    state.dwCurrentState = state.dwEventState;
  }
}

// The same for a gate, which also waits for a card to leave. Whatever the service answers otherwise is trouble of the
// service or the reader, not of a card.
bool watch(Handles& handles, const std::string& reader, bool present, milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  constexpr std::string_view kDoing = "watching a card reader";
  const auto end = Clock::now() + limit;
  SCARD_READERSTATE state{};
  state.szReader = reader.c_str();
  state.dwCurrentState = SCARD_STATE_UNAWARE;
  while (true) {
    const auto left = std::max<long long>(0, std::chrono::duration_cast<milliseconds>(end - Clock::now()).count());
    const LONG code = SCardGetStatusChange(handles.context, static_cast<DWORD>(left), &state, 1);
    const bool gone = (state.dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0;
    if (gone) fail(SCARD_E_READER_UNAVAILABLE, kDoing, reader);
    if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) fail(SCARD_E_NO_SERVICE, kDoing, reader);
    if (((state.dwEventState & SCARD_STATE_PRESENT) != 0) == present) return true;
    if (code == SCARD_E_TIMEOUT || left == 0) return false;
    state.dwCurrentState = state.dwEventState;
  }
}

// Just after insertion the card may not have its power yet (SCARD_W_UNPOWERED_CARD): tried again for two seconds.
void power(Handles& handles, const std::string& reader) {
  LONG code = SCARD_S_SUCCESS;
  for (int attempt = 0; attempt < kPowerTries; ++attempt) {
    code = SCardConnect(handles.context, reader.c_str(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                        &handles.card, &handles.protocol);
    if (code != SCARD_W_UNPOWERED_CARD) break;
    std::this_thread::sleep_for(kPowerRetry);
  }
  if (code != SCARD_S_SUCCESS) fail(code, "powering the card", reader);
  handles.has_card = true;
}

base::Bytes read_atr(Handles& handles, const std::string& reader) {
  std::array<unsigned char, MAX_ATR_SIZE> atr{};
  DWORD size = atr.size();
  DWORD name_size = 0;
  DWORD state = 0;
  DWORD protocol = 0;
  const LONG code = SCardStatus(handles.card, nullptr, &name_size, &state, &protocol, atr.data(), &size);
  if (code != SCARD_S_SUCCESS) fail(code, "reading the card's ATR", reader);
  return {atr.begin(), atr.begin() + static_cast<std::ptrdiff_t>(std::min<DWORD>(size, atr.size()))};
}

// PC/SC part 10 §2.2, §2.6.14: the feature list says which control code answers the reader's properties; property 10 is
// dwMaxAPDUDataSize, little endian: 0 or up to 256 means short commands only. nullopt when the reader does not say.
std::optional<std::uint32_t> largest_apdu_data(const Handles& handles) {
  std::array<unsigned char, 512> buffer{};
  DWORD size = 0;
  if (SCardControl(handles.card, CM_IOCTL_GET_FEATURE_REQUEST, nullptr, 0, buffer.data(), buffer.size(), &size) !=
      SCARD_S_SUCCESS) {
    return std::nullopt;
  }
  std::optional<DWORD> control;
  for (DWORD at = 0; at + 6 <= size && buffer[at + 1] == 4; at += 6) {
    if (buffer[at] != FEATURE_GET_TLV_PROPERTIES) continue;
    DWORD value = 0;
    for (DWORD i = 0; i < 4; ++i) value = value << 8 | buffer[at + 2 + i];
    control = value;
  }
  if (!control ||
      SCardControl(handles.card, *control, nullptr, 0, buffer.data(), buffer.size(), &size) != SCARD_S_SUCCESS) {
    return std::nullopt;
  }
  for (DWORD at = 0; at + 2 <= size && at + 2 + buffer[at + 1] <= size; at += 2U + buffer[at + 1]) {
    if (buffer[at] != PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize || buffer[at + 1] != 4) continue;
    std::uint32_t value = 0;
    for (DWORD i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(buffer[at + 2 + i]) << (8 * i);
    return value;
  }
  return std::nullopt;
}

// Whether commands over 255 bytes pass. T=0 has none. Debian's vpcd (3.3) takes them and has no control codes to say
// so.
bool takes_extended_length(const Handles& handles, const std::string& reader) {
  constexpr std::string_view kSilentButCapable = "Virtual PCD";
  if (handles.protocol == SCARD_PROTOCOL_T0) return false;
  const auto largest = largest_apdu_data(handles);
  return largest ? *largest > 256 : reader.starts_with(kSilentButCapable);
}

// The service takes a card that it powered in vain for one that is there and mute. Until it has seen that this one is
// gone, it would not see the next one: that is waited for.
void reset_card(Handles& handles, const std::string& reader) {
  constexpr std::string_view kDoing = "resetting the card";
  const LONG code = SCardReconnect(handles.card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                                   SCARD_RESET_CARD, &handles.protocol);
  if (code == SCARD_S_SUCCESS) return;
  if (code == SCARD_E_SHARING_VIOLATION) fail(code, kDoing, reader);
  const bool gone = watch(handles, reader, /*present=*/false, kRemovalNoticed);
  fail(gone ? SCARD_W_REMOVED_CARD : code, kDoing, reader);
}

// After a reset by another program the handle is stale; it is made usable again, and the truth is told.
[[noreturn]] void reconnect(Handles& handles, std::string_view doing, const std::string& reader) {
  const LONG code = SCardReconnect(handles.card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                                   SCARD_LEAVE_CARD, &handles.protocol);
  if (code != SCARD_S_SUCCESS) fail(code, doing, reader);
  throw Error(Fault::PresentCardAgain, std::string(doing),
              fmt::format("another program reset the card in {}: what was begun is lost, repeat the step", reader));
}

base::Bytes exchange(Handles& handles, const base::Bytes& command, std::string_view doing, const std::string& reader) {
  base::Bytes answer(kLargestAnswer);
  DWORD size = answer.size();
  const SCARD_IO_REQUEST* const pci = handles.protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  const LONG code = SCardTransmit(handles.card, pci, command.data(), command.size(), nullptr, answer.data(), &size);
  if (code == SCARD_W_RESET_CARD) reconnect(handles, doing, reader);
  if (code == SCARD_E_NO_SMARTCARD || code == SCARD_E_INVALID_HANDLE || code == SCARD_W_UNPOWERED_CARD ||
      code == SCARD_W_UNRESPONSIVE_CARD) {
    fail(SCARD_W_REMOVED_CARD, doing, reader);
  }
  if (code != SCARD_S_SUCCESS) fail(code, doing, reader);
  answer.resize(size);
  return answer;
}

}  // namespace

class PcscChannel::Link {
 public:
  explicit Link(const PcscLimits& limits)
      : limits_(limits), worker_("the smart card service"), handles_(std::make_shared<Handles>()) {}
  // The connection is closed on the worker's thread, also behind a call that hangs: closing may hang as well.
  ~Link() {
    const auto last = std::make_shared<std::shared_ptr<Handles>>(std::move(handles_));
    const auto close = [last] { last->reset(); };
    try {
      if (worker_.abandoned()) {
        worker_.leave_behind(close);
      } else {
        worker_.run("closing the connection to the card", limits_.service, close);
      }
    } catch (const std::exception& error) {
      base::log::warn("the connection to the card was not closed cleanly", {{"because", error.what()}});
    }
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Runs f on the worker's thread. f and its result are owned by the call, so that an abandoned one hurts nobody.
  template <class Result>
  Result call(std::string step, milliseconds limit, std::function<Result(Handles&)> f) {
    auto result = std::make_shared<std::optional<Result>>();
    worker_.run(std::move(step), limit,
                [handles = handles_, f = std::move(f), result] { result->emplace(f(*handles)); });
    return std::move(**result);
  }

  void name_reader(std::string reader) {
    reader_ = std::move(reader);
    worker_.rename("reader " + reader_);
  }

  apdu::Response send(const apdu::Command& command) {
    apdu::Command sent = command;
    // ISO 7816-3 §12.2.1: T=0 has no case 4; the answer is fetched by GET RESPONSE.
    if (short_only_t0_ && !sent.data.empty()) sent.le.reset();
    const base::Bytes raw = apdu::encode(sent);
    const std::string step = fmt::format("sending {}", command_name(command));
    if (!extended_ && apdu::is_extended(raw)) {
      throw Error(Fault::AskOperator, step,
                  fmt::format("reader {} takes short commands only: use a reader with extended length", reader_));
    }
    const base::Bytes answer = call<base::Bytes>(
        step, limits_.command,
        [raw, step, reader = reader_](Handles& handles) { return exchange(handles, raw, step, reader); });
    auto response = apdu::decode_response(answer);
    if (!response)
      throw Error(Fault::PresentCardAgain, step,
                  fmt::format("the answer of the card in {} was cut: put the card back and repeat", reader_));
    return std::move(*response);
  }

  const PcscLimits limits_;
  std::string reader_;
  base::Bytes atr_;
  bool extended_ = false;
  bool short_only_t0_ = false;

 private:
  DeadlineWorker worker_;
  std::shared_ptr<Handles> handles_;
};

std::string choose_reader(const std::vector<std::string>& readers, std::string_view wanted) {
  const std::string doing = "choosing a card reader";
  if (readers.empty()) throw Error(Fault::AskOperator, doing, kNoReader);
  std::vector<std::string> hits;
  for (const std::string& name : readers) {
    if (name == wanted) return name;
    if (name.find(wanted) != std::string::npos) hits.push_back(name);
  }
  if (hits.size() == 1) return hits.front();
  const std::string there = fmt::format("{}", fmt::join(readers, ", "));
  if (wanted.empty()) {
    throw Error(Fault::AskOperator, doing, fmt::format("several readers are connected, name one: {}", there));
  }
  throw Error(
      Fault::AskOperator, doing,
      fmt::format("{} reader is called {}; connected: {}", hits.empty() ? "no" : "more than one", wanted, there));
}

std::vector<ReaderStatus> list_readers(const PcscLimits& limits) {
  DeadlineWorker worker("the smart card service");
  auto out = std::make_shared<std::vector<ReaderStatus>>();
  worker.run("listing the card readers", limits.service, [out] {
    Handles handles;
    establish(handles);
    for (const std::string& name : reader_names(handles)) {
      SCARD_READERSTATE state{};
      state.szReader = name.c_str();
      state.dwCurrentState = SCARD_STATE_UNAWARE;
      const LONG code = SCardGetStatusChange(handles.context, 0, &state, 1);
      if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) fail(code, "looking into a card reader", name);
      out->push_back({name, (state.dwEventState & SCARD_STATE_PRESENT) != 0});
    }
  });
  return std::move(*out);
}

bool await_card(std::string_view reader, bool present, const PcscLimits& limits) {
  DeadlineWorker worker("the smart card service");
  const auto reached = std::make_shared<bool>(false);
  worker.run("watching a card reader", limits.insertion + limits.service,
             [wanted = std::string(reader), present, limit = limits.insertion, reached] {
               Handles handles;
               establish(handles);
               *reached = watch(handles, choose_reader(reader_names(handles), wanted), present, limit);
             });
  return *reached;
}

PcscChannel::PcscChannel(std::unique_ptr<Link> link) : link_(std::move(link)) {}
PcscChannel::~PcscChannel() = default;

std::unique_ptr<PcscChannel> PcscChannel::open(std::string_view reader, const PcscLimits& limits) {
  auto link = std::make_unique<Link>(limits);
  const auto names =
      link->call<std::vector<std::string>>("listing the card readers", limits.service, [](Handles& handles) {
        establish(handles);
        return reader_names(handles);
      });
  link->name_reader(choose_reader(names, reader));
  const std::string name = link->reader_;
  struct Opened {
    base::Bytes atr;
    bool extended, t0;
  };
  link->call<bool>("waiting for a card", limits.insertion + limits.service,
                   [name, limit = limits.insertion](Handles& handles) {
                     wait_for_card(handles, name, limit);
                     return true;
                   });
  Opened opened = link->call<Opened>("powering the card", limits.service, [name](Handles& handles) {
    power(handles, name);
    const bool t0 = handles.protocol == SCARD_PROTOCOL_T0;
    return Opened{read_atr(handles, name), takes_extended_length(handles, name), t0};
  });
  link->atr_ = std::move(opened.atr);
  link->extended_ = opened.extended;
  link->short_only_t0_ = opened.t0;
  return std::unique_ptr<PcscChannel>(new PcscChannel(std::move(link)));
}

apdu::Response PcscChannel::transmit(const apdu::Command& command) {
  return whole_response([this](const apdu::Command& part) { return link_->send(part); }, command,
                        link_->short_only_t0_ ? Transmission::T0 : Transmission::Other);
}

void PcscChannel::reset() {
  link_->call<bool>("resetting the card", link_->limits_.service + kRemovalNoticed,
                    [reader = link_->reader_](Handles& handles) {
                      reset_card(handles, reader);
                      return true;
                    });
}

bool PcscChannel::extended_length() const {
  return link_->extended_;
}

const std::string& PcscChannel::reader() const {
  return link_->reader_;
}

const base::Bytes& PcscChannel::atr() const {
  return link_->atr_;
}

PcscChannel::Transaction::Transaction(PcscChannel& channel) : channel_(channel) {
  Link& link = *channel_.link_;
  const std::string doing = "holding the card";
  link.call<bool>(doing, link.limits_.command, [doing, reader = link.reader_](Handles& handles) {
    const LONG code = SCardBeginTransaction(handles.card);
    if (code == SCARD_W_RESET_CARD) reconnect(handles, doing, reader);
    if (code == SCARD_E_NO_SMARTCARD || code == SCARD_E_INVALID_HANDLE) fail(SCARD_W_REMOVED_CARD, doing, reader);
    if (code != SCARD_S_SUCCESS) fail(code, doing, reader);
    return true;
  });
}

PcscChannel::Transaction::~Transaction() {
  Link& link = *channel_.link_;
  try {
    const LONG code = link.call<LONG>("letting go of the card", link.limits_.service, [](Handles& handles) {
      return SCardEndTransaction(handles.card, SCARD_LEAVE_CARD);
    });
    if (code != SCARD_S_SUCCESS) {
      base::log::debug("the card was gone before it was let go", {{"code", pcsc_stringify_error(code)}});
    }
  } catch (const std::exception& error) {
    base::log::warn("the card was not let go", {{"because", error.what()}});
  }
}

}  // namespace transport
