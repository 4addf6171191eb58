#pragma once
// Where a ceremony's keys are: in the stores that the plan names, or, in a rehearsal, in memory.

#include <filesystem>
#include <map>
#include <memory>

#include "pki/admin/plan.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"

namespace admin {

class KeyRoom {
 public:
  KeyRoom() = default;
  KeyRoom(const KeyRoom&) = delete;
  KeyRoom& operator=(const KeyRoom&) = delete;
  virtual ~KeyRoom() = default;

  // Everything that can be known without opening a store: passwords are there, no key would be overwritten.
  // Error{FixConfiguration} that names the step.
  virtual void look_ahead(const Plan& plan) const = 0;
  // A new key, which goes away again with the room unless keep() was called. The
  // references live as long as the room.
  virtual const keystore::SigningKey& make(const PlannedKey& key) = 0;
  // The key of an authority that an earlier ceremony made. public_key: of its certificate; a rehearsal gives a key of
  // the same length.
  virtual const keystore::SigningKey& open(const PlannedKey& key, base::ByteView public_key) = 0;
  virtual void keep() = 0;  // every key made so far has certified something
  virtual bool is_rehearsal() const = 0;
};

// The stores of the plan; key files are made below `out`.
std::unique_ptr<KeyRoom> real_keys(const std::filesystem::path& out, base::Random& random);
std::unique_ptr<KeyRoom> stand_in_keys(base::Random& random);

}  // namespace admin
