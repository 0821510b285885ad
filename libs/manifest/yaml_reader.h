// YAML documents as JSON, with the lines that things stand on.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor::manifest {

struct YamlDocument {
  nlohmann::json root;
  // 1-based line where the document's content begins.
  int line = 1;
  // 1-based lines by field path (see field_path.h): each key's, each list
  // item's. Of what came by an alias there are none.
  std::map<std::string, int> lines;
  // The columns of the same, 1-based.
  std::map<std::string, int> columns;
};

// The documents of a file, empty ones left out. INVALID_ARGUMENT (BAD_YAML)
// names line and column; it is also the answer to a key given twice, more
// than 50 levels, more than 4 MiB, and anchors and aliases that hold more than
// 10,000 nodes or 4 MiB of text. Merge keys (<<) work as kubectl's do.
absl::StatusOr<std::vector<YamlDocument>> ReadYaml(const std::string& text);

}  // namespace eventreactor::manifest
