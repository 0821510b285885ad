#include "services/kube-adapter/kube/watch_decoder.h"

#include <optional>
#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

absl::Status BadWatch(const std::string& what) {
  return MakeStatus(absl::StatusCode::kInternal, "BAD_WATCH",
                    "the API server's watch is not to be understood: " + what);
}

std::optional<WatchEvent::Type> TypeOf(const std::string& type) {
  if (type == "ADDED") return WatchEvent::Type::kAdded;
  if (type == "MODIFIED") return WatchEvent::Type::kModified;
  if (type == "DELETED") return WatchEvent::Type::kDeleted;
  if (type == "BOOKMARK") return WatchEvent::Type::kBookmark;
  return std::nullopt;
}

absl::Status DecodeLine(std::string_view line, const WatchDecoder::OnEvent& on_event) {
  absl::StatusOr<json> parsed = ParsePruned(line);
  if (!parsed.ok()) return BadWatch(Message(parsed.status()));
  const std::string type = StringAt(*parsed, "type");
  if (type == "ERROR") {
    const json& status = ObjectAt(*parsed, "object");
    const auto replace = json::error_handler_t::replace;
    return ToStatus(ParseApiError(static_cast<int>(IntAt(status, "code")),
                                  status.dump(-1, ' ', false, replace)),
                    "watch");
  }
  const std::optional<WatchEvent::Type> known = TypeOf(type);
  if (!known) return BadWatch("an event of type \"" + type.substr(0, 64) + "\"");
  const auto object = parsed->find("object");
  if (object == parsed->end() || !object->is_object()) return BadWatch("an event without object");
  return on_event({*known, std::move(*object)});
}

}  // namespace

absl::Status WatchDecoder::Feed(std::string_view bytes, const OnEvent& on_event) {
  while (true) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > max_line_) {
      return MakeStatus(
          absl::StatusCode::kResourceExhausted, "WATCH_LINE_TOO_LONG",
          "an event of the watch is longer than " + std::to_string(max_line_) + " bytes");
    }
    if (end == std::string_view::npos) {
      line_.append(piece);
      return absl::OkStatus();
    }
    // A line that came in one piece is not copied.
    std::string_view line = piece;
    std::string whole;
    if (!line_.empty()) {
      whole = std::exchange(line_, {});
      whole.append(piece);
      line = whole;
    }
    bytes.remove_prefix(end + 1);
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    if (absl::Status status = DecodeLine(line, on_event); !status.ok()) return status;
  }
}

absl::Status WatchDecoder::Finish() const {
  return line_.empty() ? absl::OkStatus() : BadWatch("it ended in the middle of an event");
}

}  // namespace eventreactor::kube
