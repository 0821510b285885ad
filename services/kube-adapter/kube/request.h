// What is asked of the API server. Pure: each function below says in HTTP what
// its verb means; Client sends it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

struct Request {
  std::string method = "GET";
  // Path and query, encoded; begins with a slash.
  std::string target{};
  std::string accept = "application/json";
  // Empty: there is no body.
  std::string content_type{};
  std::string body{};
  // For all attempts together; zero: the client's; may be infinite.
  absl::Duration timeout{};
  // A longer answer is RESOURCE_EXHAUSTED (RESPONSE_TOO_LARGE); zero: the
  // client's.
  size_t max_response = 0;
  // May be sent again when it is unknown whether it was carried out.
  bool repeatable = true;
};

struct Response {
  // 200 to 299.
  int code = 0;
  std::string body{};
};

struct GetOptions {
  // Empty: the newest; "0": whatever the server has at hand.
  std::string resource_version{};
  // As PartialObjectMetadata.
  bool metadata_only = false;
};
Request GetRequest(const Resource& resource, const ObjectName& name,
                   const GetOptions& options = {});

struct ListOptions {
  std::string label_selector{};
  std::string field_selector{};
  // Empty: the newest, read consistently; "0": whatever the server has.
  std::string resource_version{};
  // NotOlderThan or Exact; empty: the server's rule for the version above.
  std::string resource_version_match{};
  // Objects a page; 0: all at once.
  int64_t limit = 500;
  // From the page before.
  std::string continue_token{};
  // As PartialObjectMetadataList.
  bool metadata_only = false;
};
// `ns` empty: all namespaces.
Request ListRequest(const Resource& resource, const std::string& ns,
                    const ListOptions& options = {});

struct WatchOptions {
  std::string label_selector{};
  std::string field_selector{};
  // After which one to begin.
  std::string resource_version{};
  bool bookmarks = true;
  // When the server shall end it; zero: when it likes.
  absl::Duration server_timeout{};
  bool metadata_only = false;
};
Request WatchRequest(const Resource& resource, const std::string& ns, const WatchOptions& options);

struct WriteOptions {
  std::string field_manager{};
  // Such as status, eviction, token.
  std::string subresource{};
  bool dry_run = false;
  // Refuse unknown and repeated fields (fieldValidation=Strict).
  bool strict_fields = false;
};
// Not repeatable: whether it was carried out shows as ALREADY_EXISTS. With
// options.subresource `name` says of which object; otherwise its name is in
// the body, and name.name is left empty.
Request CreateRequest(const Resource& resource, const ObjectName& name, std::string body,
                      const WriteOptions& options = {});
// The body's metadata.resourceVersion, if any, is the condition.
Request UpdateRequest(const Resource& resource, const ObjectName& name, std::string body,
                      const WriteOptions& options = {});
Request UpdateStatusRequest(const Resource& resource, const ObjectName& name, std::string body,
                            WriteOptions options = {});

enum class PatchType {
  kMerge,      // RFC 7396
  kJson,       // RFC 6902; not repeatable
  kStrategic,  // for the kinds that are built in
  kApply,      // server-side apply; wants a field_manager
};
struct PatchOptions {
  WriteOptions write{};
  // kApply: take the fields of others.
  bool force = false;
};
Request PatchRequest(const Resource& resource, const ObjectName& name, PatchType type,
                     std::string body, const PatchOptions& options = {});

struct DeleteOptions {
  // Conditions; empty: none.
  std::string uid{};
  std::string resource_version{};
  // Orphan, Background or Foreground; empty: the kind's.
  std::string propagation_policy{};
  std::optional<int64_t> grace_period_seconds{};
  bool dry_run = false;
};
Request DeleteRequest(const Resource& resource, const ObjectName& name,
                      const DeleteOptions& options = {});

struct LogOptions {
  std::string container{};
  bool follow = false;
  // Each line begins with an RFC 3339 time.
  bool timestamps = false;
  // Of the container's run before this one.
  bool previous = false;
  std::optional<absl::Time> since{};
  std::optional<int64_t> tail_lines{};
  std::optional<int64_t> limit_bytes{};
};
// Of a Pod; for Client::Stream or StreamReader.
Request LogRequest(const ObjectName& pod, const LogOptions& options);

}  // namespace eventreactor::kube
