#include "smartcard/transport/deadline.h"

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "pki/base/core/error.h"

namespace transport {

struct DeadlineWorker::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::function<void()>> call;  // set by run(), taken by the thread
  std::exception_ptr thrown;
  bool done = false;
  bool stop = false;
  bool stopped = false;

  void loop() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stop || call.has_value(); });
      if (!call) break;
      auto current = std::move(*call);
      call.reset();
      lock.unlock();
      std::exception_ptr failure;
      try {
        current();
      } catch (...) {
        failure = std::current_exception();
      }
      current = nullptr;
      lock.lock();
      thrown = failure;
      done = true;
      changed.notify_all();
    }
    stopped = true;
    changed.notify_all();
  }
};

DeadlineWorker::DeadlineWorker(std::string who) : who_(std::move(who)), shared_(std::make_shared<Shared>()) {
  std::thread([shared = shared_] { shared->loop(); }).detach();
}

DeadlineWorker::~DeadlineWorker() {
  std::unique_lock lock(shared_->mutex);
  shared_->stop = true;
  shared_->changed.notify_all();
  if (!abandoned_) shared_->changed.wait(lock, [this] { return shared_->stopped; });
}

void DeadlineWorker::leave_behind(std::function<void()> call) {
  base::ensure(abandoned_, "only an abandoned call leaves something behind");
  const std::lock_guard lock(shared_->mutex);
  shared_->call = std::move(call);
  shared_->changed.notify_all();
}

void DeadlineWorker::run(std::string step, std::chrono::milliseconds limit, std::function<void()> call) {
  if (abandoned_) {
    throw base::Error(base::Fault::AskOperator, std::move(step),
                      fmt::format("{} did not answer an earlier command: unplug the reader or restart pcscd", who_));
  }
  std::unique_lock lock(shared_->mutex);
  shared_->done = false;
  shared_->thrown = nullptr;
  shared_->call = std::move(call);
  shared_->changed.notify_all();
  if (!shared_->changed.wait_for(lock, limit, [this] { return shared_->done; })) {
    abandoned_ = true;
    throw base::Error(
        base::Fault::AskOperator, std::move(step),
        fmt::format("{} gave no answer within {} s: unplug the reader or restart pcscd", who_,
                    std::max<long long>(1, std::chrono::duration_cast<std::chrono::seconds>(limit).count())));
  }
  if (shared_->thrown) std::rethrow_exception(std::exchange(shared_->thrown, nullptr));
}

}  // namespace transport
