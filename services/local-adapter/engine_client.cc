#include "services/local-adapter/engine_client.h"

#include <glog/logging.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "libs/status/status.h"
#include "services/local-adapter/credential_helper.h"
#include "services/local-adapter/engine_codec.h"
#include "services/local-adapter/engine_frames.h"
#include "services/local-adapter/engine_login.h"

namespace eventreactor::local {
namespace {

constexpr char kJson[] = "application/json";
// Podman's own API, since the version whose list this was tried with.
constexpr char kPodman[] = "/v4.0.0/libpod";
// A busy engine may take its time to set up a container.
constexpr absl::Duration kSetUpTimeout = absl::Minutes(2);
// The longest path that a unix socket's address holds.
constexpr size_t kMaxSocketPath = 107;

// `words` are the engine's own; `message` says what they were about.
absl::Status Faulty(const std::string& words, const std::string& message) {
  const auto says = [&words](const char* sign) { return words.find(sign) != std::string::npos; };
  if (says("no space left on device")) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "ENGINE_DISK_FULL",
                      "the container engine has no room left on its disk; free some, such as by "
                      "removing images that nobody uses: " +
                          words);
  }
  // Docker has a status of its own for this: 409.
  if (says("name is already in use")) {
    return MakeStatus(absl::StatusCode::kAborted, "ENGINE_CONFLICT", words);
  }
  return MakeStatus(absl::StatusCode::kInternal, "ENGINE_ERROR", message);
}

absl::Status ErrorOf(const EngineRequest& request, const EngineResponse& response) {
  const std::string words = DecodeError(response.body);
  switch (response.status) {
    case 400:
      return MakeStatus(absl::StatusCode::kInvalidArgument, "ENGINE_REFUSED", words);
    case 404:
      return MakeStatus(absl::StatusCode::kNotFound, "ENGINE_NOT_FOUND", words);
    case 409:
      return MakeStatus(absl::StatusCode::kAborted, "ENGINE_CONFLICT", words);
    default:
      return Faulty(words, "the container engine answered " + std::to_string(response.status) +
                               " to " + request.method + " " + request.target + ": " + words);
  }
}

// What cannot be read must not keep public images away.
std::string AuthFor(const std::string& repository, const std::string& logins) {
  std::ifstream file(logins);
  if (logins.empty() || !file) return "";
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const absl::StatusOr<std::string> auth = RegistryAuth(text, repository, &AskCredentialHelper);
  if (auth.ok()) return *auth;
  // Of a public image there need be none.
  if (absl::IsNotFound(auth.status())) {
    LOG(INFO) << Message(auth.status());
    return "";
  }
  LOG(WARNING) << "no login for " << repository << ": " << logins << ": " << Message(auth.status());
  return "";
}

