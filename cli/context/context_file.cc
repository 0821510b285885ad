#include "cli/context/context_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/stack/layout.h"
#include "cli/stack/record.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

std::string AbsoluteFromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  // A relative XDG path is to be ignored, by the XDG specification.
  return value != nullptr && *value == '/' ? value : "";
}

}  // namespace

absl::StatusOr<std::string> ContextFilePath() {
  std::string directory = AbsoluteFromEnvironment("XDG_CONFIG_HOME");
  const std::string home = AbsoluteFromEnvironment("HOME");
  if (directory.empty() && !home.empty()) directory = home + "/.config";
  if (!directory.empty()) return directory + "/eventreactor/config.yaml";
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_CONFIG_DIR",
                    "neither HOME nor XDG_CONFIG_HOME says where contexts are kept");
}

absl::StatusOr<Contexts> ReadContexts(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return Contexts();
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "BAD_CONTEXT_FILE",
                      path + " cannot be read: " + std::strerror(errno));
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto contexts = ContextsFromYaml(text);
  if (contexts.ok()) return contexts;
  return MakeStatus(contexts.status().code(), "BAD_CONTEXT_FILE",
                    path + ": " + Message(contexts.status()), Field(contexts.status()));
}

absl::Status WriteContexts(const std::string& path, const Contexts& contexts) {
  const std::string directory = std::filesystem::path(path).parent_path();
  if (absl::Status status = stack::MakePrivateDirectory(directory); !status.ok()) return status;
  return stack::WritePrivateFile(path, ContextsToYaml(contexts));
}

}  // namespace eventreactor::cli
