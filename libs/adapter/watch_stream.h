// A watch as a gRPC stream: for all kinds the same.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/store.h"
#include "libs/adapter/stream_limit.h"
#include "libs/clock/steady_now.h"
#include "libs/service/server.h"
#include "libs/status/status.h"

namespace eventreactor {

// How soon a stream sees that its client has gone, and how often an idle one
// says where it stands.
inline constexpr absl::Duration kWatchTick = absl::Milliseconds(500);
inline constexpr absl::Duration kBookmarkInterval = absl::Seconds(30);

inline absl::Status ShuttingDown() {
  return MakeStatus(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                    "this server is shutting down; connect again");
}

inline absl::Status ClientGone() {
  return MakeStatus(absl::StatusCode::kCancelled, "CLIENT_GONE", "the client ended the stream");
}

// Sends the changes of `query` until the client goes or the server ends.
// `put` moves the object into the response.
template <class T, class Response, class Put>
absl::Status StreamChanges(Store<T>& store, const WatchQuery& query, StreamLimit& limit,
                           grpc::ServerContext& context, grpc::ServerWriter<Response>& writer,
                           const Put& put) {
  const StreamLimit::Slot slot(limit);
  if (!slot.status().ok()) return slot.status();
  absl::StatusOr<std::unique_ptr<ChangeStream<T>>> stream = store.Watch(query);
  if (!stream.ok()) return stream.status();
  std::string resource_version = query.resource_version;
  bool begun = !resource_version.empty();
  absl::Time sent = SteadyNow();
  while (true) {
    if (context.IsCancelled()) return ClientGone();
    if (service::Stopping()) return ShuttingDown();
    absl::StatusOr<std::optional<Change<T>>> change = (*stream)->Next(kWatchTick);
    if (!change.ok()) return change.status();
    Response response;
    if (change->has_value()) {
      resource_version = (*change)->resource_version;
      begun = begun || (*change)->type == v1::CHANGE_TYPE_BOOKMARK;
      response.set_type((*change)->type);
      if ((*change)->type != v1::CHANGE_TYPE_BOOKMARK) put(std::move((*change)->object), response);
    } else {
      // Before the first bookmark there is nowhere to resume.
      if (!begun || SteadyNow() - sent < kBookmarkInterval) continue;
      response.set_type(v1::CHANGE_TYPE_BOOKMARK);
    }
    if (begun) response.set_resource_version(resource_version);
    if (!writer.Write(response)) return ClientGone();
    sent = SteadyNow();
  }
}

}  // namespace eventreactor
