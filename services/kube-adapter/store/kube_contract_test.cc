// KubeStore does what every store does.
#include "libs/adapter/store_contract.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/store/kube_store.h"

namespace eventreactor {
namespace {

struct KubeStoreHolder {
  ResourceStore& store() { return cluster; }
  // Its bookmarks are no part of the contract.
  kube::FakeApiServer server{{.bookmark_interval = absl::Hours(1)}};
  std::unique_ptr<kube::Client> client = kube::Client::Create(server.config(), {}).value();
  kube::KubeStore cluster{*client};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Kube, StoreContract, KubeStoreHolder);

}  // namespace
}  // namespace eventreactor
