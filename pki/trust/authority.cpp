#include "pki/trust/authority.h"

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/trust/trust_state.h"

namespace trust {

namespace {

using crypto::openssl::X509Ptr;

X509Ptr share(X509* certificate) {
  base::ensure(X509_up_ref(certificate) == 1, "a certificate can be held twice");
  return X509Ptr(certificate);
}

base::Bytes key_of(X509* certificate) {
  const ASN1_BIT_STRING* const key = X509_get0_pubkey_bitstr(certificate);
  return {ASN1_STRING_get0_data(key), ASN1_STRING_get0_data(key) + ASN1_STRING_length(key)};
}

}  // namespace

Authorities::NamePtr Authorities::without_serial_number(const X509_NAME* name) {
  NamePtr out(X509_NAME_dup(name));
  base::ensure(out != nullptr, "a name can be copied");
  for (int at; (at = X509_NAME_get_index_by_NID(out.get(), NID_serialNumber, -1)) >= 0;) {
    X509_NAME_ENTRY_free(X509_NAME_delete_entry(out.get(), at));
  }
  return out;
}

void Authorities::join(std::size_t one, std::size_t other) {
  const std::size_t from = members_[one].authority, to = members_[other].authority;
  for (Member& member : members_) {
    if (member.authority == from) member.authority = to;
  }
}

std::size_t Authorities::admit(X509* certificate) {
  const std::size_t number = members_.size();
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  members_.push_back(
      {share(certificate), country_of(subject), without_serial_number(subject), key_of(certificate), number});
  const Member& added = members_.back();
  for (std::size_t i = 0; i < number; ++i) {
    const Member& other = members_[i];
    const bool one_state = !added.country.empty() && other.country == added.country;
    if (one_state && (X509_NAME_cmp(other.name.get(), added.name.get()) == 0 || other.key == added.key)) {
      join(i, number);
    }
  }
  return number;
}

std::size_t Authorities::signer_of(X509* link) const {
  const std::string country = country_of(X509_get_subject_name(link));
  const auto found = std::ranges::find_if(members_, [&](const Member& member) {
    X509* const issuer = member.certificate.get();
    return member.country == country && !country.empty() &&
           X509_NAME_cmp(X509_get_issuer_name(link), X509_get_subject_name(issuer)) == 0 &&
           X509_verify(link, X509_get0_pubkey(issuer)) == 1;
  });
  crypto::openssl::drain_errors();
  return static_cast<std::size_t>(found - members_.begin());
}

void Authorities::admit_links() {
  // One admitted link may vouch for the next; whoever waits is asked again until nobody moves.
  for (bool moved = true; moved;) {
    const std::size_t before = waiting_.size();
    std::erase_if(waiting_, [this](const X509Ptr& link) {
      const std::size_t signer = signer_of(link.get());
      if (signer == members_.size()) return false;
      join(signer, admit(link.get()));
      return true;
    });
    moved = waiting_.size() < before;
  }
}

std::size_t Authorities::add(X509* root) {
  const std::size_t number = admit(root);
  admit_links();
  return number;
}

void Authorities::add_link(X509* link) {
  waiting_.push_back(share(link));
  admit_links();
}

std::vector<std::size_t> Authorities::named(const X509_NAME* name) const {
  std::vector<std::size_t> out;
  const NamePtr wanted = without_serial_number(name);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (X509_NAME_cmp(members_[i].name.get(), wanted.get()) == 0) out.push_back(i);
  }
  return out;
}

}  // namespace trust
