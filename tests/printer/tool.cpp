#include "tests/printer/tool.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "pki/base/core/error.h"

extern char** environ;

Ran run(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  base::ensure(pipe(ends.data()) == 0, "there are file descriptors left");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) close(ends[0]);
  base::ensure(failed == 0, fmt::format("{} can be started", words[0]));
  std::string output;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;)
    output.append(buffer.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  base::ensure(WIFEXITED(status), fmt::format("{} ends by itself", words[0]));
  return {WEXITSTATUS(status), output};
}

std::string run_tool(const std::vector<std::string>& words) {
  const Ran ran = run(words);
  base::ensure(ran.code == 0, fmt::format("{} (package poppler-utils) ends well", words[0]));
  return ran.output;
}

ScratchFolder::ScratchFolder() : path_((std::filesystem::temp_directory_path() / "printer_test.XXXXXX").string()) {
  base::ensure(mkdtemp(path_.data()) != nullptr, "a scratch folder can be made");
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
