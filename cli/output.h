// How results are written: tables for people, JSON, YAML and names for
// programs. Pure, but for Emit.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/jsonpath/jsonpath.h"
#include "cli/terminal.h"

namespace eventreactor::cli {

enum class Format { kPeople, kWide, kJson, kYaml, kName, kJsonPath };

// What -o asked for.
struct Output {
  // NOLINTNEXTLINE(google-explicit-constructor)
  Output(Format chosen = Format::kPeople) : format(chosen) {}
  bool ForPeople() const { return format == Format::kPeople || format == Format::kWide; }

  Format format;
  // Of kJsonPath.
  std::optional<JsonPath> path;
};

// Implicit, so that a row reads as the list of its texts.
struct Cell {
  // NOLINTNEXTLINE(google-explicit-constructor)
  Cell(std::string cell_text, Colour cell_colour = Colour::kNone)
      : text(std::move(cell_text)), colour(cell_colour) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT(google-explicit-constructor)
  std::string text;
  Colour colour = Colour::kNone;
};

// Rows under headers.
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}

  // As many cells as there are headers. Text from elsewhere is made
  // Printable.
  void Add(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // With headers, columns aligned; the last one is not padded.
  std::string Aligned() const;
  // The same as far as it has not been taken before, for rows that come one
  // by one: columns only grow.
  std::string TakeAligned();
  // Tab-separated, without headers.
  std::string TabSeparated() const;
  // The one that stdout's reader wants.
  std::string Text() const { return PeopleRead() ? Aligned() : TabSeparated(); }

 private:
  using Row = std::vector<Cell>;
  void Widen(const std::vector<Row>& rows, std::vector<size_t>& widths) const;
  static std::string Line(const Row& row, const std::vector<size_t>& widths);

  std::vector<std::string> headers_;
  std::vector<Row> rows_;
  // Of TakeAligned.
  std::vector<size_t> widths_;
};

// Lines of "Name:  value", aligned, in the order added; empty values are left
// out.
class Fields {
 public:
  void Add(const std::string& name, const std::string& value);
  std::string Text() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// kubectl's List around manifests.
nlohmann::json ListOf(std::vector<nlohmann::json> items);

// JSON or YAML with a line end. Any other format is treated as JSON.
std::string Render(const nlohmann::json& json, Format format);

// The same, or what the template makes of it. RESOURCE_EXHAUSTED as
// JsonPath::Print has it.
absl::StatusOr<std::string> Rendered(const nlohmann::json& json, const Output& output);
// Prints it.
absl::Status PrintJson(const nlohmann::json& json, const Output& output);

// How long ago, as kubectl has it: 42s, 5m, 3h, 9d; at most two digits of
// hours. "" for a moment that is not set.
std::string Age(const google::protobuf::Timestamp& since, bool is_set, absl::Time now);
std::string ShortDuration(absl::Duration duration);

// RFC 3339 in UTC.
std::string TimeText(const google::protobuf::Timestamp& time);
absl::Time ToTime(const google::protobuf::Timestamp& time);

// 12.3 MB
std::string Megabytes(int64_t bytes);

}  // namespace eventreactor::cli
