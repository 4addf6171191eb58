// An extract of the register on its way to a station: what was written is read, and whatever happens to the file on the
// way is found.

#include "issuance/extract/extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"
#include "tests/issuance/sample.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

document::RegistryAnswer about(const std::string& digits) {
  auto answer = sample::answer("2026-000042");
  answer.number = digits;
  answer.person->number = *document::CitizenNumber::parse(digits);
  return answer;
}

class Extract : public testing::Test {
 protected:
  static constexpr const char* kNumbers[] = {"001090000000", "001090000001", "001090000002"};

  extract::Header header() {
    return {.id = extract::new_id(sample::now(), random_),
            .at = sample::now(),
            .until = sample::now() + std::chrono::hours{72},
            .count = 0,
            .root = ""};
  }
  extract::Header write() {
    extract::Writer writer(file_, header(), *sample::registry().key);
    for (const char* const number : kNumbers) writer.add(about(number));
    return writer.finish();
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
  // The codes with which a text is refused; what was given on is in taken_.
  std::vector<std::string> refusal(const std::string& text) {
    taken_.clear();
    std::istringstream in(text);
    const base::Bytes key = sample::registry().public_key();
    auto header = extract::read_header(in, key);
    if (const auto* findings = std::get_if<base::Findings>(&header)) return findings->failing_codes();
    return extract::read_entries(in, std::get<extract::Header>(header), key,
                                 [&](const extract::Entry& entry) { taken_.push_back(entry.number); })
        .failing_codes();
  }
  std::string entry_of(const document::RegistryAnswer& answer) { return sample::registry().sign(answer); }

  test::Folder folder_;
  std::filesystem::path file_ = folder_ / "hanoi.extract";
  base::SeededRandom random_{3};
  std::vector<std::string> taken_;
};

TEST_F(Extract, GivesBackEveryEntryInOrder) {
  const extract::Header written = write();
  EXPECT_EQ(written.count, 3);
  std::ifstream in(file_);
  const base::Bytes key = sample::registry().public_key();
  EXPECT_EQ(std::get<extract::Header>(extract::read_header(in, key)), written);
  EXPECT_THAT(refusal(joined(lines())), IsEmpty());
  EXPECT_THAT(taken_, ElementsAre("001090000000", "001090000001", "001090000002"));
}

TEST_F(Extract, AnEntryBelongsToNoCaseAndTellsItsExtract) {
  const extract::Header written = write();
  const auto answer = extract::open_entry(lines()[2], sample::registry().public_key());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->case_id, "");
  EXPECT_EQ(answer->purpose, "issuance");
  EXPECT_EQ(answer->extract, written.id);
  EXPECT_EQ(answer->at, written.at);
  EXPECT_EQ(answer->person->number.text(), "001090000001");
  EXPECT_FALSE(extract::open_entry(entry_of(about("001090000001")), sample::registry().public_key()))
      << "a live answer is no entry";
}

TEST_F(Extract, ItsRootIsTheOneOfRfc6962OverTheLines) {
  const extract::Header written = write();
  std::vector<base::Bytes> leaves;
  for (const std::string& line : lines()) leaves.push_back(evidence::leaf_hash(base::view_of(line)));
  leaves.erase(leaves.begin());
  EXPECT_EQ(written.root, base::to_base64url(evidence::merkle_root(leaves)));
}

TEST_F(Extract, IsReadableByItsOwnerAloneAndLeavesNothingElseBehind) {
  write();
  struct stat info {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file_.parent_path()), {}), 1);
}

TEST_F(Extract, ReplacesNoFileAndAnUnfinishedOneIsGone) {
  {
    extract::Writer writer(file_, header(), *sample::registry().key);
    writer.add(about(kNumbers[0]));
  }
  EXPECT_TRUE(std::filesystem::is_empty(file_.parent_path()));
  write();
  const std::string before = base::read_text_file(file_, "reading");
  EXPECT_THROW(write(), base::Error);
  EXPECT_EQ(base::read_text_file(file_, "reading"), before);
}

TEST_F(Extract, ANumberMayBeUnknownOrCancelled) {
  extract::Writer writer(file_, header(), *sample::registry().key);
  auto unknown = about(kNumbers[0]);
  unknown.status = "not-found";
  unknown.person = std::nullopt;
  writer.add(unknown);
  writer.finish();
  EXPECT_THAT(refusal(joined(lines())), IsEmpty());
}

TEST_F(Extract, AnEmptyOneIsWhole) {
  extract::Writer writer(file_, header(), *sample::registry().key);
  EXPECT_EQ(writer.finish().count, 0);
  EXPECT_THAT(refusal(joined(lines())), IsEmpty());
}

