#pragma once
// A secure channel of the card manager, the card's side, whichever protocol the chip was made with: SCP02 (scp02.h) or
// SCP03 (scp03.h). One object is one session: made by INITIALIZE UPDATE, opened by EXTERNAL AUTHENTICATE, ended by the
// first command that does not verify.

#include <cstdint>
#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"
#include "smartcard/apdu/apdu.h"

namespace simulator {

class SecureChannel {
 public:
  virtual ~SecureChannel() = default;

  // What follows key diversification data and key version in the answer to INITIALIZE UPDATE.
  virtual base::Bytes told_on_initialize_update() const = 0;
  // Whether EXTERNAL AUTHENTICATE may ask for this security level.
  virtual bool takes_level(std::uint8_t level) const = 0;
  // Bytes of host cryptogram and C-MAC in EXTERNAL AUTHENTICATE.
  virtual std::size_t authentication_size() const = 0;
  // EXTERNAL AUTHENTICATE with cryptogram and C-MAC. False: one of them is wrong; the session is of no more use.
  virtual bool authenticate(const apdu::Command& command) = 0;
  virtual bool authenticated() const = 0;
  // The command inside, or nullopt when C-MAC or padding is wrong: the session is over then.
  virtual std::optional<apdu::Command> unwrap(const apdu::Command& command) = 0;
  virtual apdu::Response wrap(apdu::Response response) = 0;

  // Keys and other secrets inside the session, whole blocks; nullopt: they are not. static_dek: the key set's, as it
  // stands now.
  virtual std::optional<base::Bytes> decrypt_data(base::ByteView blocks, const base::Secret& static_dek) const = 0;
  virtual std::size_t data_block() const = 0;  // bytes
};

}  // namespace simulator
