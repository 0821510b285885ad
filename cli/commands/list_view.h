// How lists are shown: columns, order, formats, and rows that come one by one
// while they are watched.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/command_line.h"
#include "cli/output.h"
#include "eventreactor/v1/meta.pb.h"

namespace eventreactor::cli {

struct ListColumn {
  std::string header;
  // Only shown with -o wide.
  bool wide = false;
};

// What there is to know of a kind of list.
struct ListKind {
  std::vector<ListColumn> columns;
  // Names for --sort-by, with the paths that they stand for.
  std::vector<std::pair<std::string, std::string>> sort_keys;
  // Oldest first, if nothing else is asked for; otherwise as it came.
  bool by_age = true;
  // Whether its things have labels.
  bool has_labels = true;
  // Whether JSON and YAML are manifests in a List, and not just a list.
  bool has_manifests = true;
};

// One resource.
struct ListItem {
  std::string ns;
  std::string name;
  absl::Time created;
  // One for each column.
  std::vector<Cell> cells;
  // Only where ListView::WantsManifests.
  nlohmann::json manifest;
};

// What each list is asked for.
struct ListOptions {
  std::string selector;
  bool all = false;
  bool watch = false;
  Output output;
  // With --sort-by.
  std::optional<JsonPath> sort_path;
  bool descending = false;
};

// -l, where the kind has labels, -A, -o, --sort-by and --watch.
void AddListOptions(CLI::App& command, const ListKind& kind, ListOptions& options);

// Sorts by the path: numbers by value, moments by time, other texts by their
// bytes; what lacks it comes last.
void SortItems(const JsonPath& path, bool descending, std::vector<ListItem>& items);

class ListView {
 public:
  // Both outlive it.
  ListView(const ListKind& kind, const ListOptions& options) : kind_(kind), options_(options) {}

  // Whether items need manifests.
  bool WantsManifests() const { return !options_.output.ForPeople() || options_.sort_path; }

  // The whole list; `none` is said where there is nothing in it.
  absl::Status Show(std::vector<ListItem> items, const std::string& none) const;

  // The list at the begin of a watch, then each change. CANCELLED
  // (NOBODY_READS) once stdout is closed.
  absl::Status Begin(std::vector<ListItem> items);
  absl::Status Change(v1::ChangeType type, const ListItem& item);

 private:
  Table MakeTable(bool with_change) const;
  std::vector<Cell> Row(const ListItem& item) const;
  void Sort(std::vector<ListItem>& items) const;
  absl::Status Flush();

  const ListKind& kind_;
  const ListOptions& options_;
  // Of a watch.
  std::optional<Table> table_;
};

}  // namespace eventreactor::cli
