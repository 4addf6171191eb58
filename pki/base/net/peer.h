#pragma once
// Who asks, as the kernel says (SO_PEERCRED). For logs; it decides nothing.

#include <cstdint>

namespace net {

struct Peer {
  std::int64_t uid = -1, pid = -1;  // -1: the kernel did not say
};

}  // namespace net
