#include "tests/terminal/fake_pcsclite.h"

#include <reader.h>
#include <winscard.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace fake_pcsc {

namespace {

std::unique_ptr<Service> current = std::make_unique<Service>();

}  // namespace

Service& service() {
  return *current;
}

void reset() {
  current = std::make_unique<Service>();
}

}  // namespace fake_pcsc

using fake_pcsc::service;

extern "C" {

LONG SCardEstablishContext(DWORD, LPCVOID, LPCVOID, LPSCARDCONTEXT context) {
  if (service().establish == SCARD_S_SUCCESS) ++service().contexts;
  service().opened_on = std::this_thread::get_id();
  *context = 1;
  return service().establish;
}

LONG SCardReleaseContext(SCARDCONTEXT) {
  --service().contexts;
  if (service().gate.valid()) service().closed.set_value();
  return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT, LPCSTR, LPSTR names, LPDWORD size) {
  if (service().readers.empty()) return SCARD_E_NO_READERS_AVAILABLE;
  std::string list;
  for (const auto& name : service().readers) list += name + '\0';
  list += '\0';
  if (names != nullptr) {
    if (*size < list.size()) return SCARD_E_INSUFFICIENT_BUFFER;
    std::copy(list.begin(), list.end(), names);
  }
  *size = list.size();
  return SCARD_S_SUCCESS;
}

LONG SCardGetStatusChange(SCARDCONTEXT, DWORD timeout, SCARD_READERSTATE* state, DWORD) {
  if (timeout != 0 && service().gone_after_reset && state->dwCurrentState != SCARD_STATE_UNAWARE)
    service().card = false;
  if (timeout != 0 && service().insert_on_wait && state->dwCurrentState != SCARD_STATE_UNAWARE) service().card = true;
  state->dwEventState = service().card ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY;
  return state->dwCurrentState == state->dwEventState ? SCARD_E_TIMEOUT : SCARD_S_SUCCESS;
}

LONG SCardConnect(SCARDCONTEXT, LPCSTR, DWORD, DWORD, LPSCARDHANDLE card, LPDWORD protocol) {
  LONG code = SCARD_S_SUCCESS;
  if (!service().connects.empty()) {
    code = service().connects.front();
    service().connects.pop_front();
  }
  *card = 2;
  *protocol = service().t1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;
  return code;
}

LONG SCardReconnect(SCARDHANDLE, DWORD, DWORD, DWORD initialization, LPDWORD) {
  ++service().reconnects;
  if (initialization != SCARD_RESET_CARD) return SCARD_S_SUCCESS;
  ++service().resets;
  return service().answer_to_reset;
}

LONG SCardDisconnect(SCARDHANDLE, DWORD) {
  service().closed_on = std::this_thread::get_id();
  ++service().disconnects;
  return SCARD_S_SUCCESS;
}

LONG SCardStatus(SCARDHANDLE, LPSTR, LPDWORD, LPDWORD, LPDWORD, LPBYTE atr, LPDWORD size) {
  constexpr unsigned char kAtr[] = {0x3B, 0x80, 0x80, 0x01, 0x01};
  std::copy(std::begin(kAtr), std::end(kAtr), atr);
  *size = sizeof kAtr;
  return SCARD_S_SUCCESS;
}

LONG SCardControl(SCARDHANDLE, DWORD code, LPCVOID, DWORD, LPVOID out, DWORD, LPDWORD size) {
  if (!service().largest_apdu) return SCARD_E_UNSUPPORTED_FEATURE;
  auto* const bytes = static_cast<unsigned char*>(out);
  if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
    constexpr unsigned char kFeatures[] = {FEATURE_VERIFY_PIN_DIRECT,  4, 0,    0, 0, 1,
                                           FEATURE_GET_TLV_PROPERTIES, 4, 0x42, 0, 0, 9};
    std::copy(std::begin(kFeatures), std::end(kFeatures), bytes);
    *size = sizeof kFeatures;
    return SCARD_S_SUCCESS;
  }
  if (code != 0x42000009) return SCARD_E_UNSUPPORTED_FEATURE;
  const std::uint32_t value = *service().largest_apdu;
  const unsigned char properties[] = {PCSCv2_PART10_PROPERTY_bPPDUSupport,
                                      1,
                                      0,
                                      PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize,
                                      4,
                                      static_cast<unsigned char>(value),
                                      static_cast<unsigned char>(value >> 8),
                                      static_cast<unsigned char>(value >> 16),
                                      static_cast<unsigned char>(value >> 24)};
  std::copy(std::begin(properties), std::end(properties), bytes);
  *size = sizeof properties;
  return SCARD_S_SUCCESS;
}

LONG SCardBeginTransaction(SCARDHANDLE) {
  ++service().transactions;
  return SCARD_S_SUCCESS;
}

LONG SCardEndTransaction(SCARDHANDLE, DWORD) {
  --service().transactions;
  return SCARD_S_SUCCESS;
}

LONG SCardTransmit(SCARDHANDLE, const SCARD_IO_REQUEST*, LPCBYTE sent, DWORD size, SCARD_IO_REQUEST*, LPBYTE answer,
                   LPDWORD answer_size) {
  auto& fake = service();
  fake.sent.emplace_back(sent, sent + size);
  if (fake.gate.valid()) fake.gate.wait();
  LONG code = SCARD_E_NO_SMARTCARD;
  if (!fake.answers.empty()) {
    code = fake.answers.front().code;
    const base::Bytes data = fake.answers.front().data;
    fake.answers.pop_front();
    std::copy(data.begin(), data.end(), answer);
    *answer_size = data.size();
  }
  return code;
}

}  // extern "C"
