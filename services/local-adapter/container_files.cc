#include "services/local-adapter/container_files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/domain/event_context.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_tar.h"

namespace eventreactor::local {
namespace {

absl::StatusOr<std::string> ReadTool(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string program{std::istreambuf_iterator<char>(file), {}};
  if (file.good() && !program.empty()) return program;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_TOOL",
                    absl::StrCat("local-adapter cannot read the program \"", path,
                                 "\", which git sources, credentials and subPath need: ",
                                 std::strerror(errno), "; see its flag --tool"));
}

// The directories where volumes will be, with the mode that they shall have:
// podman gives a fresh volume the mode of the directory that it covers, docker
// unpacks into the volume itself.
std::vector<TarEntry> RootEntries(const PlannedContainer& planned) {
  std::vector<TarEntry> entries;
  entries.reserve(planned.directories.size() + planned.files.size() + 1);
  for (const FreshDirectory& directory : planned.directories) {
    if (directory.path == kHome) entries.push_back({"builder/", "", 0755});
    entries.push_back({absl::StrCat(directory.path.substr(1), "/"), "", directory.mode});
  }
  entries.insert(entries.end(), planned.files.begin(), planned.files.end());
  return entries;
}

}  // namespace

absl::Status PutFiles(const RunContext& context, const PlannedContainer& planned,
                      const std::string& container) {
  std::vector<TarEntry> entries = RootEntries(planned);
  if (planned.needs_tool) {
    absl::StatusOr<std::string> tool = ReadTool(context.options.tool);
    if (!tool.ok()) return tool.status();
    entries.push_back({std::string(kToolPath).substr(1), *std::move(tool), 0755});
  }
  if (entries.empty()) return absl::OkStatus();
  const std::stop_token token = context.control.token();
  absl::Status root = context.engine.PutArchive(token, container, "/", WriteTar(entries));
  // Docker refuses it where the root is read-only; the volumes are not.
  const bool needed = planned.needs_tool || !planned.files.empty();
  if (!root.ok() && (needed || absl::IsUnavailable(root))) return root;
  for (const FreshDirectory& directory : planned.directories) {
    if (root.ok() && directory.files.empty()) continue;
    std::vector<TarEntry> files = {{"./", "", directory.mode}};
    files.insert(files.end(), directory.files.begin(), directory.files.end());
    absl::Status status =
        context.engine.PutArchive(token, container, directory.path, WriteTar(files));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::local
