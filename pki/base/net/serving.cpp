#include "pki/base/net/serving.h"

#include <fmt/format.h>
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

void hide_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace net
