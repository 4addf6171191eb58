#pragma once
// Where a ceremony's keys are: in the stores that the plan names, or, in a rehearsal, in memory.

#include <filesystem>
#include <functional>
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

  // A new key, which goes away again with the room unless keep() was called. The
  // references live as long as the room.
  virtual const keystore::SigningKey& make(const PlannedKey& key) = 0;
  // The key of an authority that an earlier ceremony made. public_key: of its certificate; a rehearsal gives a key of
  // the same length.
  virtual const keystore::SigningKey& open(const PlannedKey& key, base::ByteView public_key) = 0;
  virtual void keep() = 0;  // every key made so far has certified something
  virtual bool is_rehearsal() const = 0;
};

// What can be known without opening a store: every password and every key file that is to be there is.
// Error{FixConfiguration} that names the step.
void look_ahead(const Plan& plan);

// The stores of the plan; key files are made below `out`. first_use: called once, when the first key is in hand and
// before anything can be done with it; what it throws ends the ceremony.
std::unique_ptr<KeyRoom> real_keys(const std::filesystem::path& out, base::Random& random,
                                   std::function<void()> first_use = {});
std::unique_ptr<KeyRoom> stand_in_keys(base::Random& random);

}  // namespace admin
