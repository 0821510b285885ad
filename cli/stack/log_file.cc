#include "cli/stack/log_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace eventreactor::stack {

void RotateLog(const std::string& path, int64_t max_bytes) {
  if (FileSize(path) <= max_bytes) return;
  std::error_code error;
  std::filesystem::copy_file(path, path + ".1", std::filesystem::copy_options::overwrite_existing,
                             error);
  // Emptied even if the copy failed: a full disk must not keep the log growing.
  std::filesystem::resize_file(path, 0, error);
}

int64_t FileSize(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

std::string Tail(const std::string& path, int lines, int64_t from) {
  constexpr int64_t kMaxBytes = 16384;
  const int64_t size = FileSize(path);
  // A smaller file was emptied since: all of it is new.
  if (from > size) from = 0;
  from = std::max(from, size - kMaxBytes);
  std::ifstream file(path, std::ios::binary);
  file.seekg(from);
  std::string text(static_cast<size_t>(size - from), '\0');
  file.read(text.data(), size - from);
  text.resize(static_cast<size_t>(file.gcount()));
  size_t begin = text.size();
  for (int i = 0; i < lines && begin > 0; ++i) {
    // The character before `begin` ends the line that is being looked for.
    const size_t newline = begin < 2 ? std::string::npos : text.rfind('\n', begin - 2);
    begin = newline == std::string::npos ? 0 : newline + 1;
  }
  return text.substr(begin);
}

}  // namespace eventreactor::stack
