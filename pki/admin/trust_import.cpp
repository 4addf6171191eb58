#include "pki/admin/trust_import.h"

#include <fmt/format.h>

#include "pki/crypto/openssl/hash.h"
#include "pki/masterlist/judge/entry.h"
#include "pki/masterlist/judge/master_list.h"
#include "pki/trust/anchor.h"

namespace admin {

namespace {

using masterlist::judge::MasterList;

struct Import {
  trust::Provenance provenance;
  base::Moment as_of;
  trust::TrustDirectory& directory;
  TrustImport& done;

  void take(base::ByteView certificate, const std::string& where) const {
    const bool is_new = directory.keep({certificate.begin(), certificate.end()}, provenance);
    const std::string sha256 = base::to_hex(crypto::openssl::sha256(certificate));
    (is_new ? done.added : done.known).push_back(sha256);
    const auto since = trust::distrusted_from(*directory.find(sha256));
    if (!since) return;
    done.findings.warn(
        "ANCHOR_DISTRUSTED", where,
        fmt::format("It is in the store and distrusted since {}; importing it again does not change that.",
                    base::to_rfc3339(*since)));
  }

  void take_link(base::ByteView certificate) const {
    told(directory.keep_link({certificate.begin(), certificate.end()}, provenance), certificate);
  }

  // A list that nobody here has signed says nothing to anybody who judges by this store.
  void take_list(const base::Bytes& list, const std::string& where) const {
    trust::TrustStore store;
    base::Findings told_elsewhere;
    directory.load_into(store, told_elsewhere);
    const std::size_t before = store.unverified_lists();
    store.add_crl(list, where);
    if (store.unverified_lists() > before) {
      ++done.left_out;
      return done.findings.fail("TRUST_LIST_UNVERIFIED", where,
                                "No anchor of the store has signed this revocation list, or it is not one whole list; "
                                "import its CSCA first.");
    }
    told(directory.keep_list(list, provenance), list);
  }

  void told(bool is_new, base::ByteView octets) const {
    (is_new ? done.added : done.known).push_back(base::to_hex(crypto::openssl::sha256(octets)));
  }

  void judge(base::ByteView certificate, const std::string& where, bool one_of_many) const {
    const base::Findings judged = trust::judge_anchor(certificate, where, as_of);
    if (trust::is_link(judged)) {
      done.findings.add(trust::at_most_note(judged));
      return take_link(certificate);
    }
    done.findings.add(one_of_many ? trust::at_most_warn(judged) : judged);
    if (judged.failed()) {
      ++done.left_out;
    } else {
      take(certificate, where);
    }
  }
};

base::Findings judge_list_signer(const MasterList& list, const trust::TrustDirectory& directory, base::Moment as_of) {
  trust::TrustStore anchors;
  base::Findings told_elsewhere;
  directory.load_into(anchors, told_elsewhere);
  base::Findings findings = masterlist::judge::judge_signer(list, anchors, as_of);
  return findings.has("ML_SIGNER_NOT_TRUSTED") ? masterlist::judge::judge_signer(list, {}, as_of) : findings;
}

void import_list(base::ByteView message, const std::string& name, const Import& import) {
  const MasterList list = masterlist::judge::read(message);
  base::Findings findings = list.findings;
  if (list.readable()) findings.add(judge_list_signer(list, import.directory, import.as_of));
  const bool refused = findings.failed();
  for (base::Finding one : findings.list()) {
    one.where = fmt::format("{}, {}", name, one.where);
    import.done.findings.add(std::move(one));
  }
  if (refused) {
    import.done.left_out += list.entries.size();
    return;
  }
  for (const auto& entry : list.entries) {
    if (!entry.certificate) {
      ++import.done.left_out;  // ML_ENTRY_UNREADABLE has told it
      continue;
    }
    import.judge(entry.der, fmt::format("{}, {}", name, masterlist::judge::name_of(entry)), true);
  }
}

}  // namespace

void import_file(base::ByteView file, const std::string& name, const ImportTerms& terms,
                 trust::TrustDirectory& directory, TrustImport& done) {
  const Import import{{.how = terms.how,
                       .by = terms.by,
                       .file = name,
                       .file_sha256 = base::to_hex(crypto::openssl::sha256(file)),
                       .added_at = terms.now},
                      terms.as_of,
                      directory,
                      done};
  const trust::OfferedFile offered = trust::take_apart(file, name);
  done.findings.add(offered.findings);
  for (std::size_t i = 0; i < offered.certificates.size(); ++i) {
    const std::string where = offered.certificates.size() == 1 ? name : fmt::format("{}, certificate {}", name, i + 1);
    import.judge(offered.certificates[i], where, false);
  }
  for (const base::Bytes& message : offered.messages) import_list(message, name, import);
  for (const base::Bytes& list : offered.lists) import.take_list(list, name);
}

}  // namespace admin
