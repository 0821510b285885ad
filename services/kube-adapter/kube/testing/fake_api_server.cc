#include "services/kube-adapter/kube/testing/fake_api_server.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/testing/fake_faults.h"
#include "services/kube-adapter/kube/testing/fake_http.h"
#include "services/kube-adapter/kube/testing/fake_logs.h"
#include "services/kube-adapter/kube/testing/fake_pages.h"
#include "services/kube-adapter/kube/testing/fake_refusal.h"
#include "services/kube-adapter/kube/testing/fake_store.h"
#include "services/kube-adapter/kube/testing/fake_watch.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr auto kTick = std::chrono::milliseconds(10);
constexpr size_t kMaxRecorded = 100'000;

bool IsMetadataOnly(const FakeRequest& request) {
  const auto accept = request.headers.find("accept");
  return accept != request.headers.end() &&
         accept->second.find("as=PartialObjectMetadata") != std::string::npos;
}

FakeAnswer JsonAnswer(int code, const json& body) {
  return {code, body.dump(-1, ' ', false, json::error_handler_t::replace), {}};
}

FakeAnswer ErrorAnswer(const absl::Status& status) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  return JsonAnswer(error ? error->code : 500, FakeStatusObject(status));
}

}  // namespace

class FakeApiServer::Impl {
 public:
  explicit Impl(const FakeApiServerOptions& options)
      : options_(options),
        store_(options),
        http_([this](const FakeRequest& request, FakeConnection& connection) {
          Serve(request, connection);
        }) {}

  void Serve(const FakeRequest& request, FakeConnection& connection) {
    std::optional<Fault> fault;
    Interceptor interceptor;
    {
      const std::lock_guard lock(mutex_);
      if (requests_.size() < kMaxRecorded) requests_.push_back(request);
      fault = faults_.Take(request);
      interceptor = interceptor_;
    }
    if (fault) absl::SleepFor(fault->delay);
    if (fault && fault->carried_out) static_cast<void>(Answer(request));
    if (fault && fault->code == 0 && fault->delay == absl::ZeroDuration()) return connection.Cut();
    if (fault && fault->code != 0) return connection.Answer(AnswerOf(*fault));
    if (interceptor) {
      if (const std::optional<FakeAnswer> answer = interceptor(request)) {
        return connection.Answer(*answer);
      }
    }
    const std::optional<FakeTarget> target = ParseTarget(request.path);
    if (target && request.method == "GET" && QueryOf(request, "watch") == "true") {
      return Watch(*target, request, connection);
    }
    if (target && target->plural == "pods" && target->subresource == "log") {
      return Log(*target, request, connection);
    }
    connection.Answer(Answer(request));
  }

  FakeAnswer Answer(const FakeRequest& request) {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<json> answer = Carry(request);
    changed_.notify_all();
    if (!answer.ok()) return ErrorAnswer(answer.status());
    if (IsMetadataOnly(request)) *answer = FakePartial(*answer);
    return JsonAnswer(request.method == "POST" ? 201 : 200, *answer);
  }

  absl::StatusOr<json> Carry(const FakeRequest& request) {
    const std::optional<FakeTarget> target = ParseTarget(request.path);
    if (!target) {
      return FakeRefusal(404, "NotFound", "the server could not find the requested resource", {});
    }
    if (request.method == "GET") {
      return target->name.empty() ? pages_.List(store_, *target, request) : store_.Get(*target);
    }
    json body = json::object();
    if (!request.body.empty()) {
      absl::StatusOr<json> parsed = ParseJson(request.body);
      if (!parsed.ok()) return FakeRefusal(400, "BadRequest", "the body is no JSON", *target);
      body = *std::move(parsed);
    }
    const bool dry_run = QueryOf(request, "dryRun") == "All";
    if (request.method == "POST") return store_.Create(*target, std::move(body), dry_run);
    if (request.method == "PUT") return store_.Update(*target, std::move(body), dry_run);
    if (request.method == "DELETE") return store_.Delete(*target, body);
    if (request.method == "PATCH") {
      const auto type = request.headers.find("content-type");
      const std::string content_type = type == request.headers.end() ? "" : type->second;
      if (absl::StrContains(content_type, "apply-patch") &&
          QueryOf(request, "fieldManager").empty()) {
        return FakeRefusal(
            400, "BadRequest",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: "
            "is required for apply patch",
            *target);
      }
      return store_.Patch(*target, content_type, body, dry_run);
    }
    return FakeRefusal(405, "MethodNotAllowed", "the server does not allow this method", *target);
  }

