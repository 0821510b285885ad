#include "services/kube-adapter/kube/testing/fake_pages.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/testing/fake_refusal.h"

namespace eventreactor::kube {

using nlohmann::json;

absl::StatusOr<FakeSelector> FakeSelectorOf(const FakeTarget& target, const FakeRequest& request) {
  const auto labels = ParseFakeLabelSelector(QueryOf(request, "labelSelector"));
  const auto fields = ParseFakeFieldSelector(QueryOf(request, "fieldSelector"));
  if (!labels || !fields) {
    return FakeRefusal(400, "BadRequest", "unable to parse requirement", target);
  }
  return FakeSelector([labels = *labels, fields = *fields](const json& object) {
    return labels(object) && fields(object);
  });
}

absl::StatusOr<FakePages::Rest> FakePages::Begin(const FakeStore& store, const FakeTarget& target,
                                                 const FakeRequest& request) {
  const std::string token = QueryOf(request, "continue");
  if (!token.empty()) {
    const auto found = rests_.find(token);
    if (found == rests_.end()) {
      return FakeRefusal(410, "Expired",
                         "The provided continue parameter is too old to display a consistent list "
                         "result.",
                         target);
    }
    return found->second;
  }
  const absl::StatusOr<FakeSelector> selector = FakeSelectorOf(target, request);
  if (!selector.ok()) return selector.status();
  Rest rest;
  rest.version = store.version();
  for (const FakeObject& object : store.List(target)) {
    if ((*selector)(*object)) rest.objects.push_back(object);
  }
  return rest;
}

absl::StatusOr<json> FakePages::List(const FakeStore& store, const FakeTarget& target,
                                     const FakeRequest& request) {
  absl::StatusOr<Rest> rest = Begin(store, target, request);
  if (!rest.ok()) return rest.status();
  size_t limit = 0;
  if (!absl::SimpleAtoi(QueryOf(request, "limit"), &limit)) limit = 0;
  json items = json::array();
  while (!rest->objects.empty() && (limit == 0 || items.size() < limit)) {
    items.push_back(*rest->objects.front());
    // As those of the built-in kinds: the list says what they are.
    items.back().erase("kind");
    items.back().erase("apiVersion");
    rest->objects.pop_front();
  }
  json metadata = {{"resourceVersion", std::to_string(rest->version)}};
  if (!rest->objects.empty()) {
    const std::string token = "page-" + std::to_string(++tokens_);
    metadata["continue"] = token;
    metadata["remainingItemCount"] = rest->objects.size();
    rests_[token] = *std::move(rest);
  }
  return json{{"kind", store.KindOf(target) + "List"},
              {"apiVersion", target.api_version()},
              {"metadata", std::move(metadata)},
              {"items", std::move(items)}};
}

json FakePartial(const json& whole) {
  if (StringAt(whole, "kind") == "Status") return whole;
  json partial = {{"apiVersion", "meta.k8s.io/v1"}, {"kind", "PartialObjectMetadata"}};
  if (whole.contains("metadata")) partial["metadata"] = whole["metadata"];
  if (!whole.contains("items")) return partial;
  partial["kind"] = "PartialObjectMetadataList";
  partial["items"] = json::array();
  for (const json& item : whole["items"]) partial["items"].push_back(FakePartial(item));
  return partial;
}

}  // namespace eventreactor::kube
