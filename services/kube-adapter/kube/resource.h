// Which kind of object, and where it is in the API. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace eventreactor::kube {

struct Resource {
  // Empty: the core group.
  std::string group{};
  std::string version{};
  // Lower case, as in paths: pods.
  std::string plural{};
  // As in objects: Pod.
  std::string kind{};
  bool namespaced = true;

  // v1, or group/version.
  std::string api_version() const;
  friend bool operator==(const Resource&, const Resource&) = default;
};

struct ObjectName {
  // Empty for what is in no namespace.
  std::string ns{};
  std::string name{};
  friend auto operator<=>(const ObjectName&, const ObjectName&) = default;
};

// "ns/name", or "name".
std::string ToString(const ObjectName& name);

// /api/v1/namespaces/NS/pods/NAME/SUBRESOURCE; each part encoded. An empty
// name is the collection, an empty namespace all of them.
std::string ResourcePath(const Resource& resource, const ObjectName& name,
                         const std::string& subresource = "");

// What a resourceVersion is within one kind: a number that grows with each
// write (Kubernetes promises so since 1.35, and etcd has always done it).
// Nothing for any other text.
std::optional<uint64_t> ParseVersion(const std::string& resource_version);

// The kinds that most programs meet.
Resource Pods();
Resource Secrets();
Resource ServiceAccounts();
Resource Namespaces();
Resource Nodes();
Resource Events();  // core/v1
Resource Leases();
Resource TokenReviews();
Resource SubjectAccessReviews();

}  // namespace eventreactor::kube
