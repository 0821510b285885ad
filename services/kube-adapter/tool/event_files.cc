#include "services/kube-adapter/tool/event_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "services/kube-adapter/tool/files.h"

namespace eventreactor::tool {
namespace {

namespace fs = std::filesystem;

// Far beyond any Event; what is one file is read at once.
constexpr size_t kMaxFile = size_t{256} << 20;
constexpr int kEventFileMode = 0644;
constexpr int kEventDirectoryMode = 0755;

// The pieces of one file by number; a file that was not cut is piece 0.
using Pieces = std::map<unsigned, fs::path>;

// data.12 -> data and 12. No file of an Event has a dot in its name.
bool IsPiece(const std::string& name, std::string& whole, unsigned& number) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size() || name.size() - dot > 8) {
    return false;
  }
  number = 0;
  for (size_t i = dot + 1; i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9') return false;
    number = number * 10 + static_cast<unsigned>(name[i] - '0');
  }
  whole = name.substr(0, dot);
  return true;
}

Fault Join(const Pieces& pieces, const std::string& to) {
  std::string all;
  unsigned expected = 0;
  for (const auto& [number, path] : pieces) {
    if (number != expected++) return to + " lacks its piece " + std::to_string(expected - 1);
    std::string piece;
    if (Fault fault = ReadFile(path.string(), kMaxFile, piece)) return fault;
    all += piece;
  }
  return WriteFile(to, all, kEventFileMode);
}

Fault CopyDirectory(const fs::path& from, const fs::path& to, int depth) {
  if (Fault fault = MakeDirectories(to.string(), kEventDirectoryMode)) return fault;
  std::map<std::string, Pieces> files;
  std::vector<std::string> directories;
  std::error_code error;
  for (fs::directory_iterator it(from, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    // ..data and the like: the kubelet's way to change all files at once.
    if (name.rfind("..", 0) == 0) continue;
    std::string whole = name;
    unsigned number = 0;
    if (it->is_directory(error)) {
      directories.push_back(name);
    } else {
      if (!IsPiece(name, whole, number)) whole = name;
      files[whole][number] = it->path();
    }
  }
  if (error) return "cannot read " + from.string() + ": " + error.message();
  for (const auto& [name, pieces] : files) {
    if (Fault fault = Join(pieces, (to / name).string())) return fault;
  }
  for (const std::string& name : directories) {
    if (depth == 0) return (from / name).string() + " is deeper than an Event's files are";
    if (Fault fault = CopyDirectory(from / name, to / name, depth - 1)) return fault;
  }
  return std::nullopt;
}

}  // namespace

Fault CopyEventFiles(const std::string& from, const std::string& to) {
  if (Fault fault = CopyDirectory(from, to, /*depth=*/1)) return fault;
  return MakeDirectories((fs::path(to) / "extensions").string(), kEventDirectoryMode);
}

}  // namespace eventreactor::tool
