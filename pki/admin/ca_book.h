#pragma once
// ca.db: the book of one authority (a CSCA through all its keys, a CVCA, a TLS authority). What cannot be undone is
// written down before it is done: a serial number, a holder reference, a CRL number is reserved on disk before anything
// that carries it is signed, so that none is ever used twice (9303-12 §7.1.1.5), whatever happens in between. An entry
// without an outcome is a certificate that may or may not have been signed, and its number stays used.
//
//   const Bytes serial = book.reserve_serial("ds", random);
//   book.intend(serial, tbs);                    // what is about to be signed
//   const Bytes certificate = sign(…);
//   book.record(serial, certificate);            // refuses any other certificate than the one intended
//
// Every writing call throws Error{FixConfiguration} when the clock stands before the book's last entry.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"

namespace admin {

class CaBook {
 public:
  // make: a new book (Error{FixConfiguration} when one is there); else it has to be there.
  CaBook(const std::filesystem::path& file, bool make, const base::Clock& clock);
  // Read only: nothing is written, an older book is not brought up to date. Error{FixConfiguration} as above.
  static CaBook look(const std::filesystem::path& file);
  CaBook(CaBook&&) noexcept;
  CaBook& operator=(CaBook&&) noexcept;
  ~CaBook();

  // X.509. A serial is the content octets of the INTEGER; purpose: csca, csca-link, ds, master-list, seal, …

  // A random serial number that this authority has never used, reserved on disk when this returns.
  base::Bytes reserve_serial(std::string_view purpose, base::Random& random);
  // The intent: the TBSCertificate that is about to be signed under the number.
  void intend(base::ByteView serial, base::ByteView tbs);
  // The outcome: the certificate (DER) that carries the number. Error{TreatAsAttack} when it is not what was intended.
  void record(base::ByteView serial, base::ByteView certificate);

  struct Entry {
    base::Bytes serial;
    std::string purpose;
    base::Moment reserved_at;
    base::Bytes certificate;  // DER; empty: no outcome is known
  };
  std::vector<Entry> entries() const;  // in the order of reservation
  std::optional<Entry> find(base::ByteView serial) const;

  // Revocations. The reason is for the authority alone: a CRL says only number and day (9303-12 Table 10).

  struct Revocation {
    base::Bytes serial;
    base::Moment revoked_at;
    std::string reason;
  };
  // Error{FixConfiguration} when the number was never reserved here or is revoked already.
  void revoke(base::ByteView serial, std::string_view reason);
  // All of them or none, numbers with their reasons; throws the same.
  void revoke(const std::vector<std::pair<base::Bytes, std::string>>& serials);
  std::vector<Revocation> revocations() const;  // in the order of revocation

  // Approvals of ceremonies that used this authority, by their nonce: each is spent once.

  bool approval_is_spent(std::string_view nonce) const;
  // Error{FixConfiguration} when it was spent before.
  void spend_approval(std::string_view nonce, std::string_view ceremony);

  // CRLs. Numbers count from 1 and never go back (9303-12 Table 9).

  std::int64_t reserve_crl_number();
  struct Crl {
    std::int64_t number = 0;
    base::Moment this_update, next_update;
    base::Bytes crl;  // DER
    bool operator==(const Crl&) const = default;
  };
  void record_crl(const Crl& crl);  // once for a reserved number
  std::optional<Crl> latest_crl() const;

  // Card-verifiable certificates, known by two references (TR-03110-3 C.1.1): who issued (CAR) and to whom (CHR).
  // purpose: cvca, cvca-link, dv, is. body: the intent, the 7F4E that is about to be signed. Error{FixConfiguration}
  // when the pair was reserved before.
  void reserve_reference(std::string_view authority, std::string_view holder, std::string_view purpose,
                         base::ByteView body);
  // The outcome (7F21). Error{TreatAsAttack} when it is not what was intended.
  void record_reference(std::string_view authority, std::string_view holder, base::ByteView certificate);
  struct ReferenceEntry {
    std::string authority, holder, purpose;
    base::Moment reserved_at;
    base::Bytes certificate;  // empty: no outcome is known
    base::Bytes body;         // the intent; empty in entries older than this release
  };
  std::vector<ReferenceEntry> references() const;  // in the order of reservation

  // SHA-256 of the first certificate in it: it stays for the book's whole life. Empty: there is none.
  base::Bytes identity() const;

 private:
  struct State;
  explicit CaBook(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace admin
