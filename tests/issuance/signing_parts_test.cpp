// The signer's files and small parts: card keys, master key, trust file, settings, stock list and book, approval form.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "issuance/signing/card_keys.h"
#include "issuance/signing/master_key.h"
#include "issuance/stock/list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/password_seal.h"
#include "pki/evidence/statement.h"
#include "tests/issuance/signing_world.h"
#include "tests/support/vectors.h"

namespace {

using namespace signing_test;
using testing::ElementsAre;
using testing::HasSubstr;

// What was seen, as the Error says; "nothing" when the step did not throw.
template <class Step>
std::string seen(Step step) {
  try {
    step();
  } catch (const base::Error& error) {
    return error.what();
  }
  return "nothing";
}

std::filesystem::path write(const test::Folder& folder, const std::string& name, std::string_view content) {
  base::write_text_file(folder / name, content, "writing a test's file", base::Access::OwnerOnly);
  return folder / name;
}

// --- card keys ----------------------------------------------------------------------------------------------------

TEST(SigningCardKeys, AreThoseOfGlobalPlatformTools) {
  int tried = 0;
  const auto file = vectors::load("scp03.json");
  for (const auto& vector : file.at("diversification").at("cases")) {
    if (!vector.at("name").get<std::string>().starts_with("KDF3")) continue;
    ++tried;
    const keystore::MemoryMacKey master{base::Secret(vectors::hex(vector.at("master")))};
    const auto keys = signing::derive_card_keys(master, vectors::hex(vector.at("KDD")));
    EXPECT_EQ(base::to_hex(keys.enc.reveal()), vector.at("enc"));
    EXPECT_EQ(base::to_hex(keys.mac.reveal()), vector.at("mac"));
    EXPECT_EQ(base::to_hex(keys.dek.reveal()), vector.at("dek"));
  }
  EXPECT_EQ(tried, 3);
  const auto& external = file.at("diversification").at("external");
  const keystore::MemoryMacKey master{base::Secret(vectors::hex(external.at("master")))};
  const auto keys = signing::derive_card_keys(master, vectors::hex(external.at("KDD")));
  EXPECT_EQ(base::to_hex(keys.enc.reveal()), external.at("enc"));
}

// --- the master key at rest ---------------------------------------------------------------------------------------

class SigningMasterKey : public testing::Test {
 protected:
  SigningMasterKey() { signing::make_master_key(file_, signing::kUsualMasterKeyBytes, password_, random_); }
  void change(const char* field, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(base::read_text_file(file_, "reading a test's file"));
    json[field] = value;
    write(folder_, "master.json", json.dump());
  }
  std::string opening(std::string_view password = "correct horse") {
    return seen([&] { signing::load_master_key(file_, base::Secret::copy_of(base::view_of(password))); });
  }
  test::Folder folder_;
  std::filesystem::path file_ = folder_ / "master.json";
  base::SeededRandom random_{3};
  base::Secret password_ = base::Secret::copy_of(base::view_of("correct horse"));
};

TEST_F(SigningMasterKey, OpensWithItsPasswordAndOnlyForItsOwner) {
  EXPECT_EQ(signing::load_master_key(file_, password_).size(), 16U);
  EXPECT_EQ(std::filesystem::status(file_).permissions() & std::filesystem::perms::all, std::filesystem::perms(0600));
  std::filesystem::permissions(file_, std::filesystem::perms(0640));
  EXPECT_THAT(opening(), HasSubstr("chmod 0600"));
}

TEST_F(SigningMasterKey, RefusesAnotherPasswordAndEveryChange) {
  EXPECT_THAT(opening("wrong"), HasSubstr("password does not open it"));
  for (const char* field : {"salt", "nonce", "ciphertext", "tag"}) {
    const auto before = base::read_text_file(file_, "reading a test's file");
    const auto json = nlohmann::json::parse(before);
    auto octets = *base::parse_base64url(json.at(field).get<std::string>());
    octets[0] ^= 1;
    change(field, base::to_base64url(octets));
    EXPECT_THAT(opening(), HasSubstr("password does not open it")) << field;
    change(field, 7);
    EXPECT_THAT(opening(), HasSubstr("missing or damaged")) << field;
    write(folder_, "master.json", before);
  }
  change("rounds", 1000);  // a seal that somebody made cheap to guess
  EXPECT_THAT(opening(), HasSubstr("password does not open it"));
  change("format", "another");
  EXPECT_THAT(opening(), HasSubstr("no sealed key of this program"));
  write(folder_, "master.json", "not JSON");
  EXPECT_THAT(opening(), HasSubstr("no sealed key of this program"));
}

TEST_F(SigningMasterKey, HasTheLengthThatItWasMadeWith) {
  for (const std::size_t octets : {24U, 32U}) {
    const auto file = folder_ / fmt::format("master-{}.json", octets);
    signing::make_master_key(file, octets, password_, random_);
    EXPECT_EQ(signing::load_master_key(file, password_).size(), octets);
  }
}

// The seal of the time when a master key had 16 octets and no other number.
TEST_F(SigningMasterKey, OfAnOlderProgramIsRead) {
  const auto sealed = crypto::openssl::seal(base::Secret(base::Bytes(16, 0x4B)), password_,
                                            "cccd-signer card-management master key AES-128", random_);
  change("salt", base::to_base64url(sealed.salt));
  change("nonce", base::to_base64url(sealed.nonce));
  change("ciphertext", base::to_base64url(sealed.ciphertext));
  change("tag", base::to_base64url(sealed.tag));
  EXPECT_EQ(signing::load_master_key(file_, password_).reveal()[15], 0x4B);
}

TEST_F(SigningMasterKey, OfAnotherLengthIsRefusedInOneSentence) {
  for (const std::size_t octets : {0U, 15U, 20U, 33U, 64U}) {
    change("ciphertext", base::to_base64url(base::Bytes(octets, 0x4B)));
    EXPECT_THAT(opening(), HasSubstr(fmt::format("a key of {} octets is sealed in it, and a card-management master key "
                                                 "has 16, 24 or 32",
                                                 octets)));
  }
}

// Cut to a length that a key may have, it is another kind of key, whose seal is another.
TEST_F(SigningMasterKey, CannotBeShortened) {
  std::filesystem::remove(file_);
  signing::make_master_key(file_, 32, password_, random_);
  const auto json = nlohmann::json::parse(base::read_text_file(file_, "reading a test's file"));
  auto octets = *base::parse_base64url(json.at("ciphertext").get<std::string>());
  octets.resize(16);
  change("ciphertext", base::to_base64url(octets));
  EXPECT_THAT(opening(), HasSubstr("password does not open it"));
}

TEST_F(SigningMasterKey, IsNotOverwritten) {
  EXPECT_THAT(seen([&] { signing::make_master_key(file_, 16, password_, random_); }), HasSubstr("is already there"));
}

TEST_F(SigningMasterKey, ASealOpensForItsPurposeOnly) {
  const auto sealed = crypto::openssl::seal(password_, password_, "one purpose", random_);
  EXPECT_TRUE(crypto::openssl::open_seal(sealed, password_, "one purpose"));
  EXPECT_FALSE(crypto::openssl::open_seal(sealed, password_, "another purpose"));
}

// --- the trust file -----------------------------------------------------------------------------------------------

class SigningTrust : public testing::Test {
 protected:
  signing::TrustEntry officer(std::uint64_t seed, const std::string& person, const std::string& account) {
    const auto key = new_key(seed);
    return {.kind = signing::TrustKind::Officer,
            .key_id = evidence::key_id(key->public_key_named()),
            .public_key = key->public_key_named(),
            .person = person,
            .account = account,
            .subject = "CN=Nguyễn \"Văn\" \\ A\nB",
            .added_at = *base::parse_rfc3339("2026-11-23T03:00:00Z")};
  }
  std::string adding(const signing::TrustEntry& first, const signing::TrustEntry& second) {
    std::vector<signing::TrustEntry> entries{first};
    return seen([&] { signing::add_entry(entries, second, "here"); });
  }
  test::Folder folder_;
  std::filesystem::path file_ = folder_ / "trust.toml";
};

TEST_F(SigningTrust, ReadsWhatItWrote) {
  auto station = officer(2, "", "");
  station.kind = signing::TrustKind::Station;
  signing::write_trust(file_, {officer(1, "P-1", "an"), station});
  const auto entries = signing::read_trust(file_);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].person, "P-1");
  EXPECT_EQ(entries[0].account, "an");
  EXPECT_EQ(entries[0].subject, "CN=Nguyễn \"Văn\" \\ A\nB");
  EXPECT_EQ(entries[0].public_key, officer(1, "P-1", "an").public_key);
  EXPECT_EQ(entries[1].kind, signing::TrustKind::Station);
}

