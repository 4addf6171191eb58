#pragma once
// Runs programs: poppler's tools and our own.

#include <string>
#include <vector>

struct Ran {
  int code;            // exit code
  std::string output;  // standard output and standard error
};
Ran run(const std::vector<std::string>& words);

// One of poppler's tools, which must end well; what it wrote.
std::string run_tool(const std::vector<std::string>& words);

// A folder of this test, removed when the test ends.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};
