// The verbs, one blocking call each, in JSON. For many at once send the
// requests of request.h by Client::Send.
//
// Thread-safe; not for the client's I/O thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/request.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// What a list says of itself.
struct ListMeta {
  std::string resource_version;
  // Empty: this was the last page.
  std::string continue_token;
  // An estimate by the server; 0 where it makes none.
  int64_t remaining = 0;
};

// Takes the objects of a list one at a time; the rest of the page is text.
using OnItem = std::function<absl::Status(nlohmann::json&& object)>;

// Items of a list need not say what they are: apiVersion and kind are set.
// INTERNAL (BAD_LIST) if `body` is no list; the first error of `on_item` is
// returned, and no more items are handed out.
absl::StatusOr<ListMeta> ForEachItem(const std::string& body, const Resource& resource,
                                     const OnItem& on_item);

class Api {
 public:
  // Of `client` (not owned). Calls end with CANCELLED once `stop` is asked for.
  explicit Api(Client& client, std::stop_token stop = {});

  absl::StatusOr<nlohmann::json> Get(const Resource& resource, const ObjectName& name,
                                     const GetOptions& options = {});

  // The same of many, all under way at once; their answers in their order.
  std::vector<absl::StatusOr<nlohmann::json>> GetEach(const Resource& resource,
                                                      const std::vector<ObjectName>& names);

  // One page.
  absl::StatusOr<ListMeta> List(const Resource& resource, const std::string& ns,
                                const ListOptions& options, const OnItem& on_item);
  // All pages, as of one version. When the server has forgotten that version
  // on the way, `restart` is called and all is read anew; at most 5 times,
  // then at once without pages.
  absl::StatusOr<ListMeta> ListAll(const Resource& resource, const std::string& ns,
                                   ListOptions options, const std::function<void()>& restart,
                                   const OnItem& on_item);

  // metadata.namespace, where the object has one, says where.
  absl::StatusOr<nlohmann::json> Create(const Resource& resource, const nlohmann::json& object,
                                        const WriteOptions& options = {});
  // The same of many, all under way at once; their answers in their order.
  std::vector<absl::StatusOr<nlohmann::json>> CreateEach(const Resource& resource,
                                                         const std::vector<nlohmann::json>& objects,
                                                         const WriteOptions& options = {});
  // The object's metadata says which, and by resourceVersion on what condition.
  absl::StatusOr<nlohmann::json> Update(const Resource& resource, const nlohmann::json& object,
                                        const WriteOptions& options = {});
  absl::StatusOr<nlohmann::json> UpdateStatus(const Resource& resource,
                                              const nlohmann::json& object,
                                              const WriteOptions& options = {});
  absl::StatusOr<nlohmann::json> Patch(const Resource& resource, const ObjectName& name,
                                       PatchType type, const nlohmann::json& patch,
                                       const PatchOptions& options = {});
  // What the server answered: the object, where it lives on for a while, or a
  // Status.
  absl::StatusOr<nlohmann::json> Delete(const Resource& resource, const ObjectName& name,
                                        const DeleteOptions& options = {});

  // Any request; the answer as JSON.
  absl::StatusOr<nlohmann::json> Call(Request request);

 private:
  Client& client_;
  const std::stop_token stop_;
};

}  // namespace eventreactor::kube
