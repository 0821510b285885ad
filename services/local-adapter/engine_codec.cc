#include "services/local-adapter/engine_codec.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

using Json = nlohmann::json;

// A line of a pull's progress is a few hundred bytes.
constexpr size_t kMaxPullLine = size_t{64} << 10;
constexpr size_t kMaxErrorText = 1024;
constexpr size_t kMaxLayers = 512;
constexpr int64_t kMegabyte = 1'000'000;
// What we speak, and have tried.
constexpr int kDialectMajor = 1;
constexpr int kDialectMinor = 41;
// A container's log on the engine's disk; ours ends long before.
constexpr char kEngineLogBytes[] = "1g";

absl::Status Unreadable(const std::string& what) {
  return MakeStatus(absl::StatusCode::kInternal, "ENGINE_ERROR",
                    "the container engine's answer cannot be read: " + what);
}

Json Parse(const std::string& text) {
  return Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
}

// Never throws: what is no UTF-8 becomes U+FFFD.
std::string Write(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Lenient readers: what is absent or of another type is the default.
std::string Text(const Json& json, const char* key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

bool Flag(const Json& json, const char* key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_boolean() && it->get<bool>();
}

EngineLabels LabelsOf(const Json& json) {
  EngineLabels labels;
  const auto it = json.find("Labels");
  if (it == json.end() || !it->is_object()) return labels;
  for (const auto& [key, value] : it->items()) {
    if (value.is_string()) labels[key] = value.get<std::string>();
  }
  return labels;
}

bool HasAll(const EngineLabels& have, const EngineLabels& want) {
  return std::all_of(want.begin(), want.end(), [&](const auto& label) {
    const auto it = have.find(label.first);
    return it != have.end() && it->second == label.second;
  });
}

// The year 1 is how the engine says "not yet".
absl::Time TimeOf(const Json& json, const char* key) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, Text(json, key), &time, &error)) {
    return absl::InfinitePast();
  }
  return time <= absl::UnixEpoch() ? absl::InfinitePast() : time;
}

ContainerPhase PhaseOf(const std::string& status) {
  if (status == "created" || status == "configured" || status == "initialized") {
    return ContainerPhase::kCreated;
  }
  if (status == "running" || status == "paused" || status == "restarting" || status == "stopping") {
    return ContainerPhase::kRunning;
  }
  if (status == "exited" || status == "stopped") return ContainerPhase::kExited;
  return ContainerPhase::kBroken;
}

absl::StatusOr<std::vector<EngineObject>> DecodeList(const Json& list, const char* id_key,
                                                     const EngineLabels& labels) {
  std::vector<EngineObject> objects;
  // Go writes an empty list as null.
  if (list.is_null()) return objects;
  if (!list.is_array()) return Unreadable("expected a list");
  for (const Json& item : list) {
    if (!item.is_object()) return Unreadable("expected a list of objects");
    EngineObject object{Text(item, id_key), LabelsOf(item)};
    if (object.id.empty()) return Unreadable(std::string("an object without ") + id_key);
    if (HasAll(object.labels, labels)) objects.push_back(std::move(object));
  }
  return objects;
}

int64_t Whole(const Json& json, const char* key) {
  const auto it = json.find(key);
  // Bounded, so that sums of them are numbers too.
  return it != json.end() && it->is_number_integer()
             ? std::clamp<int64_t>(it->get<int64_t>(), 0, int64_t{1} << 50)
             : 0;
}

