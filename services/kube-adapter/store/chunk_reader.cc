#include "services/kube-adapter/store/chunk_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/request.h"

namespace eventreactor::kube {

ListOptions ChunkReader::OptionsOf(const Ask& ask) {
  ListOptions options;
  options.label_selector = ask.label_selector;
  options.field_selector = ask.field_selector;
  options.continue_token = ask.continue_token;
  if (ask.continue_token.empty() && !ask.version.empty()) {
    options.resource_version = ask.version;
    options.resource_version_match = "Exact";
  } else if (ask.continue_token.empty() && ask.cached) {
    options.resource_version = "0";
  }
  return options;
}

absl::StatusOr<std::string> ChunkReader::ContinueAfter(Ask ask, size_t objects,
                                                       const std::string& version) {
  if (objects == 0) return std::move(ask.continue_token);
  ask.version = version;
  ListOptions options = OptionsOf(ask);
  options.limit = static_cast<int64_t>(objects);
  options.metadata_only = true;
  absl::StatusOr<ListMeta> meta =
      Api(client_).List(resource_, ask.ns, options, [](const auto&) { return absl::OkStatus(); });
  if (!meta.ok()) return meta.status();
  return std::move(meta->continue_token);
}

absl::StatusOr<ListMeta> ChunkReader::Read(const Ask& ask, const OnItem& on_item) {
  ListOptions options = OptionsOf(ask);
  size_t wanted = std::clamp<size_t>(ask.bytes / std::max<size_t>(typical_bytes_, 1), 1, ask.most);
  while (true) {
    options.limit = static_cast<int64_t>(wanted);
    Request request = ListRequest(resource_, ask.ns, options);
    request.max_response = max_bytes_;
    const absl::StatusOr<Response> response = client_.Do(std::move(request));
    // These are larger than usual: fewer at once.
    if (Reason(response.status()) == "RESPONSE_TOO_LARGE" && wanted > 1) {
      wanted = std::max<size_t>(wanted / 4, 1);
      continue;
    }
    if (!response.ok()) return response.status();
    size_t objects = 0;
    absl::StatusOr<ListMeta> meta =
        ForEachItem(response->body, resource_, [&](nlohmann::json&& object) {
          ++objects;
          return on_item(std::move(object));
        });
    if (meta.ok() && objects > 0) {
      typical_bytes_ = (typical_bytes_ + response->body.size() / objects) / 2;
    }
    return meta;
  }
}

}  // namespace eventreactor::kube