TEST_F(SigningTrust, OneKeyHasOneMeaningAndOneAccountOneKey) {
  EXPECT_EQ(adding(officer(1, "P-1", "an"), officer(2, "P-1", "an2")), "nothing");
  EXPECT_THAT(adding(officer(1, "P-1", "an"), officer(1, "P-2", "binh")), HasSubstr("a key has one meaning"));
  EXPECT_THAT(adding(officer(1, "P-1", "an"), officer(2, "P-2", "An")), HasSubstr("has a key already"));
  auto station = officer(1, "", "");
  station.kind = signing::TrustKind::Station;
  EXPECT_THAT(adding(officer(1, "P-1", "an"), station), HasSubstr("a key has one meaning"));
}

TEST_F(SigningTrust, OnePersonIsWrittenOneWay) {
  EXPECT_THAT(adding(officer(1, "P-1", "an"), officer(2, "p-1", "duc")), HasSubstr("differ in case only"));
  for (const char* odd : {"", "P 1", "P-1\n", "Р-1"}) {  // the last one's first letter is Cyrillic
    EXPECT_THAT(adding(officer(1, "P-9", "an"), officer(2, odd, "duc")), HasSubstr("1 to 64 letters")) << odd;
  }
  for (const auto& [person, account] : {std::pair{"001090000000", "duc"}, {"P-2", "001090000000"}}) {
    EXPECT_THAT(adding(officer(1, "P-9", "an"), officer(2, person, account)), HasSubstr("never a citizen number"));
  }
}

