#pragma once
// A thread that runs calls which may never return, under a time limit. A call that runs out of time is abandoned: its
// thread and everything it touches live on until it returns, if it ever does, and nobody waits for it. What has to be
// cleaned up behind it is left to the same thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace transport {

class DeadlineWorker {
 public:
  // who: begins the message of an expired call ("reader ACS ACR1252").
  explicit DeadlineWorker(std::string who);
  // Waits for a running call, but not for an abandoned one.
  ~DeadlineWorker();
  DeadlineWorker(const DeadlineWorker&) = delete;
  DeadlineWorker& operator=(const DeadlineWorker&) = delete;

  // Runs `call` on the worker's thread and waits for it; what it throws is thrown here. The call must own everything it
  // uses (capture shared_ptr, never references to the caller's frame). Throws Error{AskOperator} with `step` and who
  // when `limit` passes, and for every call after that.
  void run(std::string step, std::chrono::milliseconds limit, std::function<void()> call);
  bool abandoned() const { return abandoned_; }
  // Leaves a call behind the one that hangs: it runs when that one returns, on the same thread, and nobody waits for
  // it. Only after a call was abandoned. What it throws is lost.
  void leave_behind(std::function<void()> call);
  void rename(std::string who) { who_ = std::move(who); }

 private:
  struct Shared;
  std::string who_;
  std::shared_ptr<Shared> shared_;
  bool abandoned_ = false;
};

}  // namespace transport
