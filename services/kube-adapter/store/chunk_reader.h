// Reads a collection from the API server in chunks that are bounded in bytes,
// whatever the size of its objects.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <string>

#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

class ChunkReader {
 public:
  static constexpr size_t kMaxBytes = size_t{16} << 20;

  // `client` is not owned. `max_bytes` is what an answer may take.
  ChunkReader(Client& client, Resource resource, size_t max_bytes = kMaxBytes)
      : client_(client), resource_(std::move(resource)), max_bytes_(max_bytes) {}

  struct Ask {
    std::string ns{};
    std::string label_selector{};
    std::string field_selector{};
    // Exactly that version; empty: the newest.
    std::string version{};
    // Any version that the API server has in its watch cache: with a selector
    // the newest may cost a read of the whole collection from etcd. `most` and
    // `bytes` are then not heeded.
    bool cached = false;
    // From the chunk before; then `version` is not looked at.
    std::string continue_token{};
    // Objects wanted: there may be fewer, though more follow.
    size_t most = 500;
    // Roughly so many bytes are wanted.
    size_t bytes = size_t{6} << 20;
  };
  // Hands out the objects of one chunk.
  absl::StatusOr<ListMeta> Read(const Ask& ask, const OnItem& on_item);

  // How to go on after the first `objects` of a chunk that was read as of
  // `version`.
  absl::StatusOr<std::string> ContinueAfter(Ask ask, size_t objects, const std::string& version);

 private:
  static ListOptions OptionsOf(const Ask& ask);

  Client& client_;
  const Resource resource_;
  const size_t max_bytes_;
  // Of one object in the last chunks.
  std::atomic<size_t> typical_bytes_{size_t{16} << 10};
};

}  // namespace eventreactor::kube
