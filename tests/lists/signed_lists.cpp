#include "tests/lists/signed_lists.h"

#include "pki/base/core/error.h"

namespace test {

namespace {

using namespace x509;

base::Bytes issue_it(const format::Body& draft, const issue::LintContext& context, const keystore::SigningKey& key) {
  auto linted = issue::lint(draft, context);
  auto* const permit = std::get_if<issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "the test authority keeps its profile");
  return issue::sign(std::move(*permit), key);
}

issue::Profile profile_with_lists() {
  issue::Profile profile = issue::shipped_profile();
  profile.csca_subject = *format::name_from_text("C=VN,CN=Test CSCA");
  if (!profile.master_list_signer) {
    profile.master_list_signer = {*format::name_from_text("C=VN,CN=Test list signer"), 12, 24};
  }
  return profile;
}

}  // namespace

base::Bytes make_root(const keystore::SigningKey& key, base::Moment now, base::Bytes serial, const char* name) {
  issue::Profile profile = profile_with_lists();
  profile.csca_subject = *format::name_from_text(name);
  const int years = profile.card_validity.longest_years();
  return issue_it(issue::csca_draft(profile, key.public_key_explicit(), std::move(serial), now, years),
                  {.csca = nullptr, .now = now, .profile = profile}, key);
}

base::Bytes make_link(const base::Bytes& from, const keystore::SigningKey& key, const base::Bytes& to, base::Moment now,
                      base::Bytes serial) {
  const issue::Profile profile = profile_with_lists();
  const auto before = format::parse_certificate(from), after = format::parse_certificate(to);
  return issue_it(issue::link_draft(before, after, std::move(serial), now),
                  {.csca = &before, .now = now, .profile = profile, .kind = issue::Kind::CscaLink}, key);
}

ListAuthority make_list_authority(base::Moment now, std::uint64_t seed) {
  base::SeededRandom random(seed);
  const issue::Profile profile = profile_with_lists();
  ListAuthority made;
  made.csca_key = keystore::generate(keystore::Curve::BrainpoolP256r1, random);
  made.signer_key = keystore::generate(keystore::Curve::P256, random);
  made.csca = make_root(*made.csca_key, now, issue::random_serial(random));
  const auto csca = format::parse_certificate(made.csca);
  made.signer =
      issue_it(issue::master_list_signer_draft(profile, csca, made.signer_key->public_key_explicit(),
                                               issue::random_serial(random), now),
               {.csca = &csca, .now = now, .profile = profile, .kind = issue::Kind::MasterListSigner}, *made.csca_key);
  return made;
}

}  // namespace test
