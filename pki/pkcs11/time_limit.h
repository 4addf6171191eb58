#pragma once
// A token is somebody else's machine and may never answer. PKCS #11 has no call with a time limit, so what is asked of
// a token is asked from a thread of its own, and who asked waits no longer than the limit.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pkcs11 {

inline constexpr std::chrono::seconds kAnswerTime{20};   // to open a token, to look something up, to sign
inline constexpr std::chrono::seconds kMakingTime{600};  // to make a key: RSA takes as long as its primes do

namespace detail {

// Runs act on another thread; what it throws is thrown here. Error{AskOperator} that names the token and what was being
// done when it is not back in time: it goes on alone. While it does, this token is asked nothing more (the same Error
// at once), so a token that hangs costs one thread and no more.
void run_in_time(const std::string& token, std::string_view doing, std::chrono::seconds limit,
                 std::function<void()> act);

// For tests, which do not wait: whatever is waited for now is given up, as if its time had run out.
void let_time_run_out();
// Waits until everything that was given up has come back after all.
void await_overdue();

}  // namespace detail

// What act gives. It owns whatever it touches, since it may outlive its caller; what it gives too late is dropped.
template <class Act>
auto in_time(const std::string& token, std::string_view doing, std::chrono::seconds limit, Act act)
    -> std::invoke_result_t<Act&> {
  using Result = std::invoke_result_t<Act&>;
  if constexpr (std::is_void_v<Result>) {
    const auto kept = std::make_shared<Act>(std::move(act));
    detail::run_in_time(token, doing, limit, [kept] { (*kept)(); });
  } else {
    struct Both {
      Act act;
      std::optional<Result> result;
    };
    const std::shared_ptr<Both> both(new Both{std::move(act), std::nullopt});
    detail::run_in_time(token, doing, limit, [both] { both->result.emplace(both->act()); });
    return std::move(*both->result);
  }
}

}  // namespace pkcs11
