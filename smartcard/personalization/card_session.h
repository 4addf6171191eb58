#pragma once
// The commands of GPCS v2.3.1 §11 that personalization sends through an open secure channel. A refusal becomes a
// finding CHIP_STATE_UNEXPECTED that names the step.

#include <memory>
#include <optional>
#include <span>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "smartcard/globalplatform/secure_channel.h"
#include "smartcard/personalization/profile.h"

namespace personalization {

inline constexpr const char* kStateUnexpected = "CHIP_STATE_UNEXPECTED";
inline constexpr const char* kNotBlank = "CHIP_NOT_BLANK";
inline constexpr const char* kWhere = "personalization";

enum class ApplicationState { Absent, Selectable, Personalized, Other };

// SELECT by AID, ISO 7816-4 §11.1.1; P2 = 0C asks for no answer data.
apdu::Response select(transport::Channel& card, base::ByteView aid, std::uint8_t p2);

class CardSession {
 public:
  // Selects the card manager and opens the channel with the key set of this version, which is one of `candidates`:
  // the card's cryptogram tells which, and no try is spent. nullopt, with findings, when the card does not come along.
  static std::optional<CardSession> open(transport::Channel& card, const Profile& profile, std::uint8_t key_version,
                                         std::span<const globalplatform::KeySet* const> candidates,
                                         base::Random& random, base::Findings& findings);
  static std::optional<CardSession> open(transport::Channel& card, const Profile& profile, std::uint8_t key_version,
                                         const globalplatform::KeySet& keys, base::Random& random,
                                         base::Findings& findings);
  // The same where the card manager is selected already.
  static std::optional<CardSession> open_selected(transport::Channel& card, const Profile& profile,
                                                  std::uint8_t key_version,
                                                  std::span<const globalplatform::KeySet* const> candidates,
                                                  base::Random& random, base::Findings& findings);
  // The index of the candidate that the card holds.
  std::size_t candidate() const { return candidate_; }
  const base::Bytes& kdd() const { return kdd_; }

  // Each returns false, with a finding, when the card refuses.
  // The card keys under their own version, in place of the key set that the session was opened with.
  bool put_key(std::uint8_t replaced_version, const globalplatform::KeySet& card_keys);
  std::optional<ApplicationState> application_state();
  // Whether a command with this much plain data reaches the chip whole (block_size.h). The application is selectable:
  // only then is the proof protected. When it says no the session is over.
  bool carries(std::size_t size);
  bool install();
  bool install_for_personalization();
  // One STORE DATA; the answer's data, nullopt when refused.
  std::optional<base::Bytes> store_data(std::uint8_t p1, std::uint8_t block, base::ByteView data);
  // What the card answers to the same commands where they may or must fail.
  apdu::StatusWord try_install();
  apdu::StatusWord try_install_for_personalization();
  apdu::StatusWord try_set_status(std::uint8_t scope, std::uint8_t state, base::ByteView aid);
  apdu::StatusWord try_put_key(const globalplatform::KeySet& card_keys);  // the keys that it holds
  bool set_status(std::uint8_t scope, std::uint8_t state, base::ByteView aid);

  bool extended_length() const { return channel_->extended_length(); }
  // What encrypts keys and secrets in this session, and in no other.
  const globalplatform::DataKey& data_key() const { return data_key_; }
  base::Findings& findings() { return findings_; }

 private:
  CardSession(globalplatform::OpenedChannel opened, const Profile& profile, base::Findings& findings)
      : channel_(std::move(opened.channel)),
        candidate_(opened.candidate),
        data_key_(std::move(*opened.data_key)),
        kdd_(std::move(opened.card->kdd)),
        profile_(profile),
        findings_(findings) {}
  apdu::Command install_command() const;
  apdu::Response get_status(base::ByteView aid);
  apdu::Command install_for_personalization_command() const;
  std::optional<base::Bytes> send(const apdu::Command& command, std::string_view step);

  std::unique_ptr<transport::SecureChannel> channel_;
  std::size_t candidate_ = 0;
  globalplatform::DataKey data_key_;
  base::Bytes kdd_;
  const Profile& profile_;
  base::Findings& findings_;
};

// DGI ‖ length ‖ value: one length octet below FF, else FF and two (EMV CPS 1.1 §2.2). At most 65,535 bytes.
base::Bytes encode_dgi(std::uint16_t dgi, base::ByteView value);

}  // namespace personalization
