#include "services/kube-adapter/tool/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace eventreactor::tool {

Fault RunProgram(const std::vector<std::string>& words,
                 const std::vector<std::pair<std::string, std::string>>& environment) {
  for (const auto& [name, value] : environment) {
    if (setenv(name.c_str(), value.c_str(), 1) != 0)
      return SystemFault("cannot set " + name, errno);
  }
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  arguments.reserve(copies.size() + 1);
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return SystemFault("cannot run " + words[0], error);

  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return SystemFault("cannot wait for " + words[0], errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  const std::string what = words.size() > 1 ? words[0] + " " + words[1] : words[0];
  return WIFEXITED(status) ? what + " exited with " + std::to_string(WEXITSTATUS(status))
                           : what + " was ended by signal " + std::to_string(WTERMSIG(status));
}

}  // namespace eventreactor::tool
