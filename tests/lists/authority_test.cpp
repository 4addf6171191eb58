// Whose certificates a revocation list speaks for: those of its own CSCA, under all its keys and names, and no others
// of the same State.

#include "pki/trust/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/trust/freshness.h"
#include "pki/x509/issue/crl.h"
#include "tests/lists/signed_lists.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using trust::Freshness;
using x509::format::parse_certificate;

const base::Moment kNow = *base::parse_rfc3339("2026-03-01T00:00:00Z");
const Bytes kSerial{0x20, 0x01};

Bytes synth(const char* name) {
  return vectors::load_binary(std::string("synth/") + name);
}

// A CSCA and what it signs.
class Csca {
 public:
  explicit Csca(const char* name, std::uint64_t seed) : Csca(name, seed, seed) {}
  Csca(const char* name, std::uint64_t key_seed, std::uint64_t serial_seed) {
    base::SeededRandom keys(key_seed), serials(serial_seed);
    key_ = keystore::generate(keystore::Curve::P256, keys);
    root_ = test::make_root(*key_, kNow - std::chrono::days{400}, x509::issue::random_serial(serials), name);
  }
  const Bytes& root() const { return root_; }
  Bytes link_to(const Csca& next) const {
    return test::make_link(root_, *key_, next.root_, kNow - std::chrono::days{300}, Bytes{0x41});
  }
  // Revokes kSerial.
  Bytes list(const std::vector<std::string>& former_names = {}) const {
    const auto csca = parse_certificate(root_);
    std::vector<x509::format::Name> names;
    for (const std::string& name : former_names) names.push_back(*x509::format::name_from_text(name));
    const auto draft = x509::issue::crl_draft({.csca = csca,
                                               .former_names = names,
                                               .number = 1,
                                               .revoked = {{kSerial, kNow}},
                                               .now = kNow,
                                               .next_update = kNow + std::chrono::days{30}});
    auto linted = x509::issue::lint(draft, {.csca = csca, .now = kNow});
    return x509::issue::sign(std::get<x509::issue::LintedCrl>(std::move(linted)), *key_, root_);
  }

 private:
  std::unique_ptr<keystore::SigningKey> key_;
  Bytes root_;
};

trust::TrustStore store_of(const std::vector<Bytes>& certificates, const Bytes& list) {
  trust::TrustStore store;
  for (const Bytes& certificate : certificates) {
    EXPECT_LE(store.offer_anchors(certificate, "it").failing_codes().size(), 1U);  // ANCHOR_LINK
  }
  store.add_crl(list, "the list");
  EXPECT_EQ(store.unverified_lists(), 0U);
  return store;
}

// Whether the store's list revokes kSerial of this CSCA, and whether it says that its other certificates are good: it
// does both or neither.
bool speaks_for(const trust::TrustStore& store, const Bytes& csca) {
  const auto anchor = std::ranges::find(store.state().anchors, csca, &trust::Anchor::der);
  base::ensure(anchor != store.state().anchors.end(), "the CSCA that is asked about is an anchor");
  const auto answer = trust::ask_revocation(store.state(), *anchor, kSerial, kNow);
  EXPECT_EQ(answer.revoked, answer.freshness == Freshness::Fresh);
  return answer.revoked;
}

TEST(AuthorityTest, AListSpeaksForNoOtherCscaOfItsState) {
  const Csca one("C=VN,O=Ministry A,CN=CSCA", 1), other("C=VN,O=Ministry B,CN=CSCA", 2);
  const auto store = store_of({one.root(), other.root()}, one.list());
  EXPECT_TRUE(speaks_for(store, one.root()));
  EXPECT_FALSE(speaks_for(store, other.root()));
}

TEST(AuthorityTest, AListOfTheNewKeySpeaksForTheOldOneOfItsName) {
  const Csca before("C=VN,O=TEST,CN=CSCA", 1), after("C=VN,O=TEST,CN=CSCA", 2);
  EXPECT_TRUE(speaks_for(store_of({before.root(), after.root()}, after.list()), before.root()));
}

// A certificate that is nothing but a name and a key of its own.
std::size_t add_named(trust::Authorities& to, const std::vector<std::pair<const char*, const char*>>& name) {
  const crypto::openssl::X509Ptr certificate(X509_new());
  const crypto::openssl::PkeyPtr key(EVP_EC_gen("P-256"));
  X509_set_pubkey(certificate.get(), key.get());
  for (const auto& [type, value] : name) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), type, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
  }
  return to.add(certificate.get());
}

