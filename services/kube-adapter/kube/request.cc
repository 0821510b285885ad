#include "services/kube-adapter/kube/request.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "services/kube-adapter/kube/url.h"

namespace eventreactor::kube {
namespace {

constexpr char kJson[] = "application/json";
constexpr char kMetadata[] = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
constexpr char kMetadataList[] = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

Request Read(const Resource& resource, const ObjectName& name, const QueryString& query,
             const char* accept, const std::string& subresource = "") {
  Request request;
  request.target = ResourcePath(resource, name, subresource) + query.text();
  request.accept = accept;
  return request;
}

QueryString WriteQuery(const WriteOptions& options) {
  QueryString query;
  query.Add("fieldManager", options.field_manager);
  query.Add("dryRun", options.dry_run ? "All" : "");
  query.Add("fieldValidation", options.strict_fields ? "Strict" : "");
  return query;
}

Request Write(std::string method, const Resource& resource, const ObjectName& name,
              std::string body, const WriteOptions& options, const QueryString& query) {
  Request request;
  request.method = std::move(method);
  request.target = ResourcePath(resource, name, options.subresource) + query.text();
  request.content_type = kJson;
  request.body = std::move(body);
  return request;
}

const char* ContentType(PatchType type) {
  switch (type) {
    case PatchType::kMerge:
      return "application/merge-patch+json";
    case PatchType::kJson:
      return "application/json-patch+json";
    case PatchType::kStrategic:
      return "application/strategic-merge-patch+json";
    case PatchType::kApply:
      break;
  }
  // JSON is YAML.
  return "application/apply-patch+yaml";
}

}  // namespace

Request GetRequest(const Resource& resource, const ObjectName& name, const GetOptions& options) {
  QueryString query;
  query.Add("resourceVersion", options.resource_version);
  return Read(resource, name, query, options.metadata_only ? kMetadata : kJson);
}

Request ListRequest(const Resource& resource, const std::string& ns, const ListOptions& options) {
  QueryString query;
  query.Add("labelSelector", options.label_selector);
  query.Add("fieldSelector", options.field_selector);
  // A page that goes on with another is of that one's version.
  if (options.continue_token.empty()) {
    query.Add("resourceVersion", options.resource_version);
    query.Add("resourceVersionMatch", options.resource_version_match);
  }
  if (options.limit > 0) query.Add("limit", std::to_string(options.limit));
  query.Add("continue", options.continue_token);
  return Read(resource, {ns, ""}, query, options.metadata_only ? kMetadataList : kJson);
}

Request WatchRequest(const Resource& resource, const std::string& ns, const WatchOptions& options) {
  QueryString query;
  query.Add("watch", "true");
  query.Add("labelSelector", options.label_selector);
  query.Add("fieldSelector", options.field_selector);
  query.Add("resourceVersion", options.resource_version);
  query.Add("allowWatchBookmarks", options.bookmarks ? "true" : "");
  const int64_t seconds = absl::ToInt64Seconds(options.server_timeout);
  if (seconds > 0) query.Add("timeoutSeconds", std::to_string(seconds));
  return Read(resource, {ns, ""}, query, options.metadata_only ? kMetadata : kJson);
}

Request CreateRequest(const Resource& resource, const ObjectName& name, std::string body,
                      const WriteOptions& options) {
  Request request = Write("POST", resource, name, std::move(body), options, WriteQuery(options));
  request.repeatable = false;
  return request;
}

Request UpdateRequest(const Resource& resource, const ObjectName& name, std::string body,
                      const WriteOptions& options) {
  return Write("PUT", resource, name, std::move(body), options, WriteQuery(options));
}

Request UpdateStatusRequest(const Resource& resource, const ObjectName& name, std::string body,
                            WriteOptions options) {
  options.subresource = "status";
  return UpdateRequest(resource, name, std::move(body), options);
}

Request PatchRequest(const Resource& resource, const ObjectName& name, PatchType type,
                     std::string body, const PatchOptions& options) {
  QueryString query = WriteQuery(options.write);
  query.Add("force", options.force ? "true" : "");
  Request request = Write("PATCH", resource, name, std::move(body), options.write, query);
  request.content_type = ContentType(type);
  request.repeatable = type != PatchType::kJson;
  return request;
}

Request DeleteRequest(const Resource& resource, const ObjectName& name,
                      const DeleteOptions& options) {
  nlohmann::json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty()) {
    body["preconditions"]["resourceVersion"] = options.resource_version;
  }
  if (!options.propagation_policy.empty()) body["propagationPolicy"] = options.propagation_policy;
  if (options.grace_period_seconds) body["gracePeriodSeconds"] = *options.grace_period_seconds;
  if (options.dry_run) body["dryRun"] = {"All"};
  const auto replace = nlohmann::json::error_handler_t::replace;
  return Write("DELETE", resource, name, body.dump(-1, ' ', false, replace), {}, {});
}

Request LogRequest(const ObjectName& pod, const LogOptions& options) {
  QueryString query;
  query.Add("container", options.container);
  query.Add("follow", options.follow ? "true" : "");
  query.Add("timestamps", options.timestamps ? "true" : "");
  query.Add("previous", options.previous ? "true" : "");
  if (options.since) {
    query.Add("sinceTime",
              absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", *options.since, absl::UTCTimeZone()));
  }
  if (options.tail_lines) query.Add("tailLines", std::to_string(*options.tail_lines));
  if (options.limit_bytes) query.Add("limitBytes", std::to_string(*options.limit_bytes));
  Request request = Read(Pods(), pod, query, "*/*", "log");
  // The answer begins with the first line, which may take its time.
  if (options.follow) request.timeout = absl::InfiniteDuration();
  return request;
}

}  // namespace eventreactor::kube