  void Watch(const FakeTarget& target, const FakeRequest& request, FakeConnection& connection) {
    connection.BeginStream("application/json");
    std::unique_lock lock(mutex_);
    const uint64_t round = ends_;
    FakeWatch watch(store_, target, request, IsMetadataOnly(request));
    const auto next_bookmark = [this] {
      return std::chrono::steady_clock::now() + ToWait(options_.bookmark_interval);
    };
    auto bookmark = next_bookmark();
    int64_t seconds = 0;
    const bool timed = absl::SimpleAtoi(QueryOf(request, "timeoutSeconds"), &seconds);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    ++watches_;
    changed_.notify_all();
    while (!watch.failed() && !connection.Gone() && round == ends_ &&
           (!timed || std::chrono::steady_clock::now() < end)) {
      std::string text = watch.Next(store_);
      if (text.empty() && std::chrono::steady_clock::now() >= bookmark) {
        text = watch.Bookmark(store_);
        bookmark = next_bookmark();
      }
      if (text.empty()) {
        changed_.wait_for(lock, kTick);
        continue;
      }
      lock.unlock();
      const bool sent = connection.Write(text);
      lock.lock();
      if (!sent) break;
    }
    --watches_;
    changed_.notify_all();
    lock.unlock();
    connection.EndStream();
  }

  void Log(const FakeTarget& target, const FakeRequest& request, FakeConnection& connection) {
    const ObjectName pod{target.ns, target.name};
    const std::string container = QueryOf(request, "container");
    std::unique_lock lock(mutex_);
    const absl::StatusOr<json> found = store_.Get(TargetOf(Pods(), pod));
    if (!found.ok()) return connection.Answer(ErrorAnswer(found.status()));
    if (logs_.Find(pod, container) == nullptr) {
      return connection.Answer(
          ErrorAnswer(FakeRefusal(400, "BadRequest",
                                  "container \"" + container + "\" in pod \"" + pod.name +
                                      "\" is waiting to start: PodInitializing",
                                  target)));
    }
    const bool follow = QueryOf(request, "follow") == "true";
    connection.BeginStream("text/plain");
    for (size_t from = 0; !connection.Gone();) {
      const FakeLogs::Log& log = *logs_.Find(pod, container);
      const std::string text = FakeLogs::Render(log, from, request);
      from = log.lines.size();
      const bool over = log.ended || !follow;
      lock.unlock();
      const bool sent = connection.Write(text);
      lock.lock();
      if (!sent || over) break;
      changed_.wait_for(lock, kTick);
    }
    lock.unlock();
    connection.EndStream();
  }

  const FakeApiServerOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  FakeStore store_;
  FakePages pages_;
  FakeLogs logs_;
  FakeFaults faults_;
  Interceptor interceptor_;
  std::vector<FakeRequest> requests_;
  int watches_ = 0;
  // Grows when all watches shall end.
  uint64_t ends_ = 0;
  // Last, as its threads use all of the above.
  FakeHttp http_;
};

FakeApiServer::FakeApiServer(const FakeApiServerOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

FakeApiServer::~FakeApiServer() = default;

std::string FakeApiServer::url() const {
  return "http://127.0.0.1:" + std::to_string(impl_->http_.port());
}

absl::StatusOr<json> FakeApiServer::Create(const Resource& resource, json object) {
  const std::lock_guard lock(impl_->mutex_);
  object["apiVersion"] = resource.api_version();
  object["kind"] = resource.kind;
  const std::string ns = StringAt(ObjectAt(object, "metadata"), "namespace");
  absl::StatusOr<json> created = impl_->store_.Create(TargetOf(resource, {ns, ""}), object);
  impl_->changed_.notify_all();
  return created;
}

std::optional<json> FakeApiServer::Get(const Resource& resource, const ObjectName& name) const {
  const std::lock_guard lock(impl_->mutex_);
  absl::StatusOr<json> found = impl_->store_.Get(TargetOf(resource, name));
  if (!found.ok()) return std::nullopt;
  return *std::move(found);
}

std::vector<json> FakeApiServer::List(const Resource& resource, const std::string& ns) const {
  const std::lock_guard lock(impl_->mutex_);
  std::vector<json> objects;
  for (const FakeObject& object : impl_->store_.List(TargetOf(resource, {ns, ""}))) {
    objects.push_back(*object);
  }
  return objects;
}

absl::Status FakeApiServer::Change(const Resource& resource, const ObjectName& name,
                                   const std::function<void(json& object)>& change) {
  const std::lock_guard lock(impl_->mutex_);
  absl::Status status = impl_->store_.Change(TargetOf(resource, name), change);
  impl_->changed_.notify_all();
  return status;
}

absl::Status FakeApiServer::Remove(const Resource& resource, const ObjectName& name) {
  const std::lock_guard lock(impl_->mutex_);
  absl::Status status = impl_->store_.Remove(TargetOf(resource, name));
  impl_->changed_.notify_all();
  return status;
}

uint64_t FakeApiServer::version() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->store_.version();
}

