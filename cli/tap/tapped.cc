#include "cli/tap/tapped.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/bus/subjects.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::cli {
namespace {

constexpr char kAnyBelow[] = ".*";

bool IsBeginning(const std::string& type) { return type.ends_with(kAnyBelow); }

bool TypeMatches(const std::string& wanted, const std::string& type) {
  if (!IsBeginning(wanted)) return wanted == type;
  // With its last dot.
  return type.starts_with(wanted.substr(0, wanted.size() - 1));
}

}  // namespace

absl::StatusOr<TapFilter> TapFilter::Make(std::vector<std::string> types,
                                          const std::string& source) {
  TapFilter filter;
  for (const std::string& type : types) {
    const size_t star = type.find('*');
    if (star == std::string::npos || (IsBeginning(type) && star == type.size() - 1)) continue;
    return MakeStatus(absl::StatusCode::kInvalidArgument, "USAGE",
                      absl::StrCat("--type: \"", type, "\": a * stands only at the end, after a ",
                                   "dot, for all below: com.example.*"));
  }
  filter.types_ = std::move(types);
  if (source.empty()) return filter;
  constexpr int64_t kMaxMemory = 8 << 20;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto pattern = std::make_shared<const re2::RE2>(source, options);
  if (!pattern->ok()) {
    return MakeStatus(
        absl::StatusCode::kInvalidArgument, "USAGE",
        absl::StrCat("--source: \"", source, "\" is no RE2 pattern: ", pattern->error()));
  }
  filter.source_ = std::move(pattern);
  return filter;
}

bool TapFilter::Wants(const cloudevents::CloudEvent& event) const {
  const bool typed =
      types_.empty() || std::any_of(types_.begin(), types_.end(), [&](const std::string& type) {
        return TypeMatches(type, event.type);
      });
  return typed && (source_ == nullptr || re2::RE2::PartialMatch(event.source, *source_));
}

std::string TapFilter::Subject(const std::string& kind, const std::string& ns) const {
  // Only events have their type in the subject.
  if (kind == "event" && types_.size() == 1 && !ns.empty() && !IsBeginning(types_.front())) {
    return bus::FeedSubject(bus::EventSubject(ns, types_.front()));
  }
  return absl::StrCat("er.feed.", kind, ".", ns.empty() ? "*" : ns, ".>");
}

nlohmann::json TappedJson(const cloudevents::CloudEvent& event) {
  nlohmann::json json = {
      {"specversion", "1.0"}, {"id", event.id}, {"source", event.source}, {"type", event.type}};
  for (const auto& [name, value] :
       {std::pair{"datacontenttype", &event.datacontenttype},
        std::pair{"dataschema", &event.dataschema}, std::pair{"subject", &event.subject},
        std::pair{"time", &event.time}}) {
    if (!value->empty()) json[name] = *value;
  }
  for (const auto& [name, value] : event.extensions) json[name] = value;
  if (!event.data) return json;
  if (event.datacontenttype.find("json") != std::string::npos) {
    auto data = nlohmann::json::parse(*event.data, nullptr, false);
    if (!data.is_discarded()) {
      json["data"] = std::move(data);
      return json;
    }
  }
  if (FindInvalidUtf8(*event.data) == std::string::npos) {
    json["data"] = *event.data;
  } else {
    json["data_base64"] = std::string(absl::Base64Escape(*event.data));
  }
  return json;
}

std::vector<Cell> TappedCells(const cloudevents::CloudEvent& event) {
  constexpr size_t kMostShown = 60;
  const std::string data = event.data.value_or("");
  std::string shown = ValidUtf8(data, kMostShown);
  if (FindInvalidUtf8(data) != std::string::npos) shown = absl::StrCat(data.size(), " bytes");
  return {event.type, event.source, event.id, shown};
}

}  // namespace eventreactor::cli
