#pragma once
// One run of STORE DATA commands, from INSTALL [for personalization] to the last block: puts DGIs together that span
// blocks and writes each when it is whole (GPCS §11.11, EMV CPS structure; the DGIs: docs/formats/virtual-chip.md).
// A DGI in the making lives in RAM: after a loss of power it was never there, and the host sends it again.

#include <cstdint>
#include <optional>
#include <set>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/secure_channel.h"
#include "smartcard/simulator/state.h"

namespace simulator {

class PersonalizationRun {
 public:
  // The session that carries it outlives it.
  PersonalizationRun(Memory& memory, base::Random& random, const SecureChannel& session)
      : memory_(memory), random_(random), session_(session) {}

  // STORE DATA as it came out of the secure channel. After an error status word the run is over.
  apdu::Response store(const apdu::Command& command);
  bool finished() const { return finished_; }  // the last block was accepted

 private:
  struct Dgi {
    std::uint16_t id = 0;
    std::size_t header = 0;  // bytes of id and length
    std::size_t length = 0;
  };
  std::optional<Dgi> next_dgi() const;  // once its header is whole
  apdu::Response store_whole_dgis(bool response_expected);
  apdu::Response store_dgi(std::uint16_t id, base::ByteView value, bool response_expected);
  apdu::StatusWord store_file(std::uint16_t id, base::ByteView value);
  apdu::StatusWord store_bac_keys(base::ByteView value);
  apdu::StatusWord store_pace_passwords(base::ByteView value);
  apdu::StatusWord store_setting(std::uint16_t id, base::ByteView value);
  apdu::Response generate_chip_key(base::ByteView value, bool response_expected);
  apdu::Response generate_aa_key(base::ByteView value, bool response_expected);

  Memory& memory_;
  base::Random& random_;
  const SecureChannel& session_;
  base::Bytes pending_;             // of a DGI that is not whole yet
  bool pending_encrypted_ = false;  // P1 of the block where it began
  std::uint8_t next_block_ = 0;
  std::set<std::uint16_t> written_;
  bool finished_ = false;
};

}  // namespace simulator
