#include "pki/admin/key_room.h"

#include <fmt/format.h>

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
  RealKeys(fs::path out, base::Random& random) : out_(std::move(out)), random_(random) {}

  void look_ahead(const Plan& plan) const override {
    for (const Step& step : plan.steps) {
      if (!step.key) continue;
      password_of(*step.key);
      if (step.key->in_token()) continue;
      if (step.key->kind) {
        refuse_if_there(out_ / step.key->address, kDoing);
      } else if (!fs::exists(step.key->address)) {
        throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                          fmt::format("step {}: {} is not there", step.name, step.key->address));
      }
    }
  }

  const keystore::SigningKey& make(const PlannedKey& key) override {
    std::string address = key.address;
    if (!key.in_token()) {
      const fs::path file = out_ / key.address;
      make_folder(file.parent_path(), kDoing);
      address = file.string();
    }
    secrets_.push_back(std::make_unique<const base::Secret>(password_of(key)));
    made_.push_back(std::make_unique<NewKey>(*key.kind, std::move(address), *secrets_.back(), random_));
    return made_.back()->key();
  }

  const keystore::SigningKey& open(const PlannedKey& key, base::ByteView) override {
    opened_.push_back(keystore::open(key.address, password_of(key)));
    return *opened_.back();
  }

  void keep() override {
    for (const auto& key : made_) key->keep();
  }

  bool is_rehearsal() const override { return false; }

 private:
  fs::path out_;
  base::Random& random_;
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

  void look_ahead(const Plan&) const override {}
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

std::unique_ptr<KeyRoom> real_keys(const fs::path& out, base::Random& random) {
  return std::make_unique<RealKeys>(out, random);
}

std::unique_ptr<KeyRoom> stand_in_keys(base::Random& random) {
  return std::make_unique<StandInKeys>(random);
}

}  // namespace admin
