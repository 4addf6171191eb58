// The register writes an extract: who is in it, what is said about them, and that each of them was read.

#include "issuance/registry/extracts.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/log.h"
#include "tests/registry/people.h"

namespace {

using registry::CitizenNumber;
using testing::ElementsAre;
using testing::IsEmpty;

class Extracts : public test::RegistryTest {
 protected:
  Extracts() {
    for (const char* const digits : {"001090990002", "001090990001", "002090990001", "001190990001", "000090990001"}) {
      auto person = test::person(digits);
      person.old_id = "";
      if (digits[3] == '1') person.sex = document::Sex::Female;
      EXPECT_FALSE(add(person).failed());
    }
  }
  extract::Header write(registry::NumbersAfter numbers) {
    auto log = evidence::Log::open(folder / "log", *key_, clock);
    return registry::write_extract(
        {.file = file_, .reader = "operator", .counts = std::chrono::hours{24}, .numbers = std::move(numbers)}, store,
        log, *key_,
        [&](const std::vector<CitizenNumber>& page, const std::string& id) {
          EXPECT_FALSE(std::filesystem::exists(file_)) << "who reads is written down before anything can be read";
          for (const CitizenNumber& one : page) read_.push_back(one.text());
          id_ = id;
        },
        clock, random);
  }
  std::vector<std::string> told() const {
    std::ifstream in(file_);
    const base::Bytes key = key_->public_key_named();
    auto header = extract::read_header(in, key);
    std::vector<std::string> numbers;
    const auto findings = extract::read_entries(in, std::get<extract::Header>(header), key,
                                                [&](const extract::Entry& entry) { numbers.push_back(entry.number); });
    EXPECT_FALSE(findings.failed());
    return numbers;
  }
  std::vector<nlohmann::json> logged() const {
    std::vector<nlohmann::json> entries;
    evidence::each_entry(folder / "log", [&](const nlohmann::json& entry) { entries.push_back(entry); });
    return entries;
  }

  std::filesystem::path file_ = folder / "out.extract";
  std::unique_ptr<keystore::SigningKey> key_ = keystore::generate(keystore::Curve::P256, random);
  std::vector<std::string> read_;
  std::string id_;
};

TEST_F(Extracts, AProvinceIsEverybodyWhoseNumberBeginsWithIt) {
  const auto header = write(registry::numbers_of_province(store, "001"));
  EXPECT_EQ(header.count, 3);
  EXPECT_EQ(header.until - header.at, std::chrono::hours{24});
  EXPECT_THAT(told(), ElementsAre("001090990001", "001090990002", "001190990001"));
}

TEST_F(Extracts, TheFirstProvinceHasNobodyBeforeIt) {
  write(registry::numbers_of_province(store, "000"));
  EXPECT_THAT(told(), ElementsAre("000090990001"));
}

TEST_F(Extracts, AProvinceWithoutAnybodyIsAnEmptyExtract) {
  EXPECT_EQ(write(registry::numbers_of_province(store, "096")).count, 0);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Extracts, AListIsPutInOrderAndTellsWhoIsUnknownToo) {
  write(registry::numbers_listed({test::number("002090990001"), test::number("001090990001"),
                                  test::number("079090000009"), test::number("001090990001")}));
  EXPECT_THAT(told(), ElementsAre("001090990001", "002090990001", "079090000009"));
}

TEST_F(Extracts, EverybodyInItWasReadAndTheLogHasIntentAndOutcome) {
  const auto header = write(registry::numbers_of_province(store, "001"));
  EXPECT_THAT(read_, ElementsAre("001090990001", "001090990002", "001190990001"));
  const auto entries = logged();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].at("event"), "extract.writing");
  EXPECT_EQ(entries[0].at("data").at("extract"), id_);
  EXPECT_EQ(header.id, id_);
  EXPECT_EQ(entries[0].at("data").at("reader"), "operator");
  EXPECT_EQ(entries[1].at("event"), "extract.given");
  EXPECT_EQ(entries[1].at("data").at("root"), header.root);
  EXPECT_FALSE(evidence::verify_log(folder / "log", key_->public_key_named()).failed());
  for (const auto& entry : entries) EXPECT_THAT(entry.dump(), testing::Not(testing::HasSubstr("0909900")));
}

TEST_F(Extracts, ManyPagesAreOneExtract) {
  std::vector<CitizenNumber> numbers;
  for (int i = 0; i < 2003; ++i) numbers.push_back(test::number(std::to_string(100'000'000'000 + i)));
  const auto pages = registry::numbers_listed(numbers);
  std::vector<std::size_t> sizes;
  std::optional<CitizenNumber> last;
  for (auto page = pages(last); !page.empty(); page = pages(last)) {
    sizes.push_back(page.size());
    last = page.back();
  }
  EXPECT_THAT(sizes, ElementsAre(1000U, 1000U, 3U));
}

}  // namespace
