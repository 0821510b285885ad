#include "services/kube-adapter/kube/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

absl::Status Unreadable(const std::string& path, const std::string& why) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "UNREADABLE_FILE", path + ": " + why);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Unreadable(path, std::strerror(errno));
  std::string content;
  char buffer[16384];
  ssize_t count = 0;
  while ((count = read(file, buffer, sizeof(buffer))) > 0 && content.size() <= kMaxFile) {
    content.append(buffer, static_cast<size_t>(count));
  }
  const int error = errno;
  close(file);
  if (count < 0) return Unreadable(path, std::strerror(error));
  if (content.size() > kMaxFile) {
    return Unreadable(path, "longer than " + std::to_string(kMaxFile) + " bytes");
  }
  return content;
}

}  // namespace eventreactor::kube