std::string Container(const std::string& container, const std::string& verb = "") {
  return "/containers/" + PercentEncode(container) + verb;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EngineClient>> EngineClient::Create(const std::string& address,
                                                                   const std::string& logins) {
  static const std::string kScheme = "unix://";
  const std::string path = address.substr(std::min(kScheme.size(), address.size()));
  if (address.rfind(kScheme, 0) != 0 || path.empty() || path.front() != '/') {
    return InvalidField("engine", "\"" + address +
                                      "\" is no address of a container engine: expected "
                                      "unix:///absolute/path");
  }
  if (path.size() > kMaxSocketPath) {
    return InvalidField("engine", "\"" + path + "\" is longer than the " +
                                      std::to_string(kMaxSocketPath) +
                                      " bytes that a unix socket's path may have");
  }
  EngineHttp::Options options;
  options.socket = path;
  return std::make_unique<EngineClient>(options, logins);
}

EngineClient::EngineClient(EngineHttp::Options options, std::string logins)
    : http_(std::move(options)), logins_(std::move(logins)) {}

absl::StatusOr<std::string> EngineClient::Dialect(const std::stop_token& abandoned) {
  {
    const std::lock_guard lock(mutex_);
    if (!dialect_.empty()) return dialect_;
  }
  EngineRequest request;
  request.method = "GET";
  request.target = "/version";
  absl::StatusOr<EngineResponse> response = http_.Call(request, abandoned);
  if (!response.ok()) return response.status();
  if (response->status >= 300) return ErrorOf(request, *response);
  absl::StatusOr<std::string> dialect = DecodeDialect(response->body);
  if (!dialect.ok()) return dialect.status();
  const std::lock_guard lock(mutex_);
  is_podman_ = DecodeIsPodman(response->body);
  dialect_ = "/" + *dialect;
  return dialect_;
}

absl::StatusOr<EngineResponse> EngineClient::Call(const std::stop_token& abandoned,
                                                  EngineRequest request) {
  const absl::StatusOr<std::string> dialect = Dialect(abandoned);
  if (!dialect.ok()) return dialect.status();
  request.target = *dialect + request.target;
  absl::StatusOr<EngineResponse> response = http_.Call(request, abandoned);
  if (response.ok() && response->status >= 400) return ErrorOf(request, *response);
  return response;
}

absl::Status EngineClient::Ping(const std::stop_token& abandoned) {
  return Call(abandoned, {.method = "GET", .target = "/_ping"}).status();
}

absl::StatusOr<bool> EngineClient::HasImage(const std::stop_token& abandoned,
                                            const ImageReference& image) {
  // The slashes of a name are part of the path here.
  const auto response =
      Call(abandoned, {.method = "GET", .target = "/images/" + image.ToString() + "/json"});
  if (response.ok()) return true;
  if (absl::IsNotFound(response.status())) return false;
  return response.status();
}

absl::Status EngineClient::Pull(const std::stop_token& abandoned, const ImageReference& image,
                                const OnTick& tick, const OnProgress& progress) {
  const absl::StatusOr<std::string> dialect = Dialect(abandoned);
  if (!dialect.ok()) return dialect.status();
  EngineRequest request;
  request.method = "POST";
  // Without a tag the engine would fetch every one there is.
  request.target = *dialect + "/images/create?fromImage=" + PercentEncode(image.repository) +
                   "&tag=" + PercentEncode(image.digest.empty() ? image.tag : image.digest);
  request.timeout = absl::InfiniteDuration();
  request.registry_auth = AuthFor(image.repository, logins_);
  PullDecoder decoder;
  const absl::StatusOr<EngineResponse> response = http_.Stream(
      request, abandoned,
      [&](const char* data, size_t size) {
        decoder.Feed(data, size);
        if (std::string words = decoder.Progress(); !words.empty()) progress(words);
        return true;
      },
      tick);
  if (!response.ok()) return response.status();
  if (response->ended_early) return absl::OkStatus();
  if (response->status >= 400) return ErrorOf(request, *response);
  if (decoder.error().empty()) return absl::OkStatus();
  return Faulty(decoder.error(), decoder.error());
}

absl::StatusOr<std::string> EngineClient::CreateContainer(const std::stop_token& abandoned,
                                                          const ContainerSpec& spec) {
  const absl::StatusOr<std::string> dialect = Dialect(abandoned);
  if (!dialect.ok()) return dialect.status();
  const bool is_podman = [this] {
    const std::lock_guard lock(mutex_);
    return is_podman_;
  }();
  const auto response =
      Call(abandoned, {.method = "POST",
                       .target = "/containers/create?name=" + PercentEncode(spec.name),
                       .body = EncodeContainer(spec, is_podman),
                       .content_type = kJson,
                       .timeout = kSetUpTimeout});
  if (!response.ok()) return response.status();
  return DecodeCreated(response->body);
}

absl::Status EngineClient::PutArchive(const std::stop_token& abandoned,
                                      const std::string& container, const std::string& path,
                                      const std::string& tar) {
  return Call(abandoned, {.method = "PUT",
                          .target = Container(container, "/archive?path=" + PercentEncode(path)),
                          .body = tar,
                          .content_type = "application/x-tar",
                          .timeout = kSetUpTimeout})
      .status();
}

absl::Status EngineClient::StartContainer(const std::stop_token& abandoned,
                                          const std::string& container) {
  return Call(
             abandoned,
             {.method = "POST", .target = Container(container, "/start"), .timeout = kSetUpTimeout})
      .status();
}

absl::StatusOr<ContainerState> EngineClient::InspectContainer(const std::stop_token& abandoned,
                                                              const std::string& container) {
  const auto response = Call(abandoned, {.method = "GET", .target = Container(container, "/json")});
  if (!response.ok()) return response.status();
  return DecodeContainer(response->body);
}

absl::StatusOr<std::vector<EngineObject>> EngineClient::ListContainers(
    const std::stop_token& abandoned, const EngineLabels& labels) {
  const std::string target =
      "/containers/json?all=1&filters=" + PercentEncode(EncodeLabelFilter(labels));
  auto response = Call(abandoned, {.method = "GET", .target = target});
  // A podman killed while it removed a container cannot tell Docker's way any more what there
  // is ("layer not known"), until that one is removed again; its own way it can.
  if (absl::IsInternal(response.status())) {
    auto own = http_.Call({.method = "GET", .target = kPodman + target}, abandoned);
    if (own.ok() && own->status < 300) response = std::move(own);
  }
  if (!response.ok()) return response.status();
  return DecodeContainers(response->body, labels);
}

absl::Status EngineClient::Signal(const std::stop_token& abandoned, const std::string& container,
                                  const std::string& signal) {
  return Call(abandoned, {.method = "POST",
                          .target = Container(container, "/kill?signal=" + PercentEncode(signal))})
      .status();
}

absl::Status EngineClient::RemoveContainer(const std::stop_token& abandoned,
                                           const std::string& container) {
  const absl::Status status = Call(abandoned, {.method = "DELETE",
                                               .target = Container(container, "?force=1&v=1"),
                                               .timeout = kSetUpTimeout})
                                  .status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::Status EngineClient::ReadLog(const std::stop_token& abandoned, const std::string& container,
                                   const OnData& data, const OnTick& tick) {
  return Log(abandoned, container, /*follow=*/false, data, tick);
}

absl::Status EngineClient::FollowLog(const std::stop_token& abandoned, const std::string& container,
                                     const OnData& data, const OnTick& tick) {
  return Log(abandoned, container, /*follow=*/true, data, tick);
}

absl::Status EngineClient::Log(const std::stop_token& abandoned, const std::string& container,
                               bool follow, const OnData& data, const OnTick& tick) {
  const absl::StatusOr<std::string> dialect = Dialect(abandoned);
  if (!dialect.ok()) return dialect.status();
  EngineRequest request;
  request.method = "GET";
  request.target = *dialect + Container(container, std::string("/logs?stdout=1&stderr=1&follow=") +
                                                       (follow ? "1" : "0"));
  request.timeout = absl::InfiniteDuration();
  FrameDecoder decoder;
  absl::Status broken = absl::OkStatus();
  const absl::StatusOr<EngineResponse> response = http_.Stream(
      request, abandoned,
      [&](const char* bytes, size_t size) {
        const absl::StatusOr<bool> more = decoder.Feed(bytes, size, data);
        if (!more.ok()) broken = more.status();
        return more.ok() && *more;
      },
      tick);
  if (!broken.ok()) return broken;
  if (!response.ok()) return response.status();
  if (!response->ended_early && response->status >= 400) return ErrorOf(request, *response);
  return absl::OkStatus();
}

absl::Status EngineClient::CreateVolume(const std::stop_token& abandoned, const std::string& name,
                                        const EngineLabels& labels) {
  return Call(abandoned, {.method = "POST",
                          .target = "/volumes/create",
                          .body = EncodeVolume(name, labels),
                          .content_type = kJson})
      .status();
}

absl::Status EngineClient::RemoveVolume(const std::stop_token& abandoned, const std::string& name) {
  const absl::Status status =
      Call(abandoned,
           {.method = "DELETE", .target = "/volumes/" + PercentEncode(name) + "?force=0"})
          .status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<EngineObject>> EngineClient::ListVolumes(
    const std::stop_token& abandoned, const EngineLabels& labels) {
  const auto response = Call(
      abandoned,
      {.method = "GET", .target = "/volumes?filters=" + PercentEncode(EncodeLabelFilter(labels))});
  if (!response.ok()) return response.status();
  return DecodeVolumes(response->body, labels);
}

}  // namespace eventreactor::local
