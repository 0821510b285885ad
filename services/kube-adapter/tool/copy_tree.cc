#include "services/kube-adapter/tool/copy_tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace eventreactor::tool {
namespace {

namespace fs = std::filesystem;

Fault InWords(const fs::path& path, const std::error_code& error) {
  return "cannot copy " + path.string() + ": " + error.message();
}

// Only root may give a file to somebody else; anyone else keeps it.
void CopyOwner(const fs::path& from, const fs::path& to) {
  struct stat info = {};
  if (lstat(from.c_str(), &info) != 0) return;
  if (lchown(to.c_str(), info.st_uid, info.st_gid) != 0) return;
}

Fault CopyOne(const fs::directory_entry& entry, const fs::path& to) {
  std::error_code error;
  const fs::file_status status = entry.symlink_status(error);
  if (error) return InWords(entry.path(), error);
  if (fs::is_directory(status)) {
    fs::create_directory(to, entry.path(), error);
  } else if (fs::is_symlink(status)) {
    fs::remove(to, error);
    fs::copy_symlink(entry.path(), to, error);
  } else if (fs::is_regular_file(status)) {
    fs::copy_file(entry.path(), to, fs::copy_options::overwrite_existing, error);
  } else {
    return std::nullopt;
  }
  if (error) return InWords(entry.path(), error);
  CopyOwner(entry.path(), to);
  return std::nullopt;
}

}  // namespace

Fault CopyTree(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!fs::is_directory(from, error)) return "there is no directory " + from;
  fs::create_directories(to, error);
  if (error) return InWords(to, error);
  fs::recursive_directory_iterator at(from, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const fs::path target = fs::path(to) / at->path().lexically_relative(from);
    if (Fault fault = CopyOne(*at, target)) return fault;
  }
  if (error) return InWords(from, error);
  return std::nullopt;
}

}  // namespace eventreactor::tool
