#pragma once
// Which certificates belong to one CSCA. A State has one for each of its issuing authorities (those of China, Hong Kong
// and Macao are all C=CN), and a CSCA has many keys and changes its name: one list of its newest key speaks for all of
// them (9303-12 §4.1.4.3, §4.1.5), and for nobody else.

#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"

namespace trust {

class Authorities {
 public:
  // A root that is trusted. It is of one authority with every certificate here that has the same countryName and either
  // the same name, apart from serialNumber (by which authorities count their generations), or the same key. Returns its
  // number.
  std::size_t add(X509* root);

  // A link certificate (9303-12 §4.1.4.3). Nobody is joined by it until a key here has signed it; then its issuer and
  // whoever has its name or its key are one, when their countryName is the same.
  void add_link(X509* link);
  // Whether a key here has signed this link.
  bool vouch_for(X509* link) const { return signer_of(link) < members_.size(); }

  bool same(std::size_t one, std::size_t other) const { return members_[one].authority == members_[other].authority; }

  // Those that have this name and country.
  std::vector<std::size_t> named(const X509_NAME* name) const;

 private:
  using NamePtr = std::unique_ptr<X509_NAME, crypto::openssl::FreeWith<X509_NAME_free>>;
  struct Member {
    crypto::openssl::X509Ptr certificate;
    std::string country;
    NamePtr name;  // of the subject, without serialNumber
    base::Bytes key;
    std::size_t authority;
  };
  static NamePtr without_serial_number(const X509_NAME* name);
  std::size_t admit(X509* certificate);
  void join(std::size_t one, std::size_t other);
  // The one whose key signed the link; its size when there is none.
  std::size_t signer_of(X509* link) const;
  void admit_links();

  std::vector<Member> members_;
  std::vector<crypto::openssl::X509Ptr> waiting_;  // links that nobody here has signed yet
};

}  // namespace trust
