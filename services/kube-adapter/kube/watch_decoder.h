// A watch's bytes as events: one JSON object a line. Pure.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace eventreactor::kube {

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark };
  Type type = Type::kBookmark;
  // A bookmark's has a metadata.resourceVersion and nothing else of interest.
  nlohmann::json object;
};

class WatchDecoder {
 public:
  explicit WatchDecoder(size_t max_line = size_t{16} << 20) : max_line_(max_line) {}

  // Hands each event that is complete to `on_event`, whose first error ends
  // it. INTERNAL (BAD_WATCH) for what is no event, RESOURCE_EXHAUSTED
  // (WATCH_LINE_TOO_LONG), and an ERROR event as ToStatus has it: OUT_OF_RANGE
  // means list anew.
  using OnEvent = std::function<absl::Status(WatchEvent&& event)>;
  absl::Status Feed(std::string_view bytes, const OnEvent& on_event);

  // The stream has ended. INTERNAL (BAD_WATCH) in the middle of an event.
  absl::Status Finish() const;

 private:
  const size_t max_line_;
  std::string line_;
};

}  // namespace eventreactor::kube
