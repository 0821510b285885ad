#include "libs/service/config_file.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

absl::Status Refuse(const std::string& where, const std::string& why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_CONFIG_FILE", where + ": " + why);
}

// yaml-cpp counts lines from 0, and has -1 where it does not know.
std::string At(const std::string& path, const YAML::Mark& mark) {
  return mark.is_null() ? path : path + ":" + std::to_string(mark.line + 1);
}

absl::StatusOr<ConfigEntry> ReadEntry(const std::string& path, const YAML::Node& key,
                                      const YAML::Node& value) {
  if (!key.IsScalar()) return Refuse(At(path, key.Mark()), "a key must be an option's name");
  ConfigEntry entry;
  entry.key = key.Scalar();
  entry.origin = At(path, key.Mark());
  const auto refuse = [&](const std::string& why) {
    return Refuse(entry.origin, entry.key + ": " + why);
  };
  if (value.IsScalar()) {
    entry.values.push_back(value.Scalar());
    return entry;
  }
  if (!value.IsSequence()) {
    return refuse(value.IsMap() ? "takes a value, not a map" : "has no value");
  }
  entry.is_list = true;
  for (const YAML::Node& item : value) {
    if (!item.IsScalar()) return refuse("the list may hold plain values only");
    entry.values.push_back(item.Scalar());
  }
  if (entry.values.empty()) return refuse("the list is empty; leave the key out instead");
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<ConfigEntry>> ReadConfigFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Refuse(path, std::string("cannot be read: ") + std::strerror(errno));
  try {
    const YAML::Node root = YAML::Load(file);
    std::vector<ConfigEntry> entries;
    if (root.IsNull()) return entries;
    if (!root.IsMap()) return Refuse(At(path, root.Mark()), "expected a map of option names");
    std::set<std::string> seen;
    for (const auto& pair : root) {
      absl::StatusOr<ConfigEntry> entry = ReadEntry(path, pair.first, pair.second);
      if (!entry.ok()) return entry.status();
      if (!seen.insert(entry->key).second) {
        return Refuse(entry->origin, entry->key + ": is given twice");
      }
      entries.push_back(*std::move(entry));
    }
    return entries;
  } catch (const YAML::Exception& error) {
    return Refuse(At(path, error.mark), error.msg);
  }
}

}  // namespace eventreactor::service
