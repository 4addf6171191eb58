// The least that vpcd calls a card: it answers every command with eleven fixed bytes and 9000. What a round trip costs
// with this card is the price of pcscd and the driver, and nothing of ours.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "pki/base/core/bytes.h"

namespace {

bool read_all(int fd, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const int on = 1;  // the driver sends length and body apart; a delayed ACK would cost 40 ms
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const ssize_t got = recv(fd, into.data(), into.size(), 0);
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool answer(int fd, base::ByteView payload) {
  base::Bytes message{static_cast<std::uint8_t>(payload.size() >> 8), static_cast<std::uint8_t>(payload.size())};
  base::append(message, payload);
  return send(fd, message.data(), message.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message.size());
}

void serve(int fd) {
  const base::Bytes atr = base::hex("3B80800101");
  const base::Bytes reply = base::hex("450800112233445566779000");
  for (;;) {
    std::uint8_t head[2];
    if (!read_all(fd, head)) return;
    base::Bytes body(static_cast<std::size_t>(head[0]) << 8 | head[1]);
    if (!read_all(fd, body)) return;
    const bool asks_atr = body.size() == 1 && body[0] == 4;
    if (body.size() == 1 && !asks_atr) continue;  // power off, on, reset: no answer
    if (!answer(fd, asks_atr ? atr : reply)) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc == 2 ? std::atoi(argv[1]) : 0;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (port == 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("echo_card PORT: connecting to vpcd");
    return 3;
  }
  serve(fd);
  close(fd);
}
