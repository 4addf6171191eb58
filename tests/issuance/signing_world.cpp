#include "tests/issuance/signing_world.h"
#include "tests/issuance/attested.h"

#include <nlohmann/json.hpp>

#include "issuance/signing/content_checks.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/statement.h"
#include "pki/x509/issue/issue.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/document/validity.h"
#include "smartcard/lds/lds.h"

namespace signing_test {

namespace {

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T03:00:00Z");
constexpr const char* kCase = "2026-000001";

base::Bytes certificate_of(std::variant<x509::issue::LintedCertificate, base::Findings> linted,
                           const keystore::SigningKey& issuer) {
  auto* const permit = std::get_if<x509::issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "the shipped profile passes its own lint");
  return x509::issue::sign(std::move(*permit), issuer);
}

document::Person person() {
  return {.number = *document::CitizenNumber::parse("001190012345"),
          .full_name = "Nguyễn Thị Mẫu",
          .birth = base::make_date(1990, 5, 17),
          .sex = document::Sex::Female,
          .nationality = "Việt Nam",
          .ethnicity = "Kinh",
          .religion = "Không",
          .place_of_origin = "Ba Đình, Hà Nội",
          .place_of_birth = "Ba Đình, Hà Nội",
          .residence = "Số 1, phố Mẫu, Ba Đình, Hà Nội",
          .father = "Nguyễn Văn Cha",
          .mother = "Trần Thị Mẹ",
          .spouse = "",
          .old_id = "012345678",
          .cancelled_number = ""};
}

signing::TrustEntry entry(signing::TrustKind kind, const keystore::SigningKey& key, std::string who = {},
                          std::string account = {}) {
  return {.kind = kind,
          .key_id = evidence::key_id(key.public_key_named()),
          .public_key = key.public_key_named(),
          .person = std::move(who),
          .account = std::move(account),
          .subject = "",
          .added_at = kNow};
}

base::Bytes public_half(const crypto::openssl::PkeyPtr& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  base::Bytes spki(der, der + size);
  OPENSSL_free(der);
  return spki;
}

db::Connection make_store(const signing::Home& home, const base::Clock& clock) {
  std::filesystem::create_directories(home.log_folder());
  std::filesystem::create_directories(home.trust().parent_path());
  db::Connection store = db::Connection::open(home.database(), db::Mode::Create);
  store.migrate(signing::Ledger::migrations(), clock);
  return store;
}

}  // namespace

Key new_key(std::uint64_t seed) {
  base::SeededRandom random(seed);
  return keystore::generate(keystore::Curve::P256, random);
}

base::Bytes certificate_for(const keystore::SigningKey& document_signer_key, base::Moment now) {
  using namespace x509::issue;
  base::SeededRandom random(99);
  const Profile& profile = shipped_profile();
  const int years = profile.card_validity.longest_years();
  const auto csca_key = keystore::generate(keystore::Curve::BrainpoolP512r1, random);
  const base::Moment made_at = now - std::chrono::hours{24};
  const auto csca_body = csca_draft(profile, csca_key->public_key_explicit(), random_serial(random), made_at, years);
  const base::Bytes csca =
      certificate_of(x509::issue::lint(csca_body, {.csca = nullptr, .now = made_at, .profile = profile}), *csca_key);
  const auto parsed = x509::format::parse_certificate(csca);
  const auto body =
      signer_draft(profile, parsed, document_signer_key.public_key_explicit(), random_serial(random), made_at, years);
  return certificate_of(x509::issue::lint(body, {.csca = &parsed, .now = made_at, .profile = profile}), *csca_key);
}

const sod::issue::DocumentSigner& document_signer() {
  static const auto made = [] {
    base::SeededRandom random(98);
    auto key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
    base::Bytes certificate = certificate_for(*key, kNow);
    return std::make_unique<sod::issue::DocumentSigner>(std::move(key), std::move(certificate));
  }();
  return *made;
}

base::Bytes rsa_public_key(int bits) {
  return public_half(crypto::openssl::PkeyPtr(EVP_RSA_gen(static_cast<unsigned>(bits))));
}

base::Bytes ec_public_key(const char* curve) {
  return public_half(crypto::openssl::PkeyPtr(EVP_EC_gen(curve)));
}

lds::SecurityInfos security_infos_of(base::Bytes ca_public_key) {
  return {.pace = {lds::kCccdPace},
          .pace_parameters = {},
          .chip_authentication = {{.key_id = 1}},
          .chip_keys = {{.public_key = std::move(ca_public_key), .key_id = 1}},
          .terminal_authentication = {{}},
          .active_authentication = {},
          .others = {}};
}

base::Bytes kdd_of(const std::string& serial) {
  return base::concat({base::hex("564E"), base::hex(serial)});
}

