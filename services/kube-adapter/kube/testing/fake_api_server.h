// An API server for tests, in this process, over plain HTTP on loopback. It
// behaves: any resource path, versions, generations, conflicts, the status
// subresource, finalizers, selectors, pages, watches with bookmarks, patches,
// PartialObjectMetadata, logs of Pods; and it fails when told to.
//
// Not there: schemas and defaults, authorisation, ownership of fields (a
// server-side apply merges), strategic merge.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/config.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// A kind that tests know and we do not.
inline const Resource kWidgets{"x.io", "v1", "widgets", "Widget"};

struct FakeRequest {
  std::string method{};
  // Decoded.
  std::string path{};
  std::map<std::string, std::string> query{};
  // Names in lower case.
  std::map<std::string, std::string> headers{};
  std::string body{};
};

struct FakeAnswer {
  int code = 200;
  std::string body{};
  std::map<std::string, std::string> headers{};
};

// What to do with some requests instead of serving them.
struct Fault {
  // Empty: any.
  std::string method{};
  // Part of "path?query"; empty: any.
  std::string target_contains{};
  // How many requests; below 0: all from now on.
  int count = 1;
  // Let so many matching ones through first.
  int after = 0;
  // The answer's code and Status; 0: cut the connection instead.
  int code = 0;
  std::string reason{};
  std::string message{};
  // Retry-After, in seconds; below 0: none.
  int retry_after = -1;
  // Carry the request out before that.
  bool carried_out = false;
  // Wait first.
  absl::Duration delay{};
};

struct FakeApiServerOptions {
  // Plurals whose kind has no status subresource: status is written with the
  // rest.
  std::vector<std::string> without_status = {"configmaps",      "secrets",
                                             "serviceaccounts", "leases",
                                             "events",          "customresourcedefinitions",
                                             "roles",           "rolebindings"};
  // Changes that a watch may resume after.
  size_t history = 10'000;
  absl::Duration bookmark_interval = absl::Milliseconds(200);
  // Objects of an owner that is gone are deleted, as the garbage collector
  // does it.
  bool collect_garbage = true;
  // Refuse objects in namespaces that do not exist; "default" always does.
  bool require_namespaces = false;
};

class FakeApiServer {
 public:
  explicit FakeApiServer(const FakeApiServerOptions& options = {});
  ~FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  // http://127.0.0.1:PORT
  std::string url() const;
  Config config() const { return PlainConfig(url()); }

  // The same as requests do, past faults and interceptors; reasons of errors
  // are those a client would see. Missing apiVersion and kind are filled in.
  absl::StatusOr<nlohmann::json> Create(const Resource& resource, nlohmann::json object);
  // Nothing if it is not there.
  std::optional<nlohmann::json> Get(const Resource& resource, const ObjectName& name) const;
  std::vector<nlohmann::json> List(const Resource& resource, const std::string& ns = "") const;
  // Changes anything, status as well, whatever the version. NOT_FOUND.
  absl::Status Change(const Resource& resource, const ObjectName& name,
                      const std::function<void(nlohmann::json& object)>& change);
  // Removes it at once, whatever its finalizers. NOT_FOUND.
  absl::Status Remove(const Resource& resource, const ObjectName& name);
  // The latest version.
  uint64_t version() const;

  // Waits until `holds` is true of the object; nothing after `wait`.
  std::optional<nlohmann::json> Await(
      const Resource& resource, const ObjectName& name,
      const std::function<bool(const nlohmann::json& object)>& holds,
      absl::Duration wait = absl::Seconds(10)) const;
  // Waits until it is gone.
  bool AwaitGone(const Resource& resource, const ObjectName& name,
                 absl::Duration wait = absl::Seconds(10)) const;

  // Deletions of this kind only set deletionTimestamp (as those of running
  // Pods); Remove ends them. gracePeriodSeconds=0 deletes at once.
  void SetGraceful(const std::string& plural, bool graceful);
  // Says no to a write, in words: 422 Invalid, or what it returns. `before` is
  // null for a creation.
  struct Refusal {
    int code = 422;
    std::string reason = "Invalid";
    std::string message{};
    std::string field{};
  };
  using Validator = std::function<std::optional<Refusal>(const nlohmann::json& before,
                                                         const nlohmann::json& after)>;
  void SetValidator(const std::string& plural, Validator validator);
  // Answers requests before anything else does; nothing: go on. For reviews
  // (TokenReview) and whatever else is not here.
  using Interceptor = std::function<std::optional<FakeAnswer>(const FakeRequest& request)>;
  void SetInterceptor(Interceptor interceptor);

  // What a container of a Pod prints. The log of a container that has none is
  // a 400 as that of one that is not started.
  void AppendLog(const ObjectName& pod, const std::string& container, const std::string& text,
                 absl::Time at = absl::InfinitePast());
  // Followers are told the end.
  void EndLog(const ObjectName& pod, const std::string& container);

  void Inject(Fault fault);
  void ClearFaults();
  // Cuts all connections, or those of watches and followed logs.
  void CutConnections();
  void CutWatches();
  // Ends watches in good order, as their timeout does.
  void EndWatches();
  // Forgets all changes and pages: watches get 410 as an ERROR event, and
  // later ones that resume from before get it too.
  void ForgetHistory();
  // While true each connection is cut at once.
  void SetDown(bool down);

  // All that came, faults and all; and how many match.
  std::vector<FakeRequest> requests() const;
  int CountRequests(const std::string& method, const std::string& path_contains) const;
  void ClearRequests();
  // Watches that are open now.
  int watches() const;
  bool AwaitWatches(int count, absl::Duration wait = absl::Seconds(10)) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eventreactor::kube
