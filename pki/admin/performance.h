#pragma once
// A plan being performed: every step's intent is in the journal before it is done and its outcome afterwards, and what
// was written is read back and judged by the other library. The same code rehearses, with stand-in keys.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pki/admin/certify.h"
#include "pki/admin/key_room.h"
#include "pki/admin/plan.h"
#include "pki/cvc/format/certificate.h"

namespace admin {

struct MadeFile {
  std::string step, file;  // relative to the output folder
  std::string sha256;      // upper-case hexadecimal
};

struct Performed {
  base::Findings findings;  // failed(): the first step that was refused ends the ceremony
  std::vector<MadeFile> files;
  std::vector<MadeFile> books;  // every ca.db as it was at the end; an Authority's is named from the plan's folder
};

// One line a time, on disk when it returns: "2026-11-27T02:00:00Z intent csca-1".
using Journal = std::function<void(const std::string& line)>;

class Performance {
 public:
  // Everything must outlive the performance. `out` is there.
  Performance(const Plan& plan, KeyRoom& keys, std::filesystem::path out, const x509::issue::Profile& profile,
              const World& world, Journal journal);
  ~Performance();
  Performance(const Performance&) = delete;
  Performance& operator=(const Performance&) = delete;

  Performed perform();

 private:
  // A CSCA with what it needs to certify.
  struct Authority {
    x509::format::Certificate certificate;
    base::Bytes der;
    const keystore::SigningKey* key = nullptr;
    std::filesystem::path book;
    std::vector<base::Bytes> links;  // DER
    base::Findings may_not_certify;  // what its own book says against it; it may still issue its last list
  };
  // Whoever else holds a key that a later step needs.
  struct Holder {
    base::Bytes certificate;
    const keystore::SigningKey* key = nullptr;
  };
  // Of the readers' PKI: the CVCA's book goes down with its name.
  struct CardVerifiable {
    cvc::format::Certificate certificate;
    cvc::format::PublicKey key_with_parameters;
    const keystore::SigningKey* key = nullptr;
    std::filesystem::path book;
  };

  base::Findings perform(const Step& step);
  base::Findings bring_authority(const Step& step);
  base::Findings make_csca(const Step& step);
  // The link to `after`, whose key is in nobody's book yet: link, key, root, in an order that leaves the CSCA before it
  // in its duties wherever it stops.
  base::Findings make_successor(const Step& step, const Certification& root, Authority& after);
  base::Findings make_certificate(const Step& step);
  base::Findings make_card_verifiable(const Step& step);
  cvc::format::Body card_verifiable_draft(const Step& step, const keystore::SigningKey& key,
                                          const CardVerifiable* above) const;
  base::Findings make_master_list(const Step& step);
  base::Findings make_revocation_list(const Step& step);
  base::Findings make_request(const Step& step);
  base::Findings accept_certificate(const Step& step);
  // The key to certify: a new one, or the one of the request that was carried here (whose name then stands for a
  // missing subject). nullopt: the request is not good.
  struct Applicant {
    const keystore::SigningKey* key = nullptr;  // null: it is elsewhere
    base::Bytes public_key;
    std::optional<x509::format::Name> subject;
  };
  std::optional<Applicant> applicant(const Step& step, base::Findings& findings);

  // With the step's own subject, if there is one.
  x509::issue::Profile profile_for(const Step& step, const std::optional<x509::format::Name>& subject) const;
  // Certifies, keeps the key, writes, reads back; the certificate is empty when lint() refused.
  Issued certify_into(const Certification& what, CaBook& book, const Step& step, const std::filesystem::path& file);
  void write(const Step& step, const std::filesystem::path& file, base::ByteView content);

  const Plan& plan_;
  KeyRoom& keys_;
  std::filesystem::path out_;
  const x509::issue::Profile& profile_;
  const World& world_;
  Journal journal_;
  std::map<std::string, Authority> authorities_;
  std::map<std::string, Holder> holders_;
  std::map<std::string, CardVerifiable> card_verifiable_;
  Performed performed_;
};

}  // namespace admin