// --- what happens on the way --------------------------------------------------------------------------------------

TEST_F(Extract, FindsEveryCutAndEveryChangedOctet) {
  write();
  const std::string whole = joined(lines());
  for (std::size_t end = 0; end + 1 < whole.size(); end += 97) {
    EXPECT_THAT(refusal(whole.substr(0, end)), testing::Not(IsEmpty())) << "cut at " << end;
  }
  for (std::size_t at = 0; at < whole.size(); at += 101) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    EXPECT_THAT(refusal(changed), testing::Not(IsEmpty())) << "changed at " << at;
  }
}

TEST_F(Extract, FindsAnEntryThatIsMissingDoubledMovedOrAdded) {
  write();
  const auto good = lines();
  EXPECT_THAT(refusal(joined({good[0], good[1], good[3]})), ElementsAre("EXTRACT_DAMAGED"));
  EXPECT_THAT(refusal(joined({good[0], good[1], good[1], good[3]})), ElementsAre("EXTRACT_DAMAGED"));
  EXPECT_THAT(refusal(joined({good[0], good[2], good[1], good[3]})), ElementsAre("EXTRACT_DAMAGED"));
  EXPECT_THAT(refusal(joined(good) + good[3] + "\n"), ElementsAre("EXTRACT_DAMAGED"));
  EXPECT_THAT(refusal(joined(good) + "\n"), ElementsAre("EXTRACT_NOT_TRUSTED"));
  EXPECT_THAT(refusal(joined(good) + std::string(3U << 20, 'A')), ElementsAre("EXTRACT_NOT_TRUSTED"));
}

TEST_F(Extract, FindsAnEntryOfAnotherExtract) {
  write();
  const auto first = lines();
  std::filesystem::remove(file_);
  write();
  const auto second = lines();
  EXPECT_THAT(refusal(joined({second[0], first[1], second[2], second[3]})), ElementsAre("EXTRACT_NOT_TRUSTED"));
}

TEST_F(Extract, FindsALiveAnswerInPlaceOfAnEntry) {
  write();
  auto good = lines();
  good[1] = entry_of(about(kNumbers[0]));
  EXPECT_THAT(refusal(joined(good)), ElementsAre("EXTRACT_NOT_TRUSTED"));
}

TEST_F(Extract, RefusesWhatAnotherKeySigned) {
  base::SeededRandom random(99);
  const auto rogue = keystore::generate(keystore::Curve::P256, random);
  extract::Writer writer(file_, header(), *rogue);
  writer.add(about(kNumbers[0]));
  writer.finish();
  EXPECT_THAT(refusal(joined(lines())), ElementsAre("EXTRACT_NOT_TRUSTED"));
}

TEST_F(Extract, RefusesAHeaderThatIsNotExactlyOne) {
  const nlohmann::json good = {
      {"id", "X-1"}, {"at", "2026-11-23T02:00:00Z"}, {"until", "2026-11-26T02:00:00Z"},
      {"count", 0},  {"purpose", "issuance"},        {"root", base::to_base64url(evidence::merkle_root({}))}};
  const auto sign = [](const nlohmann::json& payload, const char* type = "extract") {
    return evidence::sign_statement(type, payload, *sample::registry().key) + "\n";
  };
  EXPECT_THAT(refusal(sign(good)), IsEmpty());
  EXPECT_THAT(refusal(sign(good, "answer")), ElementsAre("EXTRACT_NOT_TRUSTED"));
  for (const auto& [name, value] : good.items()) {
    auto without = good;
    without.erase(name);
    EXPECT_THAT(refusal(sign(without)), ElementsAre("EXTRACT_NOT_TRUSTED")) << "without " << name;
    auto wrong = good;
    wrong[name] = true;
    EXPECT_THAT(refusal(sign(wrong)), ElementsAre("EXTRACT_NOT_TRUSTED")) << "wrong " << name;
  }
  auto more = good;
  more["vip"] = "yes";
  EXPECT_THAT(refusal(sign(more)), ElementsAre("EXTRACT_NOT_TRUSTED"));
  auto statistics = good;
  statistics["purpose"] = "statistics";
  EXPECT_THAT(refusal(sign(statistics)), ElementsAre("EXTRACT_NOT_TRUSTED"));
  for (const std::string id : {"", "../station", "X 1", "X\n"}) {
    auto named = good;
    named["id"] = id;
    EXPECT_THAT(refusal(sign(named)), ElementsAre("EXTRACT_NOT_TRUSTED")) << id;
  }
  auto negative = good;
  negative["count"] = -1;
  EXPECT_THAT(refusal(sign(negative)), ElementsAre("EXTRACT_NOT_TRUSTED"));
}

}  // namespace
