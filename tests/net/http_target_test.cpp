// Paths and queries as a stranger may write them.

#include "pki/base/net/http_target.h"

#include <gmock/gmock.h>

namespace {

using net::format_target;
using net::parse_target;
using testing::ElementsAre;
using testing::Pair;

TEST(HttpTarget, APathIsItsSegmentsAndAQueryItsNames) {
  const auto target = parse_target("/v1/persons/001090990001?purpose=tax&attributes=name,birth&empty=");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->path, ElementsAre("v1", "persons", "001090990001"));
  EXPECT_THAT(target->query, ElementsAre(Pair("attributes", "name,birth"), Pair("empty", ""), Pair("purpose", "tax")));
  EXPECT_TRUE(parse_target("/")->path.empty());
}

TEST(HttpTarget, PercentCodesAreDecodedAfterTheSegmentsAreParted) {
  const auto target = parse_target("/a%2Fb/%C4%90%E1%BA%B7ng?q=%26%3D%2B+x");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->path, ElementsAre("a/b", "Đặng"));
  EXPECT_EQ(target->query.at("q"), "&=+ x");
}

TEST(HttpTarget, TheAbsoluteFormIsTakenForItsPath) {  // RFC 9112 §3.2.2
  EXPECT_THAT(parse_target("https://registry.test:7443/v1/health")->path, ElementsAre("v1", "health"));
}

TEST(HttpTarget, WhatIsNoPathIsRefused) {
  for (const char* const wrong :
       {"",      "*",          "v1",           "//",      "/a//b", "/a/",     "https://host", "http://host/a",
        "/%",    "/%4",        "/%zz",         "/a%00b",  "/%FF",  "/%C0%AF", "/%ED%A0%80",   "?a=b",
        "/a?=x", "/a?x=1&x=2", "/a?x=1&%78=2", "/a?x=%80"}) {
    EXPECT_FALSE(parse_target(wrong)) << wrong;
  }
}

TEST(HttpTarget, WhatIsWrittenIsReadBackAsItWas) {
  const net::HttpTarget target{{"v1", "Nguyễn Văn/?#%", "..", "+"}, {{"na me", "a&b=c+d"}, {"ngày", "29/02"}}};
  const auto back = parse_target(format_target(target));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->path, target.path);
  EXPECT_EQ(back->query, target.query);
  EXPECT_EQ(format_target({}), "/");
}

}  // namespace
