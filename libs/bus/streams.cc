#include "libs/bus/streams.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "libs/bus/js_api.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

using nlohmann::json;

// What the services rely on; the rest are limits that an operator may choose.
const std::vector<std::string>& Policies() {
  static const auto* const kPolicies =
      new std::vector<std::string>{"subjects", "retention", "discard", "storage", "republish"};
  return *kPolicies;
}

json Stream(const char* name, const std::string& kind, int64_t max_bytes,
            const StreamLimits& limits) {
  return {{"name", name},
          {"subjects", {"er." + kind + ".>"}},
          {"storage", "file"},
          {"max_bytes", max_bytes},
          {"num_replicas", limits.replicas},
          {"duplicate_window", absl::ToInt64Nanoseconds(limits.duplicate_window)}};
}

json Feed(const std::string& kind) {
  return {{"src", "er." + kind + ".>"}, {"dest", "er.feed." + kind + ".>"}};
}

// The shortest is the server's own bound.
bool IsSpan(absl::Duration span) {
  return span >= absl::Milliseconds(100) && span <= absl::Hours(24 * 3650);
}

void SetAge(json& stream, absl::Duration max_age) {
  stream["max_age"] = absl::ToInt64Nanoseconds(max_age);
  if (max_age == absl::ZeroDuration()) return;
  // The server wants the window within the age.
  stream["duplicate_window"] =
      std::min(stream["duplicate_window"].get<int64_t>(), stream["max_age"].get<int64_t>());
}

// The server leaves out what is the default.
std::string Shown(const json& config, const std::string& key) {
  const auto it = config.find(key);
  return it == config.end() ? "not set" : it->dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::Status StreamRefused(const std::string& name, const std::string& what,
                           const ApiAnswer& answer) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "STREAM_REFUSED",
                    "the bus refuses to " + what + " stream " + name + ": " + answer.description +
                        " (" + std::to_string(answer.err_code) + ")");
}

absl::Status EnsureStream(Link& link, const json& wanted) {
  const std::string name = wanted.at("name");
  const absl::StatusOr<ApiAnswer> info = CallApi(link, "STREAM.INFO." + name, json());
  if (!info.ok()) return info.status();
  if (info->err_code == kStreamNotFound) {
    const absl::StatusOr<ApiAnswer> made = CallApi(link, "STREAM.CREATE." + name, wanted);
    if (!made.ok()) return made.status();
    return made->ok() ? absl::OkStatus() : StreamRefused(name, "create", *made);
  }
  if (!info->ok()) return StreamRefused(name, "show", *info);
  json config = info->body.value("config", json::object());
  const std::vector<std::string> differences = Differences(config, wanted);
  if (differences.empty()) return absl::OkStatus();
  config.update(wanted);
  const absl::StatusOr<ApiAnswer> updated = CallApi(link, "STREAM.UPDATE." + name, config);
  if (!updated.ok()) return updated.status();
  if (updated->ok()) return absl::OkStatus();
  return StreamRefused(name, "change (" + absl::StrJoin(differences, "; ") + ")", *updated);
}

}  // namespace

std::vector<json> StreamConfigs(const StreamLimits& limits) {
  json events = Stream(kEvents, "event", limits.events_max_bytes, limits);
  json actions = Stream(kActions, "action", limits.actions_max_bytes, limits);
  for (json* queue : {&events, &actions}) {
    (*queue)["retention"] = "workqueue";
    (*queue)["discard"] = "new";
  }
  json log = Stream(kLog, "log", limits.log_max_bytes, limits);
  json dead = Stream(kDead, "dead", limits.dead_max_bytes, limits);
  json feed = Stream(kFeed, "feed", limits.feed_max_bytes, limits);
  for (json* kept : {&log, &dead, &feed}) {
    (*kept)["retention"] = "limits";
    (*kept)["discard"] = "old";
  }
  dead["discard"] = "new";
  SetAge(log, limits.log_max_age);
  SetAge(feed, limits.feed_max_age);
  events["republish"] = Feed("event");
  actions["republish"] = Feed("action");
  log["republish"] = Feed("log");
  return {events, actions, log, dead, feed};
}

std::vector<std::string> Differences(const json& has, const json& wanted,
                                     const std::vector<std::string>& keys) {
  std::vector<std::string> differences;
  for (const auto& [key, value] : wanted.items()) {
    const bool asked = keys.empty() || std::find(keys.begin(), keys.end(), key) != keys.end();
    if (asked && (!has.contains(key) || has.at(key) != value)) {
      differences.push_back(key + " is " + Shown(has, key) + ", not " + Shown(wanted, key));
    }
  }
  return differences;
}

absl::Status CheckLimits(const StreamLimits& limits) {
  for (const int64_t bytes : {limits.events_max_bytes, limits.actions_max_bytes,
                              limits.log_max_bytes, limits.dead_max_bytes, limits.feed_max_bytes}) {
    if (bytes <= 0) return InvalidField("max_bytes", "a stream must have a bound above 0");
  }
  // An age of 0 is for ever.
  const auto is_age = [](absl::Duration age) { return age == absl::ZeroDuration() || IsSpan(age); };
  if (!is_age(limits.log_max_age) || !is_age(limits.feed_max_age) ||
      !IsSpan(limits.duplicate_window)) {
    return InvalidField("max_age", "ages and windows are 100 ms to ten years, or an age 0");
  }
  if (limits.replicas != 1 && limits.replicas != 3 && limits.replicas != 5) {
    return InvalidField("replicas", std::to_string(limits.replicas) + " is none of 1, 3 and 5");
  }
  return absl::OkStatus();
}

absl::Status EnsureStreams(Link& link, const StreamLimits& limits) {
  if (absl::Status checked = CheckLimits(limits); !checked.ok()) return checked;
  for (const json& wanted : StreamConfigs(limits)) {
    if (absl::Status ensured = EnsureStream(link, wanted); !ensured.ok()) return ensured;
  }
  return absl::OkStatus();
}

absl::Status VerifyStreams(Link& link) {
  for (const json& wanted : StreamConfigs(StreamLimits())) {
    const std::string name = wanted.at("name");
    const absl::StatusOr<ApiAnswer> info = CallApi(link, "STREAM.INFO." + name, json());
    if (!info.ok()) return info.status();
    if (!info->ok()) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "STREAM_MISSING",
                        "stream " + name + ": " + info->description);
    }
    const std::vector<std::string> differences =
        Differences(info->body.value("config", json::object()), wanted, Policies());
    if (!differences.empty()) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "STREAM_DIFFERS",
                        "stream " + name + ": " + absl::StrJoin(differences, "; "));
    }
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::bus
