#include "services/kube-adapter/kube/api.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/status/each_ok.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr int kMaxRestarts = 5;

absl::Status BadAnswer(const std::string& reason, const std::string& what) {
  return MakeStatus(absl::StatusCode::kInternal, reason,
                    "the API server's answer is not to be understood: " + what);
}

ObjectName NameOf(const json& object) {
  const json& metadata = ObjectAt(object, "metadata");
  return {StringAt(metadata, "namespace"), StringAt(metadata, "name")};
}

absl::StatusOr<json> Read(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  absl::StatusOr<json> parsed = ParseJson(response->body);
  if (!parsed.ok()) return BadAnswer("BAD_ANSWER", Message(parsed.status()));
  return parsed;
}

absl::StatusOr<Request> Creation(const Resource& resource, const json& object,
                                 const WriteOptions& options) {
  absl::StatusOr<std::string> body = DumpJson(object);
  if (!body.ok()) return body.status();
  ObjectName name = NameOf(object);
  if (options.subresource.empty()) name.name.clear();
  return CreateRequest(resource, name, *std::move(body), options);
}

// Takes items off the tree while it grows, so that it never holds two.
class ItemReader {
 public:
  explicit ItemReader(const OnItem& on_item) : on_item_(on_item) {}

  absl::StatusOr<json> Read(const std::string& body) {
    try {
      json rest = json::parse(body, [this](int depth, json::parse_event_t event, json& value) {
        return Keep(depth, event, value);
      });
      if (!status_.ok()) return status_;
      return rest;
    } catch (const json::exception& error) {
      if (!status_.ok()) return status_;
      return BadAnswer("BAD_LIST", error.what());
    }
  }

 private:
  bool Keep(int depth, json::parse_event_t event, json& value) {
    // An item that is too deep does not keep the others from being read.
    if (depth >= kMaxJsonLevels) return false;
    if (depth == 1 && event == json::parse_event_t::key) in_items_ = value == "items";
    if (depth != 2 || event != json::parse_event_t::object_end || !in_items_) return true;
    if (status_.ok()) status_ = on_item_(std::move(value));
    return false;
  }

  const OnItem& on_item_;
  absl::Status status_;
  bool in_items_ = false;
};

}  // namespace

absl::StatusOr<ListMeta> ForEachItem(const std::string& body, const Resource& resource,
                                     const OnItem& on_item) {
  const OnItem complete = [&](json&& item) {
    if (!item.contains("kind")) item["kind"] = resource.kind;
    if (!item.contains("apiVersion")) item["apiVersion"] = resource.api_version();
    return on_item(std::move(item));
  };
  const absl::StatusOr<json> frame = ItemReader(complete).Read(body);
  if (!frame.ok()) return frame.status();
  const json& metadata = ObjectAt(*frame, "metadata");
  if (!StringAt(*frame, "kind").ends_with("List") || !frame->contains("items")) {
    return BadAnswer("BAD_LIST", "a list was expected, and this is " + body.substr(0, 64));
  }
  return ListMeta{StringAt(metadata, "resourceVersion"), StringAt(metadata, "continue"),
                  IntAt(metadata, "remainingItemCount")};
}

Api::Api(Client& client, std::stop_token stop) : client_(client), stop_(std::move(stop)) {}

absl::StatusOr<json> Api::Call(Request request) {
  return Read(client_.Do(std::move(request), stop_));
}

absl::StatusOr<json> Api::Get(const Resource& resource, const ObjectName& name,
                              const GetOptions& options) {
  return Call(GetRequest(resource, name, options));
}

std::vector<absl::StatusOr<json>> Api::GetEach(const Resource& resource,
                                               const std::vector<ObjectName>& names) {
  std::vector<Request> requests;
  requests.reserve(names.size());
  for (const ObjectName& name : names) requests.push_back(GetRequest(resource, name, {}));
  std::vector<absl::StatusOr<json>> answers;
  for (const auto& response : client_.DoEach(std::move(requests), stop_)) {
    answers.push_back(Read(response));
  }
  return answers;
}

absl::StatusOr<ListMeta> Api::List(const Resource& resource, const std::string& ns,
                                   const ListOptions& options, const OnItem& on_item) {
  const absl::StatusOr<Response> response = client_.Do(ListRequest(resource, ns, options), stop_);
  if (!response.ok()) return response.status();
  return ForEachItem(response->body, resource, on_item);
}

absl::StatusOr<ListMeta> Api::ListAll(const Resource& resource, const std::string& ns,
                                      ListOptions options, const std::function<void()>& restart,
                                      const OnItem& on_item) {
  for (int restarts = 0;;) {
    absl::StatusOr<ListMeta> page = List(resource, ns, options, on_item);
    if (!page.ok()) {
      if (!absl::IsOutOfRange(page.status()) || options.continue_token.empty()) return page;
      restart();
      options.continue_token.clear();
      if (++restarts == kMaxRestarts) options.limit = 0;
      continue;
    }
    if (page->continue_token.empty()) return page;
    options.continue_token = page->continue_token;
  }
}

absl::StatusOr<json> Api::Create(const Resource& resource, const json& object,
                                 const WriteOptions& options) {
  absl::StatusOr<Request> request = Creation(resource, object, options);
  if (!request.ok()) return request.status();
  return Call(*std::move(request));
}

std::vector<absl::StatusOr<json>> Api::CreateEach(const Resource& resource,
                                                  const std::vector<json>& objects,
                                                  const WriteOptions& options) {
  std::vector<absl::StatusOr<Request>> requests;
  requests.reserve(objects.size());
  for (const json& object : objects) requests.push_back(Creation(resource, object, options));
  return EachOk(std::move(requests), [&](std::vector<Request> good) {
    std::vector<absl::StatusOr<json>> answers;
    for (const auto& response : client_.DoEach(std::move(good), stop_)) {
      answers.push_back(Read(response));
    }
    return answers;
  });
}

absl::StatusOr<json> Api::Update(const Resource& resource, const json& object,
                                 const WriteOptions& options) {
  absl::StatusOr<std::string> body = DumpJson(object);
  if (!body.ok()) return body.status();
  return Call(UpdateRequest(resource, NameOf(object), *std::move(body), options));
}

absl::StatusOr<json> Api::UpdateStatus(const Resource& resource, const json& object,
                                       const WriteOptions& options) {
  WriteOptions status = options;
  status.subresource = "status";
  return Update(resource, object, status);
}

absl::StatusOr<json> Api::Patch(const Resource& resource, const ObjectName& name, PatchType type,
                                const json& patch, const PatchOptions& options) {
  absl::StatusOr<std::string> body = DumpJson(patch);
  if (!body.ok()) return body.status();
  return Call(PatchRequest(resource, name, type, *std::move(body), options));
}

absl::StatusOr<json> Api::Delete(const Resource& resource, const ObjectName& name,
                                 const DeleteOptions& options) {
  return Call(DeleteRequest(resource, name, options));
}

}  // namespace eventreactor::kube
