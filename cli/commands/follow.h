// Follows a watch of resources for as long as it is wanted: what is there,
// then each change, through restarts of the adapter. For .cc files of commands
// only: what includes it knows the service's stub.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "cli/client.h"
#include "cli/terminal.h"
#include "eventreactor/v1/meta.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {

template <class Resource>
struct Follower {
  // All that is there; once, and again where too much happened while the
  // adapter was not reached. An error ends it.
  std::function<absl::Status(std::vector<Resource>)> begin;
  // Then each change.
  std::function<absl::Status(v1::ChangeType, const Resource&)> change;
};

// Ends a watch from another thread.
class WatchStop {
 public:
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  // What is to be cancelled; null: nothing is going on. False once stopped.
  bool Set(grpc::ClientContext* context) {
    const std::lock_guard lock(mutex_);
    context_ = context;
    return !stopped_;
  }

 private:
  std::mutex mutex_;
  bool stopped_ = false;
  grpc::ClientContext* context_ = nullptr;
};

// One watch, until it breaks. `resource` takes the object out of a response.
template <class Resource, class Response>
class FollowOnce {
 public:
  FollowOnce(const Follower<Resource>& follower, std::string& version)
      : follower_(follower), version_(version), gathering_(version.empty()) {}

  // An error of the follower's.
  absl::Status Take(Response& response, Resource& resource) {
    const bool bookmark = response.type() == v1::CHANGE_TYPE_BOOKMARK;
    if (!bookmark && gathering_) {
      const std::pair key(resource.metadata().namespace_(), resource.metadata().name());
      if (response.type() == v1::CHANGE_TYPE_DELETED) {
        gathered_.erase(key);
      } else {
        gathered_[key] = std::move(resource);
      }
      return absl::OkStatus();
    }
    version_ = response.resource_version();
    if (!bookmark) return follower_.change(response.type(), resource);
    if (!gathering_) return absl::OkStatus();
    gathering_ = false;
    std::vector<Resource> all;
    all.reserve(gathered_.size());
    for (auto& each : gathered_) all.push_back(std::move(each.second));
    gathered_.clear();
    return follower_.begin(std::move(all));
  }

 private:
  const Follower<Resource>& follower_;
  std::string& version_;
  bool gathering_;
  std::map<std::pair<std::string, std::string>, Resource> gathered_;
};

inline absl::Status TimeIsUp() {
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, "TIME_IS_UP",
                    "the time to watch is up (--timeout)");
}

inline absl::Status StoppedStatus() {
  return MakeStatus(absl::StatusCode::kCancelled, "STOPPED", "nobody watches any more");
}

// Returns the error of the follower, DEADLINE_EXCEEDED at the deadline, or a
// refusal of the service. A service that is away is waited for. CANCELLED
// (STOPPED) once `stop`, which may be null, says so.
template <class Resource, class Stub, class Request, class Response, class Mutable>
absl::Status FollowResources(const Client& client, Stub& stub,
                             std::unique_ptr<grpc::ClientReader<Response>> (Stub::*watch)(
                                 grpc::ClientContext*, const Request&),
                             Request request, Mutable mutable_resource, absl::Time deadline,
                             const Follower<Resource>& follower, WatchStop* stop = nullptr) {
  constexpr auto kPause = absl::Milliseconds(500);
  std::string version;
  bool told = false;
  bool answered = false;
  while (true) {
    request.set_resource_version(version);
    grpc::ClientContext context;
    client.adapter().Prepare(context, deadline - absl::Now());
    if (stop != nullptr && !stop->Set(&context)) return StoppedStatus();
    const auto reader = (stub.*watch)(&context, request);
    FollowOnce<Resource, Response> once(follower, version);
    Response response;
    while (reader->Read(&response)) {
      answered = true;
      told = false;
      if (absl::Status status = once.Take(response, *mutable_resource(response)); !status.ok()) {
        context.TryCancel();
        if (stop != nullptr) stop->Set(nullptr);
        return status;
      }
    }
    const bool go_on = stop == nullptr || stop->Set(nullptr);
    absl::Status status = client.adapter().Translate(reader->Finish());
    if (!go_on) return StoppedStatus();
    const bool expired = absl::IsOutOfRange(status);
    if (expired) version.clear();
    // One that was never reached is an error at once, as of any other command.
    const bool again = status.ok() || expired || (answered && IsTransient(status));
    if (absl::Now() + kPause > deadline || absl::IsDeadlineExceeded(status)) return TimeIsUp();
    if (!again) return status;
    if (!status.ok() && !expired && !told) {
      Talk(Message(status) + "; waiting for it");
      told = true;
    }
    absl::SleepFor(kPause);
  }
}

}  // namespace eventreactor::cli