TEST(AuthorityTest, GenerationsCountedInTheNameAreOneCsca) {
  trust::Authorities authorities;
  const auto add = [&](const char* number, const char* name) {
    return add_named(authorities, {{"C", "ES"}, {"O", "POLICE"}, {"serialNumber", number}, {"CN", name}});
  };
  const std::size_t third = add("3", "CSCA SPAIN"), fourth = add("4", "CSCA SPAIN"), other = add("4", "CSCA NAVY");
  EXPECT_TRUE(authorities.same(third, fourth));
  EXPECT_FALSE(authorities.same(third, other));
  // Without a country nobody is joined by a name.
  EXPECT_FALSE(authorities.same(add_named(authorities, {{"CN", "X"}}), add_named(authorities, {{"CN", "X"}})));
}

TEST(AuthorityTest, AListSpeaksForTheNamesThatItsCscaHadBefore) {
  const Csca before("C=VN,CN=Ministry A", 1), after("C=VN,CN=Ministry B", 2);
  EXPECT_FALSE(speaks_for(store_of({before.root(), after.root()}, after.list()), before.root()));
  EXPECT_TRUE(speaks_for(store_of({before.root(), after.root()}, after.list({"C=VN,CN=Ministry A"})), before.root()));
}

TEST(AuthorityTest, NoStateTakesTheNameOfAnother) {
  const Csca claims("C=VN,CN=CSCA", 2);
  const Bytes victim = synth("csca1_p384.cer");
  const Bytes list = claims.list({"C=UT,O=Utopia Passport Agency,CN=CSCA-UTO 001"});
  EXPECT_FALSE(speaks_for(store_of({victim, claims.root()}, list), victim));
}

TEST(AuthorityTest, OneKeyUnderTwoNamesIsOneCsca) {
  const Csca before("C=VN,CN=Ministry A", 1, 11), after("C=VN,CN=Ministry B", 1, 12);
  EXPECT_TRUE(speaks_for(store_of({before.root(), after.root()}, after.list()), before.root()));
}

TEST(AuthorityTest, ALinkJoinsTwoNamesWheneverItComes) {
  const Csca a("C=VN,CN=Ministry A", 1), b("C=VN,CN=Ministry B", 2), c("C=VN,CN=Ministry C", 3);
  EXPECT_FALSE(speaks_for(store_of({a.root(), c.root()}, c.list()), a.root()));
  // The middle root is not there: its link stands for it.
  for (const auto& order : {std::vector{a.root(), a.link_to(b), b.link_to(c), c.root()},
                            std::vector{b.link_to(c), a.link_to(b), c.root(), a.root()}}) {
    EXPECT_TRUE(speaks_for(store_of(order, c.list()), a.root()));
  }
}

TEST(AuthorityTest, ALinkThatNobodyHereHasSignedJoinsNothing) {
  const auto anchors = [](const char* first, const Bytes& link) {
    trust::Authorities authorities;
    const auto add = [&](const Bytes& der) { return authorities.add(crypto::openssl::parse_certificate(der).get()); };
    const std::size_t one = add(synth(first)), two = add(synth("csca2_bp384_explicit.cer"));
    authorities.add_link(crypto::openssl::parse_certificate(link).get());
    return authorities.same(one, two);
  };
  const Bytes link = synth("csca_link_1_to_2.cer");
  EXPECT_TRUE(anchors("csca1_p384.cer", link));
  EXPECT_FALSE(anchors("csca1_rogue_same_name.cer", link));  // the issuer's name, another key
  Bytes forged = link;
  forged.back() ^= 0x01;
  EXPECT_FALSE(anchors("csca1_p384.cer", forged));
}

TEST(AuthorityTest, AFileOfOurOwnTakesALinkBehindItsRoot) {
  trust::TrustStore store;
  EXPECT_THROW(store.add_anchor(synth("csca_link_1_to_2.cer"), "it"), base::Error);
  store.add_anchor(synth("csca2_bp384_explicit.cer"), "it");
  EXPECT_THROW(store.add_anchor(synth("csca_link_1_to_2.cer"), "it"), base::Error);
  store.add_anchor(synth("csca1_p384.cer"), "it");
  store.add_anchor(synth("csca_link_1_to_2.cer"), "it");
  EXPECT_EQ(store.size(), 2U);
  store.add_crl(synth("crl_csca1.crl"), "it");
  const auto& anchors = store.state().anchors;
  EXPECT_TRUE(trust::ask_revocation(store.state(), anchors[0], Bytes{0x20, 0x06}, kNow).revoked);
}

}  // namespace
