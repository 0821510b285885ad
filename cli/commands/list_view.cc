#include "cli/commands/list_view.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

std::string ChangeWord(v1::ChangeType type) {
  switch (type) {
    case v1::CHANGE_TYPE_ADDED:
      return "ADDED";
    case v1::CHANGE_TYPE_MODIFIED:
      return "MODIFIED";
    case v1::CHANGE_TYPE_DELETED:
      return "DELETED";
    default:
      return "";
  }
}

// -1, 0 or 1.
int CompareValues(const nlohmann::json& a, const nlohmann::json& b) {
  if (a.is_string() && b.is_string()) {
    absl::Time left;
    absl::Time right;
    if (absl::ParseTime(absl::RFC3339_full, a.get<std::string>(), &left, nullptr) &&
        absl::ParseTime(absl::RFC3339_full, b.get<std::string>(), &right, nullptr)) {
      return left < right ? -1 : static_cast<int>(left > right);
    }
  }
  return a < b ? -1 : static_cast<int>(b < a);
}

// The path behind what --sort-by was given.
absl::StatusOr<JsonPath> SortPath(const ListKind& kind, const std::string& text) {
  std::string keys;
  for (const auto& [key, path] : kind.sort_keys) {
    if (key == text) return JsonPath::ParseOne(path);
    absl::StrAppend(&keys, keys.empty() ? "" : ", ", key);
  }
  if (absl::StartsWith(text, ".") || absl::StartsWith(text, "{")) return JsonPath::ParseOne(text);
  return UsageError(
      absl::StrCat("\"", text, "\" is nothing to sort by; use ", keys, " or a path such as .spec"));
}

}  // namespace

void AddListOptions(CLI::App& command, const ListKind& kind, ListOptions& options) {
  if (kind.has_labels) {
    command.add_option("-l,--selector", options.selector,
                       "A label selector, such as a=b,c!=d,e in (f,g)");
  }
  AddAllNamespaces(command, options.all);
  AddOutput(command, options.output, {.name = true, .wide = true});
  std::string keys;
  for (const auto& [key, path] : kind.sort_keys) absl::StrAppend(&keys, key, ", ");
  command
      .add_option_function<std::string>(
          "--sort-by",
          [&kind, &options](const std::string& text) {
            options.descending = absl::StartsWith(text, "-");
            auto path = SortPath(kind, options.descending ? text.substr(1) : text);
            if (!path.ok()) throw CLI::ValidationError("--sort-by", Message(path.status()));
            options.sort_path = *std::move(path);
          },
          absl::StrCat("The order: ", keys,
                       "or a JSONPath such as .metadata.uid; with - in front the other way round, "
                       "as in --sort-by=-created"))
      ->type_name("KEY");
  command.add_flag("-w,--watch", options.watch,
                   "Go on with each change, until --timeout or Ctrl-C");
}

void SortItems(const JsonPath& path, bool descending, std::vector<ListItem>& items) {
  std::vector<std::pair<nlohmann::json, ListItem>> keyed;
  keyed.reserve(items.size());
  for (auto& item : items) {
    nlohmann::json key = path.First(item.manifest);
    keyed.emplace_back(std::move(key), std::move(item));
  }
  std::stable_sort(keyed.begin(), keyed.end(), [descending](const auto& a, const auto& b) {
    if (a.first.is_null() || b.first.is_null()) return !a.first.is_null() && b.first.is_null();
    const int order = CompareValues(a.first, b.first);
    return descending ? order > 0 : order < 0;
  });
  for (size_t i = 0; i < items.size(); ++i) items[i] = std::move(keyed[i].second);
}

void ListView::Sort(std::vector<ListItem>& items) const {
  if (options_.sort_path) {
    SortItems(*options_.sort_path, options_.descending, items);
  } else if (kind_.by_age) {
    std::stable_sort(items.begin(), items.end(),
                     [](const ListItem& a, const ListItem& b) { return a.created < b.created; });
  }
}

Table ListView::MakeTable(bool with_change) const {
  std::vector<std::string> headers;
  if (with_change) headers.emplace_back("CHANGE");
  if (options_.all) headers.emplace_back("NAMESPACE");
  for (const auto& column : kind_.columns) {
    if (!column.wide || options_.output.format == Format::kWide) headers.push_back(column.header);
  }
  return Table(std::move(headers));
}

std::vector<Cell> ListView::Row(const ListItem& item) const {
  std::vector<Cell> row;
  if (options_.all) row.emplace_back(item.ns);
  for (size_t i = 0; i < kind_.columns.size(); ++i) {
    const bool shown = !kind_.columns[i].wide || options_.output.format == Format::kWide;
    if (shown) row.push_back(item.cells.at(i));
  }
  return row;
}

absl::Status ListView::Show(std::vector<ListItem> items, const std::string& none) const {
  Sort(items);
  if (options_.output.ForPeople()) {
    if (items.empty()) Talk(none);
    Table table = MakeTable(false);
    for (const auto& item : items) table.Add(Row(item));
    if (!items.empty()) Print(table.Text());
    return absl::OkStatus();
  }
  if (options_.output.format == Format::kName) {
    std::string names;
    for (const auto& item : items) absl::StrAppend(&names, item.name, "\n");
    Print(names);
    return absl::OkStatus();
  }
  std::vector<nlohmann::json> manifests;
  manifests.reserve(items.size());
  for (auto& item : items) manifests.push_back(std::move(item.manifest));
  return PrintJson(
      kind_.has_manifests ? ListOf(std::move(manifests)) : nlohmann::json(std::move(manifests)),
      options_.output);
}

absl::Status ListView::Begin(std::vector<ListItem> items) {
  Sort(items);
  if (options_.output.ForPeople()) {
    table_ = MakeTable(true);
    for (const auto& item : items) {
      auto row = Row(item);
      row.insert(row.begin(), ChangeWord(v1::CHANGE_TYPE_ADDED));
      table_->Add(std::move(row));
    }
    return Flush();
  }
  for (const auto& item : items) {
    if (absl::Status status = Change(v1::CHANGE_TYPE_ADDED, item); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ListView::Flush() {
  std::string text = PeopleRead() ? table_->TakeAligned() : table_->TabSeparated();
  if (!PeopleRead()) *table_ = MakeTable(true);
  if (Print(text)) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kCancelled, "NOBODY_READS", "stdout is closed");
}

absl::Status ListView::Change(v1::ChangeType type, const ListItem& item) {
  if (options_.output.ForPeople()) {
    auto row = Row(item);
    row.insert(row.begin(), ChangeWord(type));
    table_->Add(std::move(row));
    return Flush();
  }
  std::string text;
  if (options_.output.format == Format::kName) {
    text = item.name + "\n";
  } else {
    const nlohmann::json change = {{"type", ChangeWord(type)}, {"object", item.manifest}};
    if (options_.output.format == Format::kJson) {
      // One line each, for programs that read line by line.
      text = change.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    } else {
      auto rendered = Rendered(change, options_.output);
      if (!rendered.ok()) return rendered.status();
      text = (options_.output.format == Format::kYaml ? "---\n" : "") + *rendered;
    }
  }
  if (Print(text)) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kCancelled, "NOBODY_READS", "stdout is closed");
}

}  // namespace eventreactor::cli
