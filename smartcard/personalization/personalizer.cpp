#include "smartcard/personalization/personalizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "pki/base/core/error.h"
#include "smartcard/personalization/card_session.h"
#include "smartcard/personalization/chip_keys.h"

namespace personalization {

namespace {

using base::Bytes;
using base::ByteView;
using base::Findings;

constexpr std::uint8_t kScopeCard = 0x80;  // SET STATUS, GPCS table 11-84
constexpr std::uint8_t kScopeApplication = 0x40;
constexpr std::uint8_t kStateTerminated = 0xFF;
constexpr std::uint8_t kStatePersonalized = 0x0F;
constexpr std::size_t kSerialSize = 8;

// GET DATA 00 45: the chip's serial, in its TLV or bare. Empty when the chip tells none.
std::string read_serial(transport::Channel& card) {
  const apdu::Response answer = card.transmit({0x80, 0xCA, 0x00, 0x45, {}, 256});
  if (!answer.sw.ok()) return {};
  ByteView serial = answer.data;
  if (serial.size() == kSerialSize + 2 && serial[0] == 0x45 && serial[1] == kSerialSize) serial = serial.subspan(2);
  return serial.size() == kSerialSize ? base::to_hex(serial) : std::string{};
}

// INITIALIZE UPDATE with key version 00 tells the first key set's version and the diversification data. The challenge
// is of no use to anybody: the session is never opened.
std::optional<globalplatform::InitializeUpdate> ask_for_keys(transport::Channel& card,
                                                             const globalplatform::ChannelForm& form) {
  const Bytes challenge(globalplatform::octets_of(form.mode));
  const apdu::Response answer = card.transmit({0x80, 0x50, 0x00, 0x00, challenge, 256});
  if (!answer.sw.ok()) return std::nullopt;
  auto told = globalplatform::parse_initialize_update(answer.data);
  return told && globalplatform::speaks(*told, form) ? std::move(told) : std::nullopt;
}

void wrong_state(Findings& findings, const char* code, std::string text) {
  findings.fail(code, kWhere, std::move(text));
}

// Whether a chip may be prepared; the findings say why not.
bool may_prepare(const ChipIdentity& chip, const ChipIdentity& assigned, Findings& findings) {
  if (chip.serial != assigned.serial || (!chip.kdd.empty() && chip.kdd != assigned.kdd)) {
    wrong_state(findings, kStateUnexpected, "the chip in the reader is not the one assigned");
  } else if (chip.state == LifeCycle::Personalized) {
    wrong_state(findings, kNotBlank, "the chip is personalized already: take a blank one");
  } else if (chip.state != LifeCycle::Blank && chip.state != LifeCycle::Prepared) {
    wrong_state(findings, kStateUnexpected, fmt::format("the chip is {}", life_cycle_name(chip.state)));
  }
  return !findings.failed();
}

// The key sets that a chip of an interrupted prepare() may hold: the old and the new. A station whose chip is prepared
// was perhaps given no transport keys.
std::vector<const globalplatform::KeySet*> old_and_new(const TransportKeys& transport_keys,
                                                       const globalplatform::KeySet& card_keys) {
  std::vector<const globalplatform::KeySet*> out{&card_keys};
  if (!transport_keys.keys.enc.empty()) out.push_back(&transport_keys.keys);
  return out;
}

// A chip that was found blank and is still in the reader is not asked twice: the INITIALIZE UPDATE that opens the
// channel tells whose keys they are. nullopt: it must be asked where it stands.
std::optional<CardSession> open_if_still_blank(transport::Channel& card, const Profile& profile,
                                               const ChipIdentity& assigned,
                                               std::span<const globalplatform::KeySet* const> candidates,
                                               base::Random& random, Findings& findings) {
  if (assigned.state != LifeCycle::Blank || !select(card, profile.card_manager, 0x00).sw.ok()) return std::nullopt;
  if (read_serial(card) != assigned.serial) return std::nullopt;
  auto session = CardSession::open_selected(card, profile, profile.transport_key_version, candidates, random, findings);
  if (session && session->kdd() == assigned.kdd) return session;
  findings = {};
  return std::nullopt;
}

// The chip that was assigned, and a channel under the keys that it holds.
struct OpenedChip {
  CardSession session;
  std::uint8_t key_version;
  bool blank;
};
std::optional<OpenedChip> open_assigned(transport::Channel& card, const Profile& profile, const ChipIdentity& assigned,
                                        std::span<const globalplatform::KeySet* const> candidates, base::Random& random,
                                        PreparedChip& out) {
  if (auto session = open_if_still_blank(card, profile, assigned, candidates, random, out.findings)) {
    return OpenedChip{std::move(*session), profile.transport_key_version, true};
  }
  const ChipIdentity chip = identify(card, profile);
  out.serial = chip.serial;
  if (!may_prepare(chip, assigned, out.findings)) return std::nullopt;
  auto session = CardSession::open(card, profile, chip.key_version, candidates, random, out.findings);
  if (!session) return std::nullopt;
  return OpenedChip{std::move(*session), chip.key_version, chip.state == LifeCycle::Blank};
}

// The channel under the card keys, which are put first where others are. A PUT KEY that was torn may have left old keys
// or new ones, under the old version or the new: the card's cryptogram in its answer to INITIALIZE UPDATE tells which,
// and costs it no try.
std::optional<CardSession> under_card_keys(CardSession session, transport::Channel& card, const Profile& profile,
                                           std::uint8_t key_version,
                                           std::span<const globalplatform::KeySet* const> candidates,
                                           const globalplatform::KeySet& card_keys, base::Random& random,
                                           Findings& findings) {
  if (candidates[session.candidate()] == &card_keys && key_version == profile.card_key_version) return session;
  if (!session.put_key(key_version, card_keys)) return std::nullopt;
  const globalplatform::KeySet* const put[] = {&card_keys};
  return CardSession::open_selected(card, profile, profile.card_key_version, put, random, findings);
}

// A key of 3DES whose halves are alike is one of DES.
void check_keys(const globalplatform::KeySet& keys, const Profile& profile, std::string_view whose) {
  const bool aes = profile.channel.protocol == globalplatform::Protocol::Scp03;
  const auto refuse = [&](std::string seen) {
    throw base::Error(base::Fault::FixConfiguration, "preparing a chip", std::move(seen));
  };
  for (const base::Secret* const key : {&keys.enc, &keys.mac, &keys.dek}) {
    if (key->size() != profile.key_size && aes) {
      refuse(
          fmt::format("the {} keys are AES-{}, profile {} wants AES-{}; a chip keeps the length that its "
                      "keys were delivered with, so profile, transport keys and master key have that one",
                      whose, 8 * key->size(), profile.name, 8 * profile.key_size));
    }
    if (key->size() != profile.key_size) {
      refuse(fmt::format("the {} keys have {} bytes, profile {} wants 3DES keys of {}", whose, key->size(),
                         profile.name, profile.key_size));
    }
    if (!aes && globalplatform::is_single_des(*key)) {
      refuse(fmt::format("one of the {} keys has two halves that are alike, so it is DES; profile {} wants 3DES", whose,
                         profile.name));
    }
  }
}

// Whether an application in this state can be written; the findings say why not.
bool is_writable(ApplicationState state, Findings& findings) {
  switch (state) {
    case ApplicationState::Selectable:
      return true;
    case ApplicationState::Personalized:
      wrong_state(findings, kNotBlank, "the chip is personalized already: nothing can be written to it");
      return false;
    case ApplicationState::Absent:
      wrong_state(findings, kStateUnexpected, "the LDS application is not installed: prepare the chip first");
      return false;
    case ApplicationState::Other:
      break;
  }
  wrong_state(findings, kStateUnexpected, "the LDS application is in a state that this profile does not know");
  return false;
}

// Lets STORE DATA through to the application. Only a chip that refuses is asked where it stands.
bool begin_writing(CardSession& session) {
  const apdu::StatusWord taken = session.try_install_for_personalization();
  if (taken.ok()) return true;
  const auto state = session.application_state();
  if (state && is_writable(*state, session.findings())) {
    wrong_state(session.findings(), kStateUnexpected,
                fmt::format("INSTALL [for personalization]: the card answered {}", apdu::describe(taken)));
  }
  return false;
}

bool install_if_absent(CardSession& session) {
  const auto state = session.application_state();
  if (!state) return false;
  if (*state == ApplicationState::Absent) return session.install();
  if (*state == ApplicationState::Selectable) return true;
  wrong_state(session.findings(), kStateUnexpected, "the LDS application cannot be written any more");
  return false;
}

// How large a block reader and chip carry. A trial that fails ends the session; `reopen` begins another. Zero, with
// findings in the session, when that is refused.
std::size_t find_block_size(std::optional<CardSession>& session, BlockSearch search, std::size_t short_block,
                            BlockMemory& blocks, const std::function<std::optional<CardSession>()>& reopen) {
  while (const auto size = search.next()) {
    if (const std::size_t proven = search.known().proven; proven != 0) blocks.keep({proven, *size});
    const bool arrived = session->carries(*size);
    search.tried(*size, arrived);
    if (arrived) {
      blocks.keep(search.known());
      continue;
    }
    auto again = reopen();
    if (!again) return 0;
    session.emplace(std::move(*again));
  }
  if (search.known().proven != 0) return search.known().proven;
  // A chip that closes its session with every error word proves nothing. The short block is what every reader takes.
  blocks.keep(search.known());
  return short_block;
}

// Only a chip that refuses is asked where it stands: perhaps it is locked already.
bool close_application(CardSession& session, const Profile& profile) {
  const apdu::StatusWord closed = session.try_set_status(kScopeApplication, kStatePersonalized, profile.instance);
  if (closed.ok()) return true;
  const auto state = session.application_state();
  if (state && *state != ApplicationState::Personalized) {
    wrong_state(session.findings(), kStateUnexpected,
                fmt::format("SET STATUS: the card answered {}", apdu::describe(closed)));
  }
  return state == ApplicationState::Personalized;
}

using Planned = std::vector<PlannedObject>;
using Dgis = std::vector<ObjectInDgi>;

base::Secret stream_of(Dgis::const_iterator first, Dgis::const_iterator last) {
  Bytes out;
  out.reserve(std::accumulate(first, last, std::size_t{0}, [](auto sum, const auto& o) { return sum + o.dgi.size(); }));
  for (; first != last; ++first) base::append(out, first->dgi.reveal());
  return base::Secret(std::move(out));
}

// Neighbours that travel alike are one stream, cut where a block is full: each command costs the link its header, MACs
// and padding. Blocks are numbered from 00 and the number wraps at FF.
bool store(CardSession& session, const StoreDataForm& form, std::size_t block_size, const Planned& planned,
           const Progress& progress) {
  const Dgis dgis = in_dgis(planned, session.data_key());
  std::size_t total = 0, done = 0, end = 0;  // end: of what `at` writes
  for (const ObjectInDgi& item : dgis) total += item.dgi.size();
  std::uint8_t block = 0;
  auto at = dgis.begin();
  for (auto first = dgis.begin(); first != dgis.end();) {
    const bool encrypted = first->object->encrypted;
    const auto last =
        std::find_if(first, dgis.end(), [&](const auto& item) { return item.object->encrypted != encrypted; });
    const base::Secret stream = stream_of(first, last);
    for (ByteView rest = stream.reveal(); !rest.empty();) {
      const ByteView part = rest.first(std::min(block_size, rest.size()));
      rest = rest.subspan(part.size());
      done += part.size();
      const auto p1 = static_cast<std::uint8_t>(form.p1_dgi | (encrypted ? form.p1_encrypted : 0) |
                                                (done == total ? form.p1_last : 0));
      if (!session.store_data(p1, block++, part)) return false;
      while (end + at->dgi.size() < done) end += (at++)->dgi.size();
      if (progress) progress(at->object->name, done, total);
    }
    first = last;
  }
  return true;
}

// The channel in which everything was written; nullopt, with findings, where it was not.
std::optional<CardSession> write_all(transport::Channel& card, const Profile& profile,
                                     const globalplatform::KeySet& card_keys, const Planned& planned,
                                     base::Random& random, BlockMemory& blocks, const Progress& progress,
                                     Findings& findings) {
  const BlockSearch search(profile, card.extended_length(), blocks.recall());
  const bool try_blocks = search.next().has_value();  // which only a writable application allows
  const auto open = [&]() -> std::optional<CardSession> {
    auto session = CardSession::open(card, profile, profile.card_key_version, card_keys, random, findings);
    if (!session || !try_blocks) return session;
    const auto state = session->application_state();
    if (!state || !is_writable(*state, findings)) return std::nullopt;
    return session;
  };
  auto session = open();
  if (!session) return std::nullopt;
  const std::size_t block = find_block_size(session, search, largest_block(profile, false), blocks, open);
  if (block == 0 || !begin_writing(*session)) return std::nullopt;
  try {
    if (store(*session, profile.store_data, block, planned, progress)) return session;
    blocks.keep({});
  } catch (const base::Error&) {
    blocks.keep({});  // whatever cut the writing off may be a reader that carries less than it did
    throw;
  }
  return std::nullopt;
}

}  // namespace

std::string_view life_cycle_name(LifeCycle state) {
  switch (state) {
    case LifeCycle::Blank:
      return "blank";
    case LifeCycle::Prepared:
      return "prepared";
    case LifeCycle::Personalized:
      return "personalized";
    case LifeCycle::Terminated:
      return "terminated";
    case LifeCycle::Foreign:
      break;
  }
  return "not a chip of this profile, or its keys are blocked";
}

ChipIdentity identify(transport::Channel& card, const Profile& profile) {
  ChipIdentity out;
  const bool selected = select(card, profile.card_manager, 0x00).sw.ok();
  out.serial = read_serial(card);
  if (!selected) {
    // GPCS §5.1.1.5: a terminated card answers GET DATA and nothing else.
    out.state = out.serial.empty() ? LifeCycle::Foreign : LifeCycle::Terminated;
    return out;
  }
  const auto keys = ask_for_keys(card, profile.channel);
  if (!keys) return out;
  out.kdd = keys->kdd;
  out.key_version = keys->key_version;
  if (out.key_version == profile.transport_key_version) {
    out.state = LifeCycle::Blank;
  } else if (out.key_version == profile.card_key_version) {
    // The application can be selected by anybody only when it is personalized.
    out.state = select(card, profile.instance, 0x0C).sw.ok() ? LifeCycle::Personalized : LifeCycle::Prepared;
  }
  return out;
}

PreparedChip prepare(transport::Channel& card, const Profile& profile, const ChipIdentity& assigned,
                     const TransportKeys& transport_keys, const globalplatform::KeySet& card_keys,
                     base::Random& random) {
  if (transport_keys.version != profile.transport_key_version) {
    throw base::Error(base::Fault::FixConfiguration, "preparing a chip",
                      fmt::format("the transport keys are version {:02X}, profile {} wants {:02X}",
                                  transport_keys.version, profile.name, profile.transport_key_version));
  }
  check_keys(card_keys, profile, "card");
  if (!transport_keys.keys.enc.empty()) check_keys(transport_keys.keys, profile, "transport");
  PreparedChip out{.serial = assigned.serial, .dg14 = {}, .dg15 = {}, .findings = {}};
  const auto candidates = old_and_new(transport_keys, card_keys);
  auto chip = open_assigned(card, profile, assigned, candidates, random, out);
  if (!chip) return out;
  auto session = under_card_keys(std::move(chip->session), card, profile, chip->key_version, candidates, card_keys,
                                 random, out.findings);
  if (!session) return out;
  // A blank chip has no application yet.
  const bool installed = (chip->blank && session->try_install().ok()) || install_if_absent(*session);
  if (!installed) return out;
  if (const auto keys = make_chip_keys(*session, profile)) {
    out.dg15 = lds::encode_dg15(keys->active_authentication);
    if (profile.chip_authentication) out.dg14 = dg14_of(profile, keys->chip_authentication);
  }
  return out;
}

Findings write(transport::Channel& card, const Profile& profile, const globalplatform::KeySet& card_keys,
               const lds::Files& files, const CardAccess& access, base::Random& random, BlockMemory& blocks,
               const Progress& progress) {
  Findings findings;
  write_all(card, profile, card_keys, plan(profile, files, access), random, blocks, progress, findings);
  return findings;
}

Locked lock(transport::Channel& card, const Profile& profile, const globalplatform::KeySet& card_keys,
            base::Random& random) {
  Findings findings;
  auto session = CardSession::open(card, profile, profile.card_key_version, card_keys, random, findings);
  if (session && close_application(*session, profile)) return prove_lock(card, profile, *session, card_keys, random);
  return {.proof = {}, .findings = std::move(findings)};
}

Locked write_and_lock(transport::Channel& card, const Profile& profile, const globalplatform::KeySet& card_keys,
                      const lds::Files& files, const CardAccess& access, base::Random& random, BlockMemory& blocks,
                      const Progress& progress, const std::function<void()>& written) {
  Findings findings;
  auto session = write_all(card, profile, card_keys, plan(profile, files, access), random, blocks, progress, findings);
  if (session) {
    if (written) written();
    if (close_application(*session, profile)) return prove_lock(card, profile, *session, card_keys, random);
  }
  return {.proof = {}, .findings = std::move(findings)};
}

Findings terminate(transport::Channel& card, const Profile& profile, const TransportKeys& transport_keys,
                   const globalplatform::KeySet& card_keys, base::Random& random) {
  Findings findings;
  const ChipIdentity chip = identify(card, profile);
  if (chip.state == LifeCycle::Terminated) return findings;
  auto session =
      CardSession::open(card, profile, chip.key_version, old_and_new(transport_keys, card_keys), random, findings);
  if (session) session->set_status(kScopeCard, kStateTerminated, {});
  return findings;
}

}  // namespace personalization
