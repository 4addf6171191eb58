#include "pki/admin/crl_ceremony.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/admin/ca_book.h"
#include "pki/admin/certify.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/crl.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/crl.h"
#include "pki/x509/issue/kind.h"

namespace admin {

namespace {

namespace fs = std::filesystem;
using x509::format::Certificate;
using x509::issue::Kind;

constexpr const char* kDoing = "issuing a revocation list";

// What the book has of this kind, in the order of reservation.
std::vector<Certificate> certificates_of(const CaBook& book, Kind kind) {
  std::vector<Certificate> out;
  for (const CaBook::Entry& entry : book.entries()) {
    if (entry.purpose == x509::issue::kind_name(kind) && !entry.certificate.empty()) {
      out.push_back(x509::format::parse_certificate(entry.certificate));
    }
  }
  return out;
}

// What the list is made from.
struct Ground {
  Certificate csca;
  std::vector<Certificate> roots;  // all of the authority
  std::vector<x509::format::RevokedCertificate> revoked;
  lint::History history;
  std::vector<x509::format::Name> former_names() const {
    std::vector<x509::format::Name> names;
    for (const Certificate& root : roots) {
      const bool told = std::ranges::find(names, root.body.subject) != names.end();
      if (!told && !(root.body.subject == csca.body.subject)) names.push_back(root.body.subject);
    }
    return names;
  }
};

Ground ground_of(Certificate csca, const CaBook& book) {
  Ground ground{std::move(csca), certificates_of(book, Kind::Csca), {}, history_of(book)};
  for (const CaBook::Revocation& one : book.revocations()) ground.revoked.push_back({one.serial, one.revoked_at});
  return ground;
}

std::variant<x509::issue::LintedCrl, base::Findings> lint(const Ground& ground, std::chrono::days until_next,
                                                          std::int64_t number, base::Moment now) {
  const auto draft = x509::issue::crl_draft({.csca = ground.csca,
                                             .former_names = ground.former_names(),
                                             .number = number,
                                             .revoked = ground.revoked,
                                             .now = now,
                                             .next_update = now + until_next});
  return x509::issue::lint(draft, {.csca = ground.csca, .now = now, .history = &ground.history});
}

// Nothing stands in the way but that the last list is young.
bool only_too_early(const base::Findings& findings) {
  std::vector<std::string> codes = findings.failing_codes();
  std::erase(codes, "CRL_THIS_UPDATE_GROWS");  // in the same second
  return codes == std::vector<std::string>{"CRL_MIN_48_HOURS"};
}

bool holds(const fs::path& file, const base::Bytes& content) {
  std::error_code missing;
  return fs::exists(file, missing) && base::read_file(file, kDoing) == content;
}

[[noreturn]] void refuse_to_replace(const fs::path& file, const std::string& why) {
  throw base::Error(base::Fault::FixConfiguration, kDoing, fmt::format("{}: {}", file.string(), why));
}

struct PublishedList {
  std::int64_t number = 0;
  std::vector<x509::format::RevokedCertificate> revoked;
};

PublishedList read_list(const base::Bytes& der) {
  x509::format::CrlBody body = x509::format::parse_crl(der).body;
  const auto* const number = body.find(x509::format::oid::kCrlNumber);
  return {number == nullptr ? 0 : x509::format::parse_crl_number(number->value), std::move(body.revoked)};
}

// The list that is published there, signed by one of the authority's keys; nullopt: nothing is there.
std::optional<PublishedList> published_list(const fs::path& file, const CaBook& book) {
  std::error_code missing;
  if (!fs::exists(file, missing)) return std::nullopt;
  if (fs::is_regular_file(file)) {
    const base::Bytes content = base::read_file(file, kDoing);
    const auto entries = book.entries();
    const bool ours = std::ranges::any_of(entries, [&](const CaBook::Entry& entry) {
      return entry.purpose == x509::issue::kind_name(Kind::Csca) && !entry.certificate.empty() &&
             crypto::openssl::crl_is_signed_by(content, entry.certificate);
    });
    try {
      if (ours) return read_list(content);
    } catch (const asn1::Malformed&) {  // signed by this key, and not as this house writes lists
    }
  }
  refuse_to_replace(file, "is there and is no revocation list of this authority; it is not overwritten");
}

// A book out of a backup would publish an old list over a newer one, and a revoked certificate would be good again.
void check_book_is_newest(const fs::path& file, const CaBook& book, std::int64_t last) {
  const auto published = published_list(file, book);
  if (!published) return;
  if (published->number > last) {
    refuse_to_replace(file, fmt::format("has number {}, and the last list in the book {}; the book is older than what "
                                        "was published: bring back the newest ca.db",
                                        published->number, last));
  }
  const auto known = book.revocations();
  for (const auto& one : published->revoked) {
    if (std::ranges::find(known, one.serial, &CaBook::Revocation::serial) != known.end()) continue;
    refuse_to_replace(file, fmt::format("revokes {}, and the book does not; the book is older than what was "
                                        "published: bring back the newest ca.db",
                                        base::to_hex(one.serial)));
  }
}

// The number itself and, of a CSCA's, its key's link and those to which links lead from it, each with the root that
// this follows from.
std::vector<std::pair<base::Bytes, base::Bytes>> with_what_is_linked(base::Bytes serial, const CaBook& book) {
  const auto links = certificates_of(book, Kind::CscaLink);
  const auto roots = certificates_of(book, Kind::Csca);
  std::vector<std::pair<base::Bytes, base::Bytes>> found{{std::move(serial), {}}};
  const auto follow = [&](const Certificate& to, const base::Bytes& from) {
    const bool known = std::ranges::any_of(found, [&](const auto& one) { return one.first == to.body.serial; });
    if (!known) found.emplace_back(to.body.serial, from);
  };
  // The list grows while it is walked: a chain of links is followed to its end.
  for (std::size_t i = 0; i < found.size(); ++i) {
    const base::Bytes from = found[i].first;
    const auto old = std::ranges::find(roots, from, [](const Certificate& c) { return c.body.serial; });
    if (old == roots.end()) continue;
    const auto* const old_id = old->body.find(asn1::oid::kSubjectKeyIdentifier);
    for (const Certificate& link : links) {
      if (link.body.public_key == old->body.public_key) follow(link, from);  // the same key under the one before
      const auto* const issuer = link.body.find(asn1::oid::kAuthorityKeyIdentifier);
      const bool from_old = old_id != nullptr && issuer != nullptr &&
                            x509::format::parse_authority_key_identifier(issuer->value) ==
                                x509::format::parse_subject_key_identifier(old_id->value);
      if (!from_old) continue;
      follow(link, from);
      for (const Certificate& root : roots) {
        if (root.body.public_key == link.body.public_key) follow(root, from);
      }
    }
  }
  return found;
}

}  // namespace

evidence::FolderLock lock_lists(const fs::path& book) {
  if (!fs::exists(book)) {  // no lock is left where no book is
    throw base::Error(base::Fault::FixConfiguration, kDoing, fmt::format("{}: is not there", book.string()));
  }
  return evidence::FolderLock(book.string() + ".lock");
}

IssuedCrl make_crl(CaBook& book, const Certificate& csca, const keystore::SigningKey& key, std::chrono::days until_next,
                   const World& world) {
  const Ground ground = ground_of(csca, book);
  const base::Moment now = world.clock.now();
  const auto last = book.latest_crl();
  IssuedCrl issued;
  auto trial = lint(ground, until_next, last ? last->number + 1 : 1, now);
  if (auto* const findings = std::get_if<base::Findings>(&trial)) {
    issued.findings = std::move(*findings);
    return issued;
  }
  const std::int64_t number = book.reserve_crl_number();
  auto linted = lint(ground, until_next, number, now);
  auto* const permit = std::get_if<x509::issue::LintedCrl>(&linted);
  base::ensure(permit != nullptr, "a later number does not change what lint() thinks of a list");
  const base::Bytes der = x509::format::assemble(csca.tbs, csca.signature_algorithm, csca.signature);
  issued.crl = x509::issue::sign(std::move(*permit), key, der);
  book.record_crl({.number = number, .this_update = now, .next_update = now + until_next, .crl = issued.crl});
  return issued;
}

IssuedCrl issue_crl(const CrlCeremony& ceremony, const World& world) {
  const evidence::FolderLock lock = lock_lists(ceremony.book);
  CaBook book(ceremony.book, false, world.clock);
  Certificate csca = read_certificate(ceremony.certificate, kDoing);
  const Ground ground = ground_of(csca, book);
  const base::Moment now = world.clock.now();
  const auto last = book.latest_crl();
  check_book_is_newest(ceremony.out, book, last ? last->number : 0);
  IssuedCrl issued;
  // A trial with the number that is due: none is spent on a list that is refused.
  const auto trial = lint(ground, ceremony.until_next, last ? last->number + 1 : 1, now);
  if (const auto* const findings = std::get_if<base::Findings>(&trial)) {
    issued.findings = *findings;
    if (only_too_early(*findings) && now >= last->this_update && !holds(ceremony.out, last->crl)) {
      base::write_file(ceremony.out, last->crl, kDoing);
      issued = {.findings = {}, .crl = last->crl, .published_again = true};
    }
    return issued;
  }
  const auto key = keystore::open(ceremony.key, ceremony.password);
  issued = make_crl(book, csca, *key, ceremony.until_next, world);
  if (issued.made()) base::write_file(ceremony.out, issued.crl, kDoing);
  return issued;
}

std::vector<base::Bytes> revoke_certificate(const fs::path& file, base::ByteView serial, std::string_view reason,
                                            const World& world) {
  CaBook book(file, false, world.clock);
  const auto before = book.revocations();
  std::vector<std::pair<base::Bytes, std::string>> due;
  for (const auto& [number, from] : with_what_is_linked({serial.begin(), serial.end()}, book)) {
    if (std::ranges::find(before, number, &CaBook::Revocation::serial) != before.end()) continue;
    due.emplace_back(
        number, from.empty() ? std::string(reason) : fmt::format("linked from {}: {}", base::to_hex(from), reason));
  }
  if (due.empty()) due.emplace_back(base::Bytes(serial.begin(), serial.end()), reason);  // the book says that it is
  book.revoke(due);
  std::vector<base::Bytes> numbers;
  for (const auto& [number, why] : due) numbers.push_back(number);
  return numbers;
}

}  // namespace admin
