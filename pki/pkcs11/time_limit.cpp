#include "pki/pkcs11/time_limit.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "pki/base/core/error.h"

namespace pkcs11::detail {

namespace {

struct Errand {
  Errand(std::string whose, std::function<void()> what) : token(std::move(whose)), act(std::move(what)) {}
  std::string token;
  std::function<void()> act;
  std::condition_variable over;  // waits with the mutex below, which guards what follows
  bool back = false, given_up = false;
  std::exception_ptr failed;
};

thread_local bool on_an_errand = false;  // is this thread one of those below

// The threads that run errands. Idle ones wait for the next; never joined and never destroyed, since one of them may be
// held by a token when the process ends.
class Runners {
 public:
  static Runners& all() {
    static Runners* const runners = new Runners;
    return *runners;
  }

  void run(const std::shared_ptr<Errand>& errand, std::string_view doing, std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    if (overdue_.contains(errand->token)) {
      refuse(errand->token, doing, "it has not answered an earlier question yet");
    }
    waiting_.push_back(errand);
    under_way_.push_back(errand.get());
    if (idle_ == 0) {
      std::thread([this] { serve(); }).detach();
    } else {
      --idle_;
    }
    work_.notify_one();
    errand->over.wait_for(lock, limit, [&] { return errand->back || errand->given_up; });
    std::erase(under_way_, errand.get());
    if (!errand->back) {
      errand->given_up = true;
      ++overdue_[errand->token];
      refuse(errand->token, doing, fmt::format("it has not answered for {} s", limit.count()));
    }
    if (errand->failed) std::rethrow_exception(errand->failed);
  }

  void give_up_all() {
    const std::lock_guard lock(mutex_);
    for (Errand* const errand : under_way_) {
      errand->given_up = true;
      errand->over.notify_all();
    }
  }

  void await_overdue() {
    std::unique_lock lock(mutex_);
    came_back_late_.wait(lock, [this] { return overdue_.empty(); });
  }

 private:
  [[noreturn]] static void refuse(const std::string& token, std::string_view doing, const std::string& seen) {
    throw base::Error(base::Fault::AskOperator, std::string(doing),
                      fmt::format("the token '{}' hangs: {}; look at the token and start anew", token, seen));
  }

  void serve() {
    on_an_errand = true;
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return !waiting_.empty(); });
      auto errand = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      std::exception_ptr failed;
      try {
        errand->act();
      } catch (...) {
        failed = std::current_exception();
      }
      errand->act = nullptr;  // what it held goes before anybody hears that it is back
      lock.lock();
      errand->failed = failed;
      errand->back = true;
      ++idle_;
      if (errand->given_up) {
        came_back(errand->token);
      } else {
        errand->over.notify_all();
      }
      lock.unlock();
      errand.reset();
      lock.lock();
    }
  }

  void came_back(const std::string& token) {
    const auto entry = overdue_.find(token);
    if (entry != overdue_.end() && --entry->second == 0) overdue_.erase(entry);
    came_back_late_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable work_, came_back_late_;
  std::deque<std::shared_ptr<Errand>> waiting_;
  std::vector<Errand*> under_way_;      // somebody waits for each
  std::map<std::string, int> overdue_;  // errands that were given up and are not back, by token
  std::size_t idle_ = 0;                // threads that no errand was promised to
};

}  // namespace

void run_in_time(const std::string& token, std::string_view doing, std::chrono::seconds limit,
                 std::function<void()> act) {
  if (on_an_errand) return act();  // somebody waits for this thread already
  Runners::all().run(std::make_shared<Errand>(token, std::move(act)), doing, limit);
}

void let_time_run_out() {
  Runners::all().give_up_all();
}

void await_overdue() {
  Runners::all().await_overdue();
}

}  // namespace pkcs11::detail