TEST_F(SigningTrust, RefusesAFileThatSomebodyWroteByHandWrongly) {
  const auto reading = [&](const std::string& content) {
    return seen([&] { signing::read_trust(write(folder_, "trust.toml", content)); });
  };
  EXPECT_THAT(reading("[[officer]\n"), HasSubstr("trust.toml:1:"));
  EXPECT_THAT(reading("\n[[boss]]\nkey = 'x'\n"), HasSubstr("'boss' is no key of this file"));
  EXPECT_THAT(reading("station = 3\n"), HasSubstr("trust.toml:1: write entries as [[station]]"));
  signing::write_trust(file_, {officer(1, "P-1", "an")});
  const auto good = base::read_text_file(file_, "reading a test's file");
  const auto at = good.find("key = '") + 7;
  EXPECT_THAT(reading(std::string(good).replace(at, 1, good[at] == 'A' ? "B" : "A")), HasSubstr("is not the id of"));
  EXPECT_THAT(reading(good + "role = 'chief'\n"), HasSubstr("'role' is no key of this file"));
  EXPECT_THAT(reading(std::string(good).replace(good.find("added = '"), 13, "added = 'x202")), HasSubstr("is no time"));
}

TEST_F(SigningTrust, TakesAKeyFromACertificateAndRefusesOtherCurves) {
  const auto key_file = folder_ / "key";
  const auto now = *base::parse_rfc3339("2026-11-23T03:00:00Z");
  const auto enter = [&](base::ByteView content) {
    base::write_file(key_file, content, "writing a test's file");
    return signing::entry_from_file(signing::TrustKind::Officer, key_file, now);
  };
  const base::Bytes p256 = new_key(1)->public_key_named();
  EXPECT_EQ(enter(p256).public_key, p256);
  EXPECT_EQ(enter(vectors::load_binary("synth/ds1_p256.cer")).subject.substr(0, 3), "CN=");
  for (const base::Bytes& bad :
       {base::Bytes{}, base::bytes_of("hello"), document_signer().certificate(), rsa_public_key(),
        new_key(1)->public_key_explicit(), base::concat({p256, base::hex("00")})}) {
    EXPECT_THAT(seen([&] { enter(bad); }), HasSubstr("holds no P-256 public key"));
  }
}

