// The codes of issuing states against a list that is not ours.
#include "smartcard/document/state_codes.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "pki/base/core/bytes.h"
#include "tests/support/vectors.h"

namespace {

std::set<std::string> of_iso_3166() {
  std::istringstream in(base::text_of(vectors::load_binary("iso_3166-1_alpha3.txt")));
  std::set<std::string> out;
  for (std::string code; in >> code;) out.insert(code);
  return out;
}

}  // namespace

TEST(StateCodesTest, AreNeverEmpty) {
  EXPECT_TRUE(document::is_state_code("D"));
  EXPECT_FALSE(document::is_state_code(""));
  EXPECT_FALSE(document::is_state_code("V"));
}

// Of all three letters: what ISO 3166-1 has, and beside it what ICAO Doc 9303-3 §5 adds.
TEST(StateCodesTest, AreThoseOfIso3166AndWhatIcaoAdds) {
  const std::set<std::string> iso = of_iso_3166();
  ASSERT_EQ(iso.size(), 249U);
  std::set<std::string> added;
  std::string code(3, 'A');
  for (code[0] = 'A'; code[0] <= 'Z'; ++code[0]) {
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
      for (code[2] = 'A'; code[2] <= 'Z'; ++code[2]) {
        if (iso.contains(code)) {
          EXPECT_TRUE(document::is_state_code(code)) << code;
        } else if (document::is_state_code(code)) {
          added.insert(code);
        }
      }
    }
  }
  const std::set<std::string> icao{"EUE", "GBD", "GBN", "GBO", "GBP", "GBS", "IAO", "RKS", "UNA", "UNK",
                                   "UNO", "UTO", "XAA", "XBA", "XCC", "XCE", "XCO", "XCT", "XDC", "XEC",
                                   "XES", "XIM", "XMP", "XOM", "XPO", "XSO", "XXA", "XXB", "XXC", "XXX"};
  EXPECT_EQ(added, icao) << "nothing that only a library of languages calls a country";
}