World::World(std::size_t master_key_octets)
    : clock(kNow),
      home{folder.path() / "signer"},
      registry(new_key(1)),
      station(new_key(2)),
      an(new_key(3)),
      binh(new_key(4)),
      chi(new_key(5)),
      duc(new_key(6)),
      rogue(new_key(8)),
      log_key(new_key(9)),
      master(base::Secret::copy_of(
          base::ByteView(base::hex("404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F"))
              .first(master_key_octets))),
      store(make_store(home, clock)),
      log(std::make_unique<evidence::Log>(evidence::Log::open(home.log_folder(), *log_key, clock))) {
  using signing::TrustKind;
  signing::write_trust(home.trust(),
                       {entry(TrustKind::Officer, *an, "P-1", "an"), entry(TrustKind::Officer, *binh, "P-2", "binh"),
                        entry(TrustKind::Officer, *chi, "P-3", "chi"), entry(TrustKind::Officer, *duc, "P-1", "duc"),
                        entry(TrustKind::Registry, *registry), entry(TrustKind::Station, *station)});
  trust = std::make_unique<signing::TrustFile>(home.trust());
  db::Transaction change(store);
  stock::Book(store).add({{kSerial, "B1"}, {kOtherSerial, "B1"}}, kNow);
  change.commit();
  static const base::Bytes aa_key = rsa_public_key();
  dg14 = lds::encode_dg14(security_infos_of(ec_public_key()));
  dg15 = lds::encode_dg15(aa_key);
}

void World::take_another_chip() {
  dg14 = lds::encode_dg14(security_infos_of(ec_public_key()));
  dg15 = lds::encode_dg15(rsa_public_key());
}

signing::Signer World::signer() {
  return signer_with(document_signer());
}

signing::Signer World::signer_with(const sod::issue::DocumentSigner& other) {
  return signer_of({{other}});
}

signing::Signer World::signer_of(std::vector<signing::OfferedSigner> offered) {
  return signing::Signer({.store = store,
                          .log = *log,
                          .trust = *trust,
                          .document_signers = std::move(offered),
                          .master_key = master,
                          .clock = clock,
                          .random = random,
                          .settings = settings});
}

signing::Signer World::signer_without_rule(std::string_view code) {
  rules_ = approval::rules_without(code);
  return signing::Signer({.store = store,
                          .log = *log,
                          .trust = *trust,
                          .document_signers = {{document_signer()}},
                          .master_key = master,
                          .clock = clock,
                          .random = random,
                          .settings = settings,
                          .approval_rules = rules_});
}

document::RegistryAnswer World::answer() const {
  return {.number = person().number.text(),
          .case_id = kCase,
          .purpose = "issuance",
          .at = clock.now() - std::chrono::hours{1},
          .nonce = "AAAAAAAAAAAAAAAAAAAAAA",
          .status = "found",
          .person = person(),
          .citizen = true,
          .alive = true,
          .cards = {},
          .open_case = "",
          .attestations = attested::enough()};
}

std::string World::sign_answer(const document::RegistryAnswer& answer) const {
  return evidence::sign_statement("answer", document::to_json(answer), *registry);
}

document::CardOrder World::order(const std::string& answer_jws) const {
  return {.case_id = kCase,
          .nonce = "BBBBBBBBBBBBBBBBBBBBBA",
          .person = person(),
          .marks = "Nốt ruồi cách 1 cm trên đuôi mắt trái",
          .reason = "EX-AGE",
          .form = "adult-2024",
          .replaces = "",
          .expiry = document::card_expiry(person().birth, clock.today()),
          .portrait_sha256 = evidence::sha256_text("portrait"),
          .dg2_sha256 = evidence::sha256_text("DG2"),
          .dg3_sha256 = evidence::sha256_text("DG3"),
          .registry_answer_sha256 = evidence::sha256_text(answer_jws),
          .rule_set = "2026.11",
          .receiver_account = "chi",
          .made_at = clock.now() - std::chrono::minutes{30},
          .expires_at = clock.now() + std::chrono::hours{48}};
}

std::string World::sign_order(const document::CardOrder& order) const {
  return evidence::sign_statement("order", document::to_json(order), *station);
}

std::string World::approve(const document::CardOrder& order, const std::string& account,
                           const keystore::SigningKey& key) {
  return approval::sign(approval::make_approval(order, account, clock.now(), random), key);
}

World::Case World::case_of(const document::CardOrder& order, const std::string& answer_jws) {
  return {order, {sign_order(order), answer_jws, {approve(order, "an", *an), approve(order, "binh", *binh)}}};
}

World::Case World::good_case() {
  return good_case_about(answer());
}

World::Case World::good_case_about(const document::RegistryAnswer& about) {
  const std::string answer_jws = sign_answer(about);
  return case_of(order(answer_jws), answer_jws);
}

signing::SignRequest World::sign_request(const Case& c, const std::string& assignment, const std::string& serial) {
  const auto& p = c.order.person;
  const auto mrz = document::build_mrz(p.number, p.full_name, p.birth, p.sex, c.order.expiry);
  return {.assignment = assignment,
          .evidence = c.evidence,
          .dg1 = lds::encode_dg1(mrz.text()),
          .dg13 = document::encode_dg13(document::dg13_of(c.order, clock.today(), serial)),
          .dg15 = dg15,
          .dg14 = dg14,
          .dg2_sha256 = crypto::openssl::sha256(base::view_of("DG2")),
          .dg3_sha256 = c.order.dg3_sha256.empty() ? base::Bytes{} : crypto::openssl::sha256(base::view_of("DG3"))};
}

std::vector<std::string> World::logged_events() const {
  std::vector<std::string> events;
  evidence::each_entry(home.log_folder(),
                       [&](const nlohmann::json& entry) { events.push_back(entry.at("event").get<std::string>()); });
  return events;
}

}  // namespace signing_test
