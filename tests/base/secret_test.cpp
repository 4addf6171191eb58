#include "pki/base/core/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace {

using base::Bytes;
using base::Secret;

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);

TEST(SecretTest, TakesTheBytesOverAndLeavesNone) {
  Bytes bytes{1, 2, 3};
  const std::uint8_t* const place = bytes.data();
  const Secret secret(std::move(bytes));
  EXPECT_TRUE(bytes.empty());                // NOLINT(bugprone-use-after-move): the promise that is tested
  EXPECT_EQ(secret.reveal().data(), place);  // not copied, so nothing of it stays elsewhere
}

TEST(SecretTest, MovesWithoutLeavingACopy) {
  Secret first = Secret::copy_of(Bytes{1, 2, 3});
  const std::uint8_t* const place = first.reveal().data();
  Secret second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.reveal().data(), place);
  Secret third = Secret::copy_of(Bytes{9, 9});
  third = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(third.reveal().data(), place);
  EXPECT_EQ(base::to_hex(third.reveal()), "010203");
  Secret& same = third;
  third = std::move(same);
  EXPECT_EQ(third.size(), 3U);
}

TEST(SecretTest, WipingLeavesZeros) {
  Bytes bytes{1, 2, 3, 255};
  base::wipe(bytes);
  EXPECT_EQ(bytes, Bytes(4, 0));
  base::wipe({});
}

TEST(SecretTest, EqualityLooksAtEveryByte) {
  const Bytes a{1, 2, 3};
  EXPECT_TRUE(base::equal_in_constant_time(a, Bytes{1, 2, 3}));
  EXPECT_TRUE(base::equal_in_constant_time({}, {}));
  EXPECT_FALSE(base::equal_in_constant_time(a, Bytes{0, 2, 3}));
  EXPECT_FALSE(base::equal_in_constant_time(a, Bytes{1, 2, 4}));
  EXPECT_FALSE(base::equal_in_constant_time(a, Bytes{1, 2}));
}

}  // namespace
