#pragma once
// The asking side of a service's socket: one question, one answer.

#include <chrono>
#include <string>
#include <string_view>

namespace net {

// program: who should answer, "cccd-signer"; for messages. Throws Error{AskOperator} when nobody listens, the peer
// hangs up, or it is not done by the time limit.
std::string ask(const std::string& program, const std::string& socket_path, std::string_view question,
                std::chrono::seconds limit);

}  // namespace net
