#pragma once
// What every serving program of the house does round its socket: it ends at a signal, says when it is ready, and lets
// nobody look into its memory.

#include <string>

namespace net {

// SIGTERM and SIGINT as a descriptor: the one request that is being answered is finished, then the program ends.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Tells whoever started us that we listen, and where: one line, and a file if one was asked for (the process id, then
// the place, a line each).
// The file goes with us; one that a killed process left goes at once, so be sure to be alone before making this.
class Readiness {
 public:
  Readiness(std::string program, std::string file);  // file may be empty
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness();
  void tell(const std::string& place);  // path of the socket, or URL

 private:
  void forget();
  std::string program_;
  std::string file_;
};

// Becomes this system user, with its groups, for good; no-op when we are it. Error{FixConfiguration} when there is no
// such user or the system does not let us.
void become_user(const std::string& name);

// For processes that hold keys: no core file, no debugger of the same user.
void hide_memory();

}  // namespace net