// At least twelve digits of a digest.
bool IsLayerId(const std::string& id) {
  return id.size() >= 12 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string EncodeContainer(const ContainerSpec& spec, bool is_podman) {
  Json host = {
      // Read back byte for byte by both engines, whatever their default is.
      {"LogConfig", {{"Type", "json-file"}, {"Config", {{"max-size", kEngineLogBytes}}}}},
  };
  if (is_podman) host["NetworkMode"] = "private";
  Json mounts = Json::array();
  for (const VolumeMount& mount : spec.mounts) {
    const bool bind = !mount.host_path.empty();
    Json item = {{"Type", bind ? "bind" : "volume"},
                 {"Source", bind ? mount.host_path : mount.volume},
                 {"Target", mount.path}};
    // Empty at first, whatever the image has there.
    if (!bind) item["VolumeOptions"] = {{"NoCopy", true}};
    if (mount.read_only) item["ReadOnly"] = true;
    mounts.push_back(std::move(item));
  }
  if (!mounts.empty()) host["Mounts"] = std::move(mounts);
  if (spec.nano_cpus > 0) host["NanoCpus"] = spec.nano_cpus;
  if (spec.memory_bytes > 0) host["Memory"] = spec.memory_bytes;
  if (spec.privileged) host["Privileged"] = true;
  if (spec.read_only_root) host["ReadonlyRootfs"] = true;
  if (spec.no_new_privileges) host["SecurityOpt"] = {"no-new-privileges"};
  if (!spec.cap_add.empty()) host["CapAdd"] = spec.cap_add;
  if (!spec.cap_drop.empty()) host["CapDrop"] = spec.cap_drop;

  Json body = {{"Image", spec.image.ToString()},
               {"Env", spec.env},
               {"Labels", spec.labels},
               {"HostConfig", std::move(host)}};
  if (!spec.entrypoint.empty()) body["Entrypoint"] = spec.entrypoint;
  if (!spec.args.empty()) body["Cmd"] = spec.args;
  if (!spec.working_dir.empty()) body["WorkingDir"] = spec.working_dir;
  if (!spec.user.empty()) body["User"] = spec.user;
  return Write(body);
}

std::string EncodeVolume(const std::string& name, const EngineLabels& labels) {
  return Write({{"Name", name}, {"Driver", "local"}, {"Labels", labels}});
}

std::string EncodeLabelFilter(const EngineLabels& labels) {
  Json list = Json::array();
  for (const auto& [key, value] : labels) list.push_back(absl::StrCat(key, "=", value));
  return Write({{"label", std::move(list)}});
}

std::string PercentEncode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                            (byte >= '0' && byte <= '9') || c == '-' || c == '.' || c == '_' ||
                            c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      char hex[4];
      std::snprintf(hex, sizeof(hex), "%%%02X", static_cast<unsigned>(byte));
      out += hex;
    }
  }
  return out;
}

absl::StatusOr<std::string> DecodeCreated(const std::string& body) {
  const Json json = Parse(body);
  if (!json.is_object()) return Unreadable("expected an object");
  std::string id = Text(json, "Id");
  if (id.empty()) return Unreadable("a container was created, but has no Id");
  return id;
}

absl::StatusOr<ContainerState> DecodeContainer(const std::string& body) {
  const Json json = Parse(body);
  if (!json.is_object()) return Unreadable("expected an object");
  ContainerState container;
  container.id = Text(json, "Id");
  const auto state = json.find("State");
  if (container.id.empty() || state == json.end() || !state->is_object()) {
    return Unreadable("a container without Id or State");
  }
  if (const auto config = json.find("Config"); config != json.end() && config->is_object()) {
    container.labels = LabelsOf(*config);
    container.stop_signal = Text(*config, "StopSignal");
  }
  container.phase = PhaseOf(Text(*state, "Status"));
  if (const auto code = state->find("ExitCode"); code != state->end()) {
    if (!code->is_number_integer()) return Unreadable("an ExitCode that is no integer");
    container.exit_code = code->get<int>();
  }
  container.oom_killed = Flag(*state, "OOMKilled");
  container.error = Text(*state, "Error");
  container.started_at = TimeOf(*state, "StartedAt");
  container.finished_at = TimeOf(*state, "FinishedAt");
  return container;
}

absl::StatusOr<std::vector<EngineObject>> DecodeContainers(const std::string& body,
                                                           const EngineLabels& labels) {
  const Json json = Parse(body);
  if (json.is_discarded()) return Unreadable("it is no JSON");
  return DecodeList(json, "Id", labels);
}

