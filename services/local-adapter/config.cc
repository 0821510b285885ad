#include "services/local-adapter/config.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/domain/image_reference.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

constexpr size_t kMaxStackId = 40;

}  // namespace

void DeclareConfig(CLI::App& app, Config& config) {
  DeclareAdapterOptions(app, config.adapter);
  app.add_option("--database", config.database,
                 "SQLite database with Events, Pipelines and Actions; made if it is not there")
      ->required();
  app.add_option("--database-max-mib", config.database_max_mib,
                 "Most MiB that the database may take; 0: what the disk has")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 24));
  app.add_option("--engine", config.engine,
                 "Container engine's socket, docker's or podman's: unix:///PATH")
      ->required();
  app.add_option("--stack-id", config.stack_id,
                 "Marks this stack's containers: a DNS label of at most 40 characters")
      ->required();
  app.add_option("--max-running", config.max_running,
                 "Actions that run at once; 0: none begins; -1: one for each CPU")
      ->capture_default_str()
      ->check(CLI::Range(-1, 10'000));
  app.add_flag("--allow-privileged", config.allow_privileged,
               "Let steps be privileged or add capabilities: whoever may apply a Pipeline is then "
               "root on this machine");
  app.add_option("--allow-host-path", config.host_paths,
                 "Let steps mount this file or directory of this machine, and what is below it, "
                 "by hostPath; may be given several times");
  app.add_option("--git-image", config.git_image,
                 "Image with git and ssh, in which sources of git are cloned");
  app.add_option("--gcs-image", config.gcs_image, "Image that fetches sources of gcs");
  app.add_option("--tool", config.tool,
                 "The program eventreactor-tool, which is put into containers (default: beside "
                 "this program)");
}

absl::Status ValidateConfig(const Config& config) {
  if (!absl::StartsWith(config.engine, "unix:///")) {
    return InvalidField("--engine", absl::StrCat("\"", config.engine,
                                                 "\" is no unix:///PATH such as "
                                                 "unix:///run/podman/podman.sock"));
  }
  if (!IsDnsLabel(config.stack_id) || config.stack_id.size() > kMaxStackId) {
    return InvalidField("--stack-id",
                        absl::StrCat("\"", config.stack_id, "\" is no DNS label of at most ",
                                     kMaxStackId, " characters of a-z, 0-9 and -"));
  }
  for (const std::string& path : config.host_paths) {
    if (path.empty() || path.front() != '/') {
      return InvalidField("--allow-host-path",
                          absl::StrCat("\"", path, "\" is no absolute path such as /srv/data"));
    }
  }
  for (const auto& [flag, image] :
       {std::pair("--git-image", config.git_image), std::pair("--gcs-image", config.gcs_image)}) {
    if (image.empty()) continue;
    const absl::Status status = ParseImageReference(image).status();
    if (!status.ok()) return InvalidField(flag, Message(status));
  }
  return ValidateAdapterOptions(config.adapter);
}

int MaxRunning(const Config& config) {
  if (config.max_running >= 0) return config.max_running;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace eventreactor::local
