#include "cli/stack/neighbour.h"

#include <filesystem>
#include <fstream>

namespace eventreactor::stack {
namespace {

std::vector<std::string> CommandLine(const std::filesystem::path& process) {
  std::vector<std::string> argv;
  std::ifstream file(process / "cmdline", std::ios::binary);
  for (std::string word; std::getline(file, word, '\0');) argv.push_back(word);
  return argv;
}

}  // namespace

std::string StackOfCommand(const std::vector<std::string>& argv, int port) {
  if (argv.empty()) return "";
  const std::string program = std::filesystem::path(argv.front()).filename();
  if (!program.starts_with("eventreactor-")) return "";
  const std::string end = ":" + std::to_string(port);
  std::string directory;
  bool names_port = false;
  for (size_t i = 0; i + 1 < argv.size(); ++i) {
    const std::string& value = argv[i + 1];
    names_port = names_port || value.ends_with(end);
    if (argv[i] == "--token-file") directory = std::filesystem::path(value).parent_path();
  }
  return names_port ? directory : "";
}

std::string StackOnPort(int port) {
  std::error_code error;
  for (std::filesystem::directory_iterator each("/proc", error), end; !error && each != end;
       each.increment(error)) {
    std::string directory = StackOfCommand(CommandLine(each->path()), port);
    if (!directory.empty()) return directory;
  }
  return "";
}

}  // namespace eventreactor::stack