TEST_F(SigningTrust, ReadsPemAsWellAsDer) {
  constexpr std::string_view kPem =  // openssl ecparam -name prime256v1 -genkey | openssl ec -pubout
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0Y4n0lUjmoaEAdBtuUmjlYodg58R\n"
      "pUlnUkv2q2VDKuqq3bpUEDLSFWE1Xu5AmdYlNwgDPtCWSGJbQp68QDjxnQ==\n"
      "-----END PUBLIC KEY-----\n";
  const auto key = crypto::openssl::read_public_key(base::view_of(kPem));
  ASSERT_TRUE(key);
  EXPECT_TRUE(crypto::openssl::is_statement_key(key->public_key));
  EXPECT_FALSE(crypto::openssl::certificate_der(base::view_of(kPem)));
}

TEST_F(SigningTrust, RefusesASecondEncodingOfAKeyWhichWouldGetASecondId) {
  const base::Bytes whole = new_key(1)->public_key_named();
  constexpr std::size_t kPoint = 26;  // 30 59 30 13 … 03 42 00, then 04 ‖ x ‖ y
  ASSERT_EQ(whole.size(), kPoint + 65);
  const base::ByteView algorithm = base::ByteView(whole).subspan(2, 21),
                       x = base::ByteView(whole).subspan(kPoint + 1, 32);
  const base::Bytes sign{static_cast<std::uint8_t>(2 + (whole.back() & 1))};
  const base::Bytes compressed = base::concat({base::hex("3039"), algorithm, base::hex("032200"), sign, x});
  const base::Bytes long_length = base::concat({base::hex("308159"), base::ByteView(whole).subspan(2)});
  for (const base::Bytes& other : {compressed, long_length}) {
    EXPECT_TRUE(crypto::openssl::read_public_key(other));
    EXPECT_FALSE(crypto::openssl::is_statement_key(other));
  }
  EXPECT_TRUE(crypto::openssl::is_statement_key(whole));
}

// --- settings -----------------------------------------------------------------------------------------------------

TEST(SigningSettings, ReadsWhatItWroteAndNamesTheLineOfAMistake) {
  const test::Folder folder;
  signing::write_settings(folder / "signer.toml", {.daily_limit = 17});
  EXPECT_EQ(signing::read_settings(folder / "signer.toml").daily_limit, 17);
  EXPECT_EQ(signing::read_settings(folder / "signer.toml").extract_max_age.count(), 0) << "no extract signs at first";
  const auto reading = [&](const std::string& content) {
    return seen([&] { signing::read_settings(write(folder, "signer.toml", content)); });
  };
  const std::string good =
      "answer_max_age_hours = 72\nclock_skew_minutes = 5\nrequest_seconds = 10\nextract_max_age_hours = 0\n";
  EXPECT_EQ(reading(good + "daily_limit = 5\n"), "nothing");
  EXPECT_FALSE(signing::read_settings(folder / "signer.toml").allow_chips_without_ca) << "not said: demanded";
  EXPECT_EQ(reading(good + "daily_limit = 5\nallow_chips_without_ca = true\n"), "nothing");
  EXPECT_TRUE(signing::read_settings(folder / "signer.toml").allow_chips_without_ca);
  EXPECT_THAT(reading(good + "daily_limit = 5\nallow_chips_without_ca = 1\n"), HasSubstr("signer.toml:6: 'allow_"));
  EXPECT_THAT(reading(good), HasSubstr("'daily_limit' is missing"));
  EXPECT_THAT(reading(good + "daily_limit = -1\n"), HasSubstr("signer.toml:5: 'daily_limit' has to be"));
  EXPECT_THAT(reading(good + "daily_limit = '5'\n"), HasSubstr("signer.toml:5: 'daily_limit' has to be"));
  EXPECT_THAT(reading(good + "daily_limit = 5\nevery_limit = 5\n"), HasSubstr("signer.toml:6: 'every_limit'"));
}

