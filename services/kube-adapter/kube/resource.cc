#include "services/kube-adapter/kube/resource.h"

#include <charconv>

#include "services/kube-adapter/kube/url.h"

namespace eventreactor::kube {

std::string Resource::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

std::string ToString(const ObjectName& name) {
  return name.ns.empty() ? name.name : name.ns + "/" + name.name;
}

std::string ResourcePath(const Resource& resource, const ObjectName& name,
                         const std::string& subresource) {
  std::string path = resource.group.empty() ? "/api/" : "/apis/" + EncodeUrl(resource.group) + "/";
  path += EncodeUrl(resource.version);
  if (resource.namespaced && !name.ns.empty()) path += "/namespaces/" + EncodeUrl(name.ns);
  path += "/" + EncodeUrl(resource.plural);
  if (!name.name.empty()) path += "/" + EncodeUrl(name.name);
  if (!subresource.empty()) path += "/" + EncodeUrl(subresource);
  return path;
}

std::optional<uint64_t> ParseVersion(const std::string& resource_version) {
  const char* const begin = resource_version.data();
  const char* const end = begin + resource_version.size();
  uint64_t version = 0;
  const auto [stopped, error] = std::from_chars(begin, end, version);
  if (error != std::errc() || stopped != end || version == 0) return std::nullopt;
  return version;
}

Resource Pods() { return {"", "v1", "pods", "Pod"}; }
Resource Secrets() { return {"", "v1", "secrets", "Secret"}; }
Resource ServiceAccounts() { return {"", "v1", "serviceaccounts", "ServiceAccount"}; }
Resource Namespaces() { return {"", "v1", "namespaces", "Namespace", false}; }
Resource Nodes() { return {"", "v1", "nodes", "Node", false}; }
Resource Events() { return {"", "v1", "events", "Event"}; }
Resource Leases() { return {"coordination.k8s.io", "v1", "leases", "Lease"}; }
Resource TokenReviews() {
  return {"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
}
Resource SubjectAccessReviews() {
  return {"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false};
}

}  // namespace eventreactor::kube