std::optional<json> FakeApiServer::Await(const Resource& resource, const ObjectName& name,
                                         const std::function<bool(const json& object)>& holds,
                                         absl::Duration wait) const {
  std::unique_lock lock(impl_->mutex_);
  std::optional<json> seen;
  impl_->changed_.wait_for(lock, ToWait(wait), [&] {
    absl::StatusOr<json> found = impl_->store_.Get(TargetOf(resource, name));
    if (!found.ok() || !holds(*found)) return false;
    seen = *std::move(found);
    return true;
  });
  return seen;
}

bool FakeApiServer::AwaitGone(const Resource& resource, const ObjectName& name,
                              absl::Duration wait) const {
  std::unique_lock lock(impl_->mutex_);
  return impl_->changed_.wait_for(
      lock, ToWait(wait), [&] { return !impl_->store_.Get(TargetOf(resource, name)).ok(); });
}

void FakeApiServer::SetGraceful(const std::string& plural, bool graceful) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->store_.SetGraceful(plural, graceful);
}

void FakeApiServer::SetValidator(const std::string& plural, Validator validator) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->store_.SetValidator(plural, std::move(validator));
}

void FakeApiServer::SetInterceptor(Interceptor interceptor) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->interceptor_ = std::move(interceptor);
}

void FakeApiServer::AppendLog(const ObjectName& pod, const std::string& container,
                              const std::string& text, absl::Time at) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->logs_.Append(pod, container, text, at);
  impl_->changed_.notify_all();
}

void FakeApiServer::EndLog(const ObjectName& pod, const std::string& container) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->logs_.End(pod, container);
  impl_->changed_.notify_all();
}

void FakeApiServer::Inject(Fault fault) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->faults_.Inject(std::move(fault));
}

void FakeApiServer::ClearFaults() {
  const std::lock_guard lock(impl_->mutex_);
  impl_->faults_.Clear();
}

void FakeApiServer::CutConnections() { impl_->http_.Cut(false); }

void FakeApiServer::CutWatches() { impl_->http_.Cut(true); }

void FakeApiServer::EndWatches() {
  const std::lock_guard lock(impl_->mutex_);
  ++impl_->ends_;
  impl_->changed_.notify_all();
}

void FakeApiServer::ForgetHistory() {
  const std::lock_guard lock(impl_->mutex_);
  impl_->store_.ForgetHistory();
  impl_->pages_.Forget();
  impl_->changed_.notify_all();
}

void FakeApiServer::SetDown(bool down) { impl_->http_.SetDown(down); }

std::vector<FakeRequest> FakeApiServer::requests() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->requests_;
}

int FakeApiServer::CountRequests(const std::string& method,
                                 const std::string& path_contains) const {
  const std::lock_guard lock(impl_->mutex_);
  return static_cast<int>(std::count_if(
      impl_->requests_.begin(), impl_->requests_.end(), [&](const FakeRequest& request) {
        return request.method == method && absl::StrContains(request.path, path_contains);
      }));
}

void FakeApiServer::ClearRequests() {
  const std::lock_guard lock(impl_->mutex_);
  impl_->requests_.clear();
}

int FakeApiServer::watches() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->watches_;
}

bool FakeApiServer::AwaitWatches(int count, absl::Duration wait) const {
  std::unique_lock lock(impl_->mutex_);
  return impl_->changed_.wait_for(lock, ToWait(wait), [&] { return impl_->watches_ == count; });
}

}  // namespace eventreactor::kube
