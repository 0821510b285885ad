#include "services/kube-adapter/tool/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace eventreactor::tool {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

Fault SystemFault(const std::string& what, int error) { return what + ": " + std::strerror(error); }

Fault ReadFile(const std::string& path, size_t max_bytes, std::string& data) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return SystemFault("cannot open " + path, errno);
  data.clear();
  char buffer[65536];
  while (true) {
    const ssize_t count = read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemFault("cannot read " + path, errno);
    if (count == 0) return std::nullopt;
    if (data.size() + static_cast<size_t>(count) > max_bytes) {
      return path + " has more than " + std::to_string(max_bytes) + " bytes";
    }
    data.append(buffer, static_cast<size_t>(count));
  }
}

Fault WriteFile(const std::string& path, const std::string& data, int mode) {
  // Made anew: nobody who had the old one open can read what is written.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return SystemFault("cannot replace " + path, errno);
  }
  const Descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
  if (file.get() < 0) return SystemFault("cannot create " + path, errno);
  if (fchmod(file.get(), static_cast<mode_t>(mode)) != 0) {
    return SystemFault("cannot set the mode of " + path, errno);
  }
  size_t written = 0;
  while (written < data.size()) {
    const ssize_t count = write(file.get(), data.data() + written, data.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemFault("cannot write " + path, errno);
    written += static_cast<size_t>(count);
  }
  return std::nullopt;
}

Fault MakeDirectories(const std::string& path, int mode) {
  const std::filesystem::path whole(path);
  std::filesystem::path made;
  for (const std::filesystem::path& part : whole) {
    made /= part;
    if (mkdir(made.c_str(), static_cast<mode_t>(mode)) == 0) {
      // The umask has no say in it.
      if (chmod(made.c_str(), static_cast<mode_t>(mode)) != 0) {
        return SystemFault("cannot set the mode of " + made.string(), errno);
      }
    } else if (errno != EEXIST && errno != EISDIR) {
      return SystemFault("cannot create " + made.string(), errno);
    }
  }
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return SystemFault("cannot look at " + path, errno);
  if (!S_ISDIR(found.st_mode)) return path + " is there and is no directory";
  return std::nullopt;
}

}  // namespace eventreactor::tool
