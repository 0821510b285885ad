// What a request to the fake API server is about.
#pragma once

#include <optional>
#include <string>

#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {

struct FakeTarget {
  std::string group;
  std::string version;
  std::string plural;
  std::string ns;
  std::string name;
  std::string subresource;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  // The same for all versions of a kind.
  std::string collection() const { return group + "/" + plural; }
};

// Splits and decodes "path?query".
void ReadTarget(const std::string& target, FakeRequest& request);

// Nothing for a path that is no resource's.
std::optional<FakeTarget> ParseTarget(const std::string& path);

FakeTarget TargetOf(const Resource& resource, const ObjectName& name);

// "" if it is not there.
std::string QueryOf(const FakeRequest& request, const std::string& key);

}  // namespace eventreactor::kube