absl::StatusOr<std::vector<EngineObject>> DecodeVolumes(const std::string& body,
                                                        const EngineLabels& labels) {
  const Json json = Parse(body);
  if (!json.is_object()) return Unreadable("expected an object");
  const auto volumes = json.find("Volumes");
  return DecodeList(volumes == json.end() ? Json() : *volumes, "Name", labels);
}

absl::StatusOr<std::string> DecodeDialect(const std::string& body) {
  const Json json = Parse(body);
  if (!json.is_object()) return Unreadable("expected an object");
  const auto version = [&json](const char* key, std::pair<int, int>& out) {
    const std::string text = Text(json, key);
    return std::sscanf(text.c_str(), "%d.%d", &out.first, &out.second) == 2;
  };
  std::pair<int, int> newest;
  if (!version("ApiVersion", newest)) return Unreadable("no ApiVersion; is it a container engine?");
  std::pair<int, int> use(kDialectMajor, kDialectMinor);
  if (newest < use) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "ENGINE_TOO_OLD",
                      "the container engine speaks API " + Text(json, "ApiVersion") +
                          " at most; 1.41 is needed (podman 4, docker 20.10)");
  }
  std::pair<int, int> oldest;
  if (version("MinAPIVersion", oldest)) use = std::max(use, oldest);
  return "v" + std::to_string(use.first) + "." + std::to_string(use.second);
}

bool DecodeIsPodman(const std::string& body) {
  const Json json = Parse(body);
  const auto components = json.is_object() ? json.find("Components") : json.end();
  if (components == json.end() || !components->is_array()) return false;
  return std::any_of(components->begin(), components->end(), [](const Json& each) {
    return each.is_object() && Text(each, "Name") == "Podman Engine";
  });
}

std::string DecodeError(const std::string& body) {
  const Json json = Parse(body);
  std::string text = json.is_object() ? Text(json, "message") : std::string();
  if (text.empty()) text = body;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > kMaxErrorText) text = text.substr(0, kMaxErrorText) + "...";
  return text.empty() ? "no reason given" : text;
}

void PullDecoder::Feed(const char* data, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (data[i] == '\n') {
      Line();
    } else if (line_.size() < kMaxPullLine) {
      line_.push_back(data[i]);
    }
  }
  // The last line may come without its end.
  if (!line_.empty() && line_.back() == '}') {
    const Json json = Parse(line_);
    if (!json.is_discarded()) Line();
  }
}

void PullDecoder::Line() {
  const Json json = Parse(line_);
  line_.clear();
  if (!json.is_object()) return;
  std::string error = Text(json, "error");
  if (error.empty()) {
    const auto detail = json.find("errorDetail");
    if (detail != json.end() && detail->is_object()) error = Text(*detail, "message");
  }
  if (!error.empty()) error_ = std::move(error);
  const std::string id = Text(json, "id");
  // The first line is about the tag, which has no layer's digest for an id.
  if (!IsLayerId(id) || (layers_.size() >= kMaxLayers && layers_.count(id) == 0)) return;
  Layer& layer = layers_[id];
  const std::string status = Text(json, "status");
  layer.here = status == "Pull complete" || status == "Already exists" ||
               status == "Download complete" || status == "Extracting";
  const auto detail = json.find("progressDetail");
  if (status != "Downloading" || detail == json.end() || !detail->is_object()) return;
  layer.current = Whole(*detail, "current");
  layer.total = Whole(*detail, "total");
}

std::string PullDecoder::Progress() const {
  if (layers_.empty()) return "";
  int64_t here = 0;
  int64_t current = 0;
  int64_t total = 0;
  for (const auto& [id, layer] : layers_) {
    here += layer.here ? 1 : 0;
    current += layer.here ? layer.total : std::min(layer.current, layer.total);
    total += layer.total;
  }
  std::string words = absl::StrCat(here, " of ", layers_.size(), " layers");
  if (total > 0) {
    absl::StrAppend(&words, ", ", current / kMegabyte, " of ", total / kMegabyte, " MB");
  }
  return words;
}

}  // namespace eventreactor::local
