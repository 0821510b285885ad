#include "services/kube-adapter/kube/testing/fake_watch.h"

#include <algorithm>
#include <utility>

#include "services/kube-adapter/kube/testing/fake_refusal.h"

namespace eventreactor::kube {

using nlohmann::json;

FakeWatch::FakeWatch(const FakeStore& store, const FakeTarget& target, const FakeRequest& request,
                     bool metadata_only)
    : target_(target),
      metadata_only_(metadata_only),
      bookmarks_(QueryOf(request, "allowWatchBookmarks") == "true") {
  absl::StatusOr<FakeSelector> selector = FakeSelectorOf(target, request);
  if (!selector.ok()) {
    Fail(selector.status());
    return;
  }
  selector_ = *std::move(selector);
  const std::string from = QueryOf(request, "resourceVersion");
  version_ = ParseVersion(from).value_or(0);
  if (version_ != 0) return;
  version_ = store.version();
  for (const FakeObject& object : store.List(target)) {
    if (selector_(*object)) Add("ADDED", *object);
  }
}

void FakeWatch::Add(const char* type, const json& object) {
  const json event = {{"type", type}, {"object", metadata_only_ ? FakePartial(object) : object}};
  ready_ += event.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

void FakeWatch::Fail(const absl::Status& status) {
  failed_ = true;
  ready_ += json{{"type", "ERROR"}, {"object", FakeStatusObject(status)}}.dump() + "\n";
}

std::string FakeWatch::Next(const FakeStore& store) {
  if (failed_) return std::exchange(ready_, "");
  if (version_ < store.floor()) {
    Fail(FakeRefusal(410, "Expired",
                     "too old resource version: " + std::to_string(version_) + " (" +
                         std::to_string(store.floor()) + ")",
                     target_));
    return std::exchange(ready_, "");
  }
  const auto& history = store.history();
  auto change = std::upper_bound(history.begin(), history.end(), version_,
                                 [](uint64_t v, const FakeChange& c) { return v < c.version; });
  for (; change != history.end(); ++change) {
    version_ = change->version;
    if (change->collection != target_.collection()) continue;
    const json& any = change->after != nullptr ? *change->after : *change->before;
    if (!target_.ns.empty() && any["metadata"].value("namespace", "") != target_.ns) continue;
    const bool was = change->before != nullptr && selector_(*change->before);
    const bool is = change->after != nullptr && selector_(*change->after);
    if (is) {
      Add(was ? "MODIFIED" : "ADDED", *change->after);
    } else if (was) {
      // The last state, at the version of its going.
      json gone = *change->before;
      gone["metadata"]["resourceVersion"] = std::to_string(change->version);
      Add("DELETED", gone);
    }
  }
  return std::exchange(ready_, "");
}

std::string FakeWatch::Bookmark(const FakeStore& store) {
  if (!bookmarks_ || failed_) return "";
  version_ = std::max(version_, store.version());
  Add("BOOKMARK", {{"kind", store.KindOf(target_)},
                   {"apiVersion", target_.api_version()},
                   {"metadata", {{"resourceVersion", std::to_string(version_)}}}});
  return std::exchange(ready_, "");
}

}  // namespace eventreactor::kube