// --- stock --------------------------------------------------------------------------------------------------------

TEST(SigningStock, ReadsSerialsCommentsAndBatches) {
  const auto blanks =
      stock::parse_list("# from the maker\r\n\r\n 0102030405060708 \nabcdef0123456789, B-7/2026\n", "x");
  EXPECT_THAT(blanks, ElementsAre(stock::Blank{"0102030405060708", ""}, stock::Blank{"ABCDEF0123456789", "B-7/2026"}));
}

TEST(SigningStock, NamesTheLinesOfMistakesAndDuplicates) {
  const auto reading = [](const char* text) { return seen([&] { stock::parse_list(text, "blanks.txt"); }); };
  EXPECT_THAT(reading("0102030405060708\n\n0102030405060708\n"),
              HasSubstr("blanks.txt:3: the serial 0102030405060708 stands in line 1 already"));
  EXPECT_THAT(reading("abcdef0123456789\nABCDEF0123456789\n"), HasSubstr("blanks.txt:2:"));
  for (const char* bad : {"01", "010203040506070G", "01020304050607080", "0102030405060708;B", ",B"}) {
    EXPECT_THAT(reading(bad), HasSubstr("blanks.txt:1: a chip serial is 16 hexadecimal digits")) << bad;
  }
  EXPECT_THAT(reading("0102030405060708,B\x01"), HasSubstr("blanks.txt:1: a batch is"));
}

TEST(SigningStock, AChipIsEnteredOnceAndWrittenOffForGood) {
  World world;
  stock::Book book(world.store);
  EXPECT_THAT(seen([&] {
                db::Transaction change(world.store);
                book.add({{"00000000000000AA", ""}, {kSerial, ""}}, world.clock.now());
                change.commit();
              }),
              HasSubstr("is in the stock already; nothing of this list was entered"));
  EXPECT_FALSE(book.find("00000000000000AA"));
  EXPECT_TRUE(book.mark_assigned(kSerial));
  EXPECT_FALSE(book.mark_assigned(kSerial));
  EXPECT_TRUE(book.mark_spoiled(kSerial, "2026-000001"));
  EXPECT_FALSE(book.mark_spoiled(kSerial, "2026-000001"));
  EXPECT_FALSE(book.mark_assigned(kSerial));
  EXPECT_EQ(book.find(kSerial)->spoiled_for, "2026-000001");
  EXPECT_EQ(book.count(stock::State::Blank), 1);
  EXPECT_EQ(book.list().size(), 2U);
}

// --- the approval's form ------------------------------------------------------------------------------------------

TEST(SigningApproval, ReadsBackWhatItWroteAndNothingElse) {
  World world;
  const auto c = world.good_case();
  const auto approval = approval::make_approval(c.order, "an", world.clock.now(), world.random);
  EXPECT_EQ(approval.expires_at, c.order.expires_at);
  const auto json = approval::to_json(approval);
  EXPECT_EQ(approval::approval_from_json(json), approval);
  for (const auto& [field, value] : json.items()) {
    auto without = json;
    without.erase(field);
    EXPECT_FALSE(approval::approval_from_json(without)) << field;
    without["extra"] = value;
    EXPECT_FALSE(approval::approval_from_json(without)) << field;
    for (const nlohmann::json& bad : {nlohmann::json(1), nlohmann::json(""), nlohmann::json(nullptr)}) {
      auto changed = json;
      changed[field] = bad;
      EXPECT_FALSE(approval::approval_from_json(changed)) << field;
    }
  }
  EXPECT_FALSE(approval::approval_from_json(nlohmann::json::array()));
}

TEST(SigningApproval, TheOrdersHashHangsOnEveryField) {
  World world;
  const auto order = world.good_case().order;
  const auto json = document::to_json(order);
  auto changed = order;
  changed.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  EXPECT_NE(approval::order_sha256(changed), approval::order_sha256(order));
  changed = order;
  changed.expiry.reset();
  EXPECT_NE(approval::order_sha256(changed), approval::order_sha256(order));
  EXPECT_EQ(approval::order_sha256(order), evidence::sha256_text(evidence::canonical(json)));
}

}  // namespace
