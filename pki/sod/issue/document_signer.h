#pragma once
// Makes EF.SOD: CMS SignedData (RFC 5652 as 9303-10 Table 37 profiles it), DER by pki/asn1, signature by Botan or a
// token. lint() looks at what is about to be signed and returns a permit; sign() spends it and gives the file out when
// a second witness, on another library, has read it and agrees.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"

namespace sod::issue {

// Judges the finished file: does its signature verify under the signer's certificate, and does it list exactly these
// hashes? An implementation shares no code with this room (issuance/signing's ReadBack, sod::judge), and is the one
// verification of a signature before it leaves.
using SecondWitness = std::function<bool(base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes)>;

// Whether the document has to list a portrait (9303-10 §4.7.2). A national card of a child under six has none
// (docs/decisions/card-of-a-child.md); whoever asks has seen the birth date.
enum class Holder { WithPortrait, SmallChild };

class DocumentSigner {
 public:
  // certificate: the DS certificate, DER, of this key. Error{FixConfiguration} when they do not fit, or when it is not
  // a document signer's: digitalSignature alone, a private key usage period, a list of document types (9303-12 Table
  // 6). Everything that does not change from card to card is made here, once.
  DocumentSigner(std::unique_ptr<keystore::SigningKey> key, base::Bytes certificate);
  ~DocumentSigner();
  const base::Bytes& certificate() const { return certificate_; }
  // The last moment at which a signature of this signer is judged good: an exchange of a card without end is advised
  // before it (docs/decisions/card-without-expiry.md).
  base::Moment certificate_ends() const;
  // Inside the private key usage period and the certificate's validity.
  bool may_sign(base::Moment at) const;
  base::Bytes public_key() const { return key_->public_key_named(); }  // SubjectPublicKeyInfo, DER, named curve

 private:
  friend std::variant<class LintedHashes, base::Findings> lint(std::map<int, base::Bytes>, const DocumentSigner&,
                                                               base::Moment, std::optional<base::Date>, Holder);
  friend base::Bytes sign(class LintedHashes permit, const DocumentSigner& signer, const SecondWitness& witness);
  // EF.SOD with this signature; without one, what lint() looks at.
  base::Bytes file_of(base::ByteView content, base::ByteView attributes, base::ByteView signature) const;
  struct Prepared;  // the certificate's own encodings and times
  std::unique_ptr<keystore::SigningKey> key_;
  base::Bytes certificate_;
  std::unique_ptr<const Prepared> prepared_;
};

// A permit to sign these hashes once: move-only, made by lint() alone, empty once it is spent or moved from. It holds
// the octets that were judged, and those are signed.
class LintedHashes {
 public:
  LintedHashes(LintedHashes&& other) noexcept
      : hashes_(std::exchange(other.hashes_, {})),
        content_(std::move(other.content_)),
        attributes_(std::move(other.attributes_)) {}
  LintedHashes& operator=(LintedHashes&& other) noexcept {
    hashes_ = std::exchange(other.hashes_, {});
    content_ = std::move(other.content_);
    attributes_ = std::move(other.attributes_);
    return *this;
  }
  const std::map<int, base::Bytes>& hashes() const { return hashes_; }

 private:
  friend std::variant<LintedHashes, base::Findings> lint(std::map<int, base::Bytes>, const DocumentSigner&,
                                                         base::Moment, std::optional<base::Date>, Holder);
  friend base::Bytes sign(LintedHashes permit, const DocumentSigner& signer, const SecondWitness& witness);
  LintedHashes(std::map<int, base::Bytes> hashes, base::Bytes content, base::Bytes attributes)
      : hashes_(std::move(hashes)), content_(std::move(content)), attributes_(std::move(attributes)) {}
  std::map<int, base::Bytes> hashes_;
  base::Bytes content_;     // LDSSecurityObject
  base::Bytes attributes_;  // signed attributes, the SET that is hashed
};

// Judges the file that would be made by the table of rules (pki/lint/rule.h), its signature still missing. hashes: data
// group number -> SHA-256 of the file. card_expiry is the last day of a card that ends, in Viet Nam; nullopt: a card
// without end (docs/decisions/card-without-expiry.md). Findings: the table's that fail, and
// SIGNER_OUTSIDE_USAGE_PERIOD, which the file does not show.
std::variant<LintedHashes, base::Findings> lint(std::map<int, base::Bytes> hashes, const DocumentSigner& signer,
                                                base::Moment now, std::optional<base::Date> card_expiry,
                                                Holder holder = Holder::WithPortrait);

// EF.SOD, whole file (tag 77). It never leaves without the witness's yes: a no is Error{TreatAsAttack}, and what the
// witness throws is thrown on. May be called from several threads if the witness may.
base::Bytes sign(LintedHashes permit, const DocumentSigner& signer, const SecondWitness& witness);

}  // namespace sod::issue
