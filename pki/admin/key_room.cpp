#include "pki/admin/key_room.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "pki/admin/new_files.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/format/public_key.h"

namespace admin {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDoing = "opening the keys of the ceremony";

base::Secret password_of(const PlannedKey& key) {
  return base::read_password_file(key.password_file, kDoing);
}

class RealKeys final : public KeyRoom {
 public:
  RealKeys(fs::path out, base::Random& random, std::function<void()> first_use)
      : out_(std::move(out)), random_(random), first_use_(std::move(first_use)) {}

  const keystore::SigningKey& make(const PlannedKey& key) override {
    std::string address = key.address;
    if (!key.in_token()) {
      const fs::path file = out_ / key.address;
      make_folder(file.parent_path(), kDoing);
      address = file.string();
    }
    secrets_.push_back(std::make_unique<const base::Secret>(password_of(key)));
    made_.push_back(std::make_unique<NewKey>(*key.kind, std::move(address), *secrets_.back(), random_));
    in_hand();
    return made_.back()->key();
  }

  const keystore::SigningKey& open(const PlannedKey& key, base::ByteView) override {
    opened_.push_back(keystore::open(key.address, password_of(key)));
    in_hand();
    return *opened_.back();
  }

  void keep() override {
    for (const auto& key : made_) key->keep();
  }

  bool is_rehearsal() const override { return false; }

 private:
  void in_hand() {
    if (first_use_) std::exchange(first_use_, nullptr)();
  }

  fs::path out_;
  base::Random& random_;
  std::function<void()> first_use_;
  std::vector<std::unique_ptr<const base::Secret>> secrets_;  // before the keys that they open
  std::vector<std::unique_ptr<NewKey>> made_;
  std::vector<std::unique_ptr<keystore::SigningKey>> opened_;
};

// A kind whose keys are as long: for a stand-in the curve does not matter.
keystore::KeyKind kind_like(base::ByteView public_key_info) {
  using enum keystore::KeyKind;
  constexpr std::size_t kPoint256 = 65, kPoint384 = 97;
  const auto info = x509::format::parse_public_key_info(public_key_info);
  if (info.algorithm != x509::format::oid::kEcPublicKey) return Rsa3072;
  if (info.key.size() <= kPoint256) return BrainpoolP256r1;
  return info.key.size() <= kPoint384 ? BrainpoolP384r1 : BrainpoolP512r1;
}

class StandInKeys final : public KeyRoom {
 public:
  explicit StandInKeys(base::Random& random) : random_(random) {}

  const keystore::SigningKey& make(const PlannedKey& key) override { return make(*key.kind); }
  const keystore::SigningKey& open(const PlannedKey&, base::ByteView public_key) override {
    return make(kind_like(public_key));
  }
  void keep() override {}
  bool is_rehearsal() const override { return true; }

 private:
  const keystore::SigningKey& make(keystore::KeyKind kind) {
    keys_.push_back(keystore::generate(kind, random_));
    return *keys_.back();
  }

  base::Random& random_;
  std::vector<std::unique_ptr<keystore::SigningKey>> keys_;
};

}  // namespace

void look_ahead(const Plan& plan) {
  for (const Step& step : plan.steps) {
    if (!step.key) continue;
    const auto refuse = [&](const std::string& seen) {
      throw base::Error(base::Fault::FixConfiguration, "looking at the keys of the ceremony",
                        fmt::format("step {}: {}", step.name, seen));
    };
    const fs::path& password = step.key->password_file;
    if (!fs::exists(password)) refuse(fmt::format("the password file {} is not there", password.string()));
    try {
      password_of(*step.key);
    } catch (const base::Error& error) {
      refuse(error.seen());
    }
    if (step.key->kind || step.key->in_token() || fs::exists(step.key->address)) continue;
    refuse(fmt::format("the key {} is not there", step.key->address));
  }
}

std::unique_ptr<KeyRoom> real_keys(const fs::path& out, base::Random& random, std::function<void()> first_use) {
  return std::make_unique<RealKeys>(out, random, std::move(first_use));
}

std::unique_ptr<KeyRoom> stand_in_keys(base::Random& random) {
  return std::make_unique<StandInKeys>(random);
}

}  // namespace admin
