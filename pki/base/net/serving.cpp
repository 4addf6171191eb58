#include "pki/base/net/serving.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace net {

StopSignals::StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) {
    throw base::Error(base::Fault::AskOperator, "starting to serve", "the kernel gives no signal descriptor");
  }
}

StopSignals::~StopSignals() {
  ::close(descriptor_);
}

Readiness::Readiness(std::string program, std::string file) : program_(std::move(program)), file_(std::move(file)) {
  forget();
}

Readiness::~Readiness() {
  forget();
}

void Readiness::tell(const std::string& place) {
  std::cout << fmt::format("{} is ready at {}", program_, place) << std::endl;
  if (!file_.empty())
    base::write_text_file(file_, fmt::format("{}\n{}\n", ::getpid(), place), "telling that it is ready");
}

void Readiness::forget() {
  if (!file_.empty()) ::unlink(file_.c_str());
}

void become_user(const std::string& name) {
  const auto refuse = [&](std::string_view seen) {
    throw base::Error(base::Fault::FixConfiguration, "becoming the service's own user",
                      fmt::format("{}: {}", name, seen));
  };
  const passwd* const user = ::getpwnam(name.c_str());  // nobody else asks: no thread runs yet
  if (user == nullptr) refuse("the system knows no such user");
  if (::getuid() == user->pw_uid && ::geteuid() == user->pw_uid) return;
  if (::initgroups(name.c_str(), user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) {
    refuse("the system does not allow it; start the program as root or as this user");
  }
  base::ensure(user->pw_uid == 0 || ::setuid(0) != 0, "the way back to root is closed");
}

void hide_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace net
