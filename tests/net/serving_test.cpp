// What a serving program does before it serves.

#include "pki/base/net/serving.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/base/core/error.h"

namespace {

TEST(BecomeUser, TheServiceIsNobodyAndCannotBecomeRootAgain) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const uid_t nobody = ::getpwnam("nobody")->pw_uid;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    net::become_user("nobody");
    net::become_user("nobody");  // once more is no-op
    gid_t groups[8];
    const int count = ::getgroups(8, groups);
    bool in_group_of_root = ::getgid() == 0 || ::getegid() == 0;
    for (int i = 0; i < count; ++i) in_group_of_root = in_group_of_root || groups[i] == 0;
    const bool gone = ::getuid() == nobody && ::geteuid() == nobody && ::seteuid(0) != 0 && ::setgid(0) != 0;
    ::_exit(gone && !in_group_of_root ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(BecomeUser, AUserThatTheSystemDoesNotKnowIsRefused) {
  try {
    net::become_user("no-such-user");
    FAIL() << "nobody is called so";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
  }
}

}  // namespace
