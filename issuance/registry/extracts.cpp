#include "issuance/registry/extracts.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr std::size_t kPage = 1000;

}  // namespace

NumbersAfter numbers_of_province(Store& store, const std::string& province) {
  const auto first = CitizenNumber::parse(province + "000000000");
  const auto last_of_all = CitizenNumber::parse(province + "999999999");
  base::ensure(first && last_of_all, "a province is three digits");
  return [&store, first, last_of_all](const std::optional<CitizenNumber>& last) {
    auto row = store.database().prepare(
        "SELECT number FROM persons WHERE number > CAST(?1 AS BIGINT) AND number <= CAST(?2 AS BIGINT) "
        "ORDER BY number LIMIT 1000");
    std::vector<CitizenNumber> page;
    // Before the first: the number one less, which may belong to another province and is not given.
    const std::string after = last ? last->text() : fmt::format("{:012}", std::max(0LL, std::stoll(first->text()) - 1));
    for (row.with(after, last_of_all->text()); row.step();) {
      const auto number = CitizenNumber::parse(fmt::format("{:012}", row.integer(0)));
      base::ensure(number.has_value(), "the register holds citizen numbers");
      page.push_back(*number);
    }
    return page;
  };
}

NumbersAfter numbers_listed(std::vector<CitizenNumber> numbers) {
  const auto by_text = [](const CitizenNumber& number) { return number.text(); };
  std::ranges::sort(numbers, {}, by_text);
  const auto is_same = [&](const CitizenNumber& a, const CitizenNumber& b) { return by_text(a) == by_text(b); };
  numbers.erase(std::unique(numbers.begin(), numbers.end(), is_same), numbers.end());
  return [numbers = std::move(numbers), by_text](const std::optional<CitizenNumber>& last) {
    const auto begin = last ? std::ranges::upper_bound(numbers, last->text(), {}, by_text) : numbers.begin();
    const auto left = static_cast<std::size_t>(numbers.end() - begin);
    return std::vector<CitizenNumber>(begin, begin + static_cast<std::ptrdiff_t>(std::min(left, kPage)));
  };
}

extract::Header write_extract(const WantedExtract& wanted, Store& store, evidence::Log& log,
                              const keystore::SigningKey& key, const KeepReads& keep_reads, const base::Clock& clock,
                              base::Random& random) {
  const base::Moment now = clock.now();
  extract::Header header{
      .id = extract::new_id(now, random), .at = now, .until = now + wanted.counts, .count = 0, .root = ""};
  extract::Writer writer(wanted.file, header, key);
  log.append("extract.writing", {{"extract", header.id}, {"purpose", extract::kPurpose}, {"reader", wanted.reader}});
  std::optional<CitizenNumber> last;
  for (auto page = wanted.numbers(last); !page.empty(); page = wanted.numbers(last)) {
    keep_reads(page, header.id);
    for (const CitizenNumber& number : page) {
      writer.add(store.answer(number, "", std::string(extract::kPurpose), random));
    }
    last = page.back();
  }
  header = writer.finish([&](const extract::Header& whole) {
    log.append("extract.given", {{"extract", whole.id},
                                 {"count", whole.count},
                                 {"root", whole.root},
                                 {"until", base::to_rfc3339(whole.until)}});
    log.checkpoint();
  });
  return header;
}

}  // namespace registry
