#include "cli/output.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {
namespace {

// In characters: continuation bytes of UTF-8 take no column.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Padding(const std::string& text, size_t width) {
  constexpr size_t kGap = 3;
  return std::string(width - std::min(width, Width(text)) + kGap, ' ');
}

}  // namespace

void Table::Widen(const std::vector<Row>& rows, std::vector<size_t>& widths) const {
  if (widths.empty()) {
    widths.reserve(headers_.size());
    for (const auto& header : headers_) widths.push_back(Width(header));
  }
  for (const auto& row : rows) {
    for (size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], Width(Printable(row.at(i).text)));
    }
  }
}

std::string Table::Line(const Row& row, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string text = Printable(row.at(i).text);
    const bool last = i + 1 == widths.size();
    absl::StrAppend(&line, Paint(text, row.at(i).colour), last ? "\n" : Padding(text, widths[i]));
  }
  return line;
}

std::string Table::Aligned() const {
  std::vector<size_t> widths;
  Widen(rows_, widths);
  std::string result = Line(Row(headers_.begin(), headers_.end()), widths);
  for (const auto& row : rows_) result += Line(row, widths);
  return result;
}

std::string Table::TakeAligned() {
  const bool first = widths_.empty();
  Widen(rows_, widths_);
  std::string result = first ? Line(Row(headers_.begin(), headers_.end()), widths_) : "";
  for (const auto& row : rows_) result += Line(row, widths_);
  rows_.clear();
  return result;
}

std::string Table::TabSeparated() const {
  std::string result;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      result += (i == 0 ? "" : "\t") + Printable(row[i].text);
    }
    result += "\n";
  }
  return result;
}

void Fields::Add(const std::string& name, const std::string& value) {
  if (!value.empty()) fields_.emplace_back(name + ":", Printable(value));
}

std::string Fields::Text() const {
  size_t width = 0;
  for (const auto& field : fields_) width = std::max(width, Width(field.first));
  std::string result;
  for (const auto& [name, value] : fields_)
    absl::StrAppend(&result, name, Padding(name, width), value, "\n");
  return result;
}

nlohmann::json ListOf(std::vector<nlohmann::json> items) {
  return {{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
}

std::string Render(const nlohmann::json& json, Format format) {
  if (format != Format::kYaml) {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  std::string text = ToYaml(json);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

absl::StatusOr<std::string> Rendered(const nlohmann::json& json, const Output& output) {
  if (!output.path) return Render(json, output.format);
  auto text = output.path->Print(json);
  // What anybody wrote may stand in it; on a terminal it is only to be read.
  if (text.ok() && PeopleRead()) return PrintableLines(*text);
  return text;
}

absl::Status PrintJson(const nlohmann::json& json, const Output& output) {
  const auto text = Rendered(json, output);
  if (!text.ok()) return text.status();
  eventreactor::cli::Print(*text);
  return absl::OkStatus();
}

std::string Age(const google::protobuf::Timestamp& since, bool is_set, absl::Time now) {
  return is_set ? ShortDuration(now - ToTime(since)) : "";
}

std::string ShortDuration(absl::Duration duration) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(duration));
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  if (seconds < 2 * kMinute) return std::to_string(seconds) + "s";
  if (seconds < 2 * kHour) return std::to_string(seconds / kMinute) + "m";
  if (seconds < 2 * kDay) return std::to_string(seconds / kHour) + "h";
  return std::to_string(seconds / kDay) + "d";
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", ToTime(time), absl::UTCTimeZone());
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string Megabytes(int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

}  // namespace eventreactor::cli
