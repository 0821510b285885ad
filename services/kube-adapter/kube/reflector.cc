#include "services/kube-adapter/kube/reflector.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/stream_reader.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// A watch that the server ended so soon did not work.
constexpr absl::Duration kShortWatch = absl::Seconds(1);

}  // namespace

Reflector::Reflector(Client& client, ReflectorOptions options, Mirror& mirror, Clock& clock)
    : client_(client), options_(std::move(options)), mirror_(mirror), clock_(clock) {}

Reflector::~Reflector() { Stop(); }

void Reflector::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Reflector::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

ReflectorMetrics Reflector::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

void Reflector::Count(uint64_t ReflectorMetrics::*what) {
  const std::lock_guard lock(mutex_);
  ++(metrics_.*what);
}

void Reflector::Run(const std::stop_token& stop) {
  uint64_t failures = 0;
  while (!stop.stop_requested()) {
    const absl::Status status = version_.empty() ? List(stop) : Watch(stop);
    if (status.ok()) {
      failures = 0;
      continue;
    }
    if (stop.stop_requested()) return;
    // What changed since is no longer known: nothing is wrong with the server.
    const bool expired = absl::IsOutOfRange(status);
    // Nor does it help to read again what could not be understood.
    const std::string reason = Reason(status);
    if (expired || reason == "BAD_WATCH" || reason == "WATCH_LINE_TOO_LONG") version_.clear();
    Count(&ReflectorMetrics::failures);
    mirror_.Failed(status);
    if (expired && failures++ == 0) continue;
    const absl::Duration delay =
        RetryAfter(status) + BackoffDelay(options_.backoff, failures, RollDice());
    ++failures;
    if (!clock_.Sleep(delay, stop)) return;
  }
}

void Reflector::Prepare(json& object) const {
  if (!options_.keep_managed_fields && object.contains("metadata") &&
      object["metadata"].is_object()) {
    object["metadata"].erase("managedFields");
  }
  if (options_.transform) options_.transform(object);
}

absl::Status Reflector::List(const std::stop_token& stop) {
  Count(&ReflectorMetrics::lists);
  ListOptions list;
  list.label_selector = options_.label_selector;
  list.field_selector = options_.field_selector;
  list.limit = options_.page;
  list.metadata_only = options_.metadata_only;
  mirror_.BeginList();
  const absl::StatusOr<ListMeta> listed =
      Api(client_, stop)
          .ListAll(
              options_.resource, options_.ns, list, [this] { mirror_.BeginList(); },
              [this](json&& object) {
                Prepare(object);
                mirror_.Listed(std::move(object));
                return absl::OkStatus();
              });
  if (!listed.ok()) return listed.status();
  if (!ParseVersion(listed->resource_version)) {
    return MakeStatus(absl::StatusCode::kInternal, "BAD_LIST",
                      "a list of " + options_.resource.plural + " of version \"" +
                          listed->resource_version.substr(0, 64) + "\", which is no number");
  }
  mirror_.EndList(listed->resource_version);
  version_ = listed->resource_version;
  return absl::OkStatus();
}

absl::Status Reflector::Watch(const std::stop_token& stop) {
  Count(&ReflectorMetrics::watches);
  WatchOptions watch;
  watch.label_selector = options_.label_selector;
  watch.field_selector = options_.field_selector;
  watch.resource_version = version_;
  watch.server_timeout = options_.watch_time * (1 + RollDice());
  watch.metadata_only = options_.metadata_only;
  const absl::Duration began = clock_.Steady();
  StreamReader reader(client_, WatchRequest(options_.resource, options_.ns, watch),
                      {.buffer = options_.buffer, .pausable = false});
  const std::stop_callback cancel(stop, [&reader] { reader.Cancel(); });
  WatchDecoder decoder;
  bool useful = false;
  const auto on_event = [&](WatchEvent&& event) {
    useful = true;
    Count(&ReflectorMetrics::events);
    const std::string version = StringAt(ObjectAt(event.object, "metadata"), "resourceVersion");
    if (event.type != WatchEvent::Type::kBookmark) Prepare(event.object);
    mirror_.Changed(std::move(event));
    if (ParseVersion(version)) version_ = version;
    return absl::OkStatus();
  };
  while (true) {
    const absl::StatusOr<StreamReader::Piece> piece = reader.Read(options_.idle_timeout);
    if (!piece.ok()) return piece.status();
    if (piece->bytes.empty() && !piece->ended) {
      return MakeStatus(absl::StatusCode::kUnavailable, "WATCH_IDLE",
                        "the watch of " + options_.resource.plural + " was silent for " +
                            absl::FormatDuration(options_.idle_timeout));
    }
    if (absl::Status status = decoder.Feed(piece->bytes, on_event); !status.ok()) return status;
    if (!piece->ended) continue;
    if (absl::Status status = decoder.Finish(); !status.ok()) return status;
    if (useful || clock_.Steady() - began >= kShortWatch) return absl::OkStatus();
    return MakeStatus(
        absl::StatusCode::kUnavailable, "WATCH_TOO_SHORT",
        "the server ended the watch of " + options_.resource.plural + " before anything came");
  }
}

}  // namespace eventreactor::kube
