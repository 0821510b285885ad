// The changes of a collection as the API server tells them: what is there and
// a bookmark, unless there is a version to resume after, then each change. It
// goes on by itself when the server ends a watch in good order or a
// connection is lost.
//
// For one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/resource.h"
#include "services/kube-adapter/kube/stream_reader.h"
#include "services/kube-adapter/kube/watch_decoder.h"
#include "services/kube-adapter/store/chunk_reader.h"

namespace eventreactor::kube {

class ObjectWatch {
 public:
  struct Options {
    Resource resource{};
    // Empty: all namespaces.
    std::string ns{};
    std::string label_selector{};
    std::string field_selector{};
    // Empty: begin with what is there.
    std::string version{};
    // A watch that is silent for so long is begun anew: the server tells of
    // its version every minute or so.
    absl::Duration idle = absl::Minutes(3);
  };
  // `client` is not owned.
  ObjectWatch(Client& client, Options options);

  // Waits up to `wait` (longer only where it lists); nothing after that. An
  // error ends it, but for UNAVAILABLE it may be called again. OUT_OF_RANGE:
  // the version is forgotten.
  absl::StatusOr<std::optional<WatchEvent>> Next(absl::Duration wait);

  // Where to resume after what Next returned last; empty before the first
  // bookmark.
  const std::string& version() const { return version_; }

 private:
  absl::Status ListMore();
  void Open();
  absl::Status ReadMore(absl::Duration wait);

  Client& client_;
  const Options options_;
  ChunkReader chunks_;
  bool listing_;
  std::string list_version_;
  std::string continue_token_;
  // What has come and was not returned yet; then `failure_`.
  std::deque<WatchEvent> pending_;
  absl::Status failure_;
  std::string version_;
  // That of the last event that came.
  std::string latest_;
  std::unique_ptr<StreamReader> reader_;
  std::optional<WatchDecoder> decoder_;
  // When this watch was begun or last brought anything, by Clock::Steady.
  absl::Duration heard_;
  // Whether it has brought anything, and how many did not.
  bool fruitful_ = false;
  int fruitless_ = 0;
};

}  // namespace eventreactor::kube
