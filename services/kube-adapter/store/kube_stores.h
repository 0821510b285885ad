// The resources of all namespaces, or of a set of them: one KubeStore for all,
// or one for each, joined. With one for each, no request asks for more than a
// Role in that namespace allows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/adapter/store.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/store/joined_table.h"
#include "services/kube-adapter/store/kube_store.h"
#include "services/kube-adapter/store/refused_object.h"

namespace eventreactor::kube {

class KubeStores {
 public:
  // `client` is not owned. No namespaces: all of them.
  KubeStores(Client& client, const std::vector<std::string>& namespaces, const OnRefused& refused);
  ~KubeStores();

  // Those of KubeStore.
  void Start();
  void Stop();

  // Whether each namespace's Pipelines can be read.
  absl::Status Check();

  // Of everything that is served.
  ResourceStore& joined();
  // For what is done in each of them.
  const std::vector<std::unique_ptr<KubeStore>>& each() const { return each_; }

 private:
  class Joined;

  std::vector<std::unique_ptr<KubeStore>> each_;
  // Null where one serves all namespaces.
  std::unique_ptr<Joined> joined_;
};

}  // namespace eventreactor::kube
