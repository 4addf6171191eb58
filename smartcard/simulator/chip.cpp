#include "smartcard/simulator/chip.h"

#include "pki/base/core/error.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/card_manager.h"
#include "smartcard/simulator/lds_application.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kSelectByName = 0x04;
constexpr std::uint8_t kGetData = 0xCA;

// ISO 7816-4 §5.4.1, GPCS §11.1.4: 00, 0C (secure messaging with authenticated header), 80, 84 are understood.
apdu::StatusWord judge_class(std::uint8_t cla) {
  if (cla == 0x00 || cla == 0x0C || cla == 0x80 || cla == 0x84 || cla == 0x10 || cla == 0x1C) return kDone;
  if ((cla & 0x60) == 0x20 || cla == 0xFF || cla >= 0xA0) return kClassUnknown;
  if ((cla & 0x40) != 0 || (cla & 0x03) != 0) return kChannelUnsupported;
  if ((cla & 0x10) != 0) return kChainingUnsupported;
  return kSecureMessagingUnsupported;
}

}  // namespace

struct Chip::Impl {
  Impl(StateStore& store, base::Random& random, Tampering* tampering)
      : memory(store), manager(memory, random), lds(memory, random, tampering) {}

  void forget() {
    manager.forget();
    lds.forget();
  }

  apdu::Response process(base::ByteView raw) {
    const auto command = apdu::decode_command(raw);
    const apdu::StatusWord cla = raw.empty() ? kWrongLength : judge_class(raw[0]);
    if (!command || !cla.ok()) {
      forget();  // neither is a protected command, so it ends what was protected
      return answer(command || !cla.ok() ? cla : kWrongLength);
    }
    if (memory->card == CardState::Terminated) {
      const bool data_wanted = command->ins == kGetData && (command->cla == 0x80 || command->cla == 0x00);
      return data_wanted ? manager.get_data(*command) : answer(kConditionsNotSatisfied);
    }
    if (command->cla == 0x00 && command->ins == kSelect && command->p1 == kSelectByName) return select(*command);
    if (!lds.in_application()) return in_master_file(*command);
    if ((command->cla & 0x80) != 0) {
      lds.forget();
      return answer(kClassUnknown);
    }
    return lds.process(*command);
  }

  // Neither application is selected: the MF is current for a terminal that looks for EF.CardAccess and runs PACE, and
  // the card manager for everything else.
  apdu::Response in_master_file(const apdu::Command& command) {
    const bool chained = (command.cla & 0x10) != 0;
    const bool has_files =
        memory->application == ApplicationState::Personalized && memory->master_files.contains(0x011C);
    if (has_files && (command.cla & 0x80) == 0 && command.ins != kGetData && !manager.secured()) {
      return lds.process(command);
    }
    lds.forget();
    if (!chained) return manager.process(command);
    manager.forget();
    return answer(kChainingUnsupported);
  }

  // A refused SELECT leaves the selection as it was; being a plain command, it ends secure messaging all the same.
  apdu::Response select(const apdu::Command& command) {
    lds.forget();
    if (command.p2 != 0x00 && command.p2 != 0x0C) return answer(kWrongParameters);
    if (command.data.empty() || base::equal(command.data, kIsdAid)) {
      manager.forget();
      lds.leave();
      return manager.selected(command);
    }
    if (!base::equal(command.data, kLdsAid) || memory->application == ApplicationState::Absent) {
      return answer(kFileNotFound);
    }
    if (memory->application != ApplicationState::Personalized) return answer(kConditionsNotSatisfied);
    manager.forget();
    return lds.selected(command);
  }

  Memory memory;
  CardManager manager;
  LdsApplication lds;
};

Chip::Chip(StateStore& store, base::Random& random, Tampering* tampering)
    : impl_(std::make_unique<Impl>(store, random, tampering)) {}
Chip::~Chip() = default;

void Chip::reset() {
  impl_->forget();
  impl_->lds.leave();
}

base::Bytes Chip::atr() {
  return {0x3B, 0x80, 0x80, 0x01, 0x01};
}

const Effort& Chip::effort() const {
  return impl_->memory.effort();
}

base::Bytes Chip::transmit(base::ByteView command) {
  impl_->memory.effort() = {};
  const apdu::Response response = impl_->process(command);
  try {
    impl_->memory.commit();
  } catch (const base::Error&) {
    reset();
    throw;
  }
  return apdu::encode(response);
}

}  // namespace simulator
