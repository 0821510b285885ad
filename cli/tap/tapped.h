// CloudEvents from the feed: which of them are wanted, and how they are shown.
// Pure.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/output.h"
#include "libs/cloudevents/cloudevent.h"

namespace re2 {
class RE2;
}

namespace eventreactor::cli {

class TapFilter {
 public:
  // `types`: exact ones, or beginnings such as com.example.*; none: all.
  // `source`: an RE2 pattern, unanchored, as a Pipeline's sourcePattern.
  // INVALID_ARGUMENT (USAGE) for a pattern that is none, and for another *.
  static absl::StatusOr<TapFilter> Make(std::vector<std::string> types, const std::string& source);

  bool Wants(const cloudevents::CloudEvent& event) const;

  // What to subscribe to: as little as subjects can tell apart. `kind`: event,
  // action and so on, or *; `ns` empty: all namespaces.
  std::string Subject(const std::string& kind, const std::string& ns) const;

 private:
  std::vector<std::string> types_;
  std::shared_ptr<const re2::RE2> source_;
};

// The JSON event format: data as JSON where it is such, otherwise text, or
// base64 where it is neither.
nlohmann::json TappedJson(const cloudevents::CloudEvent& event);

// Type, source, id and the begin of the data, for people.
std::vector<Cell> TappedCells(const cloudevents::CloudEvent& event);

}  // namespace eventreactor::cli
