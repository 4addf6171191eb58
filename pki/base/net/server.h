#pragma once
// A service's Unix socket: many slow connections at once, one request answered at a time, every connection under a
// time limit. A hostile client can fill its own connection and no other's.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "pki/base/net/frame.h"
#include "pki/base/net/peer.h"

namespace net {

class Server {
 public:
  using Handler = std::function<std::string(std::string_view request, const Peer& peer)>;

  // Listens at `socket_path`, mode 0660. A socket that nobody serves any more is replaced; throws Error{AskOperator}
  // when somebody does, Error{FixConfiguration} when the path is no socket or cannot be made.
  // program: who serves, for messages. The handler answers any text and throws nothing.
  Server(std::string program, std::string socket_path, Handler handler, std::chrono::seconds request_time);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // removes the socket

  // Serves until `stop` (a descriptor) is readable.
  void run(int stop);

 private:
  using Steady = std::chrono::steady_clock;
  struct Connection {
    Peer peer;
    FrameReader reader;
    std::string answer;    // empty while the request is read; may hold keys, so it is wiped at the end
    std::size_t sent = 0;  // octets of the answer
    Steady::time_point end;
  };

  void accept_all();
  void serve(int descriptor, Connection& connection);
  bool read_some(int descriptor, Connection& connection);   // false: the connection is over
  bool write_some(int descriptor, Connection& connection);  // false: the connection is over
  void drop(int descriptor);
  void drop_late(Steady::time_point now);
  int milliseconds_to_wait(Steady::time_point now) const;

  std::string program_;
  std::string path_;
  Handler handler_;
  std::chrono::seconds request_time_;
  int listening_;
  std::map<int, Connection> connections_;
};

}  // namespace net
