// One kind of our resources, as the API server holds it. Nothing is kept in
// between: every call is one or two requests.
//
// Lists come in pages by namespace and name; the Events and Actions of one
// page are in order of creation.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/adapter/store.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/store/chunk_reader.h"
#include "services/kube-adapter/store/kinds.h"
#include "services/kube-adapter/store/refused_object.h"

namespace eventreactor::kube {

// Thread-safe.
template <class T>
class KubeTable : public Store<T> {
 public:
  // `client` is not owned. `scope` is the namespace that queries for all
  // namespaces mean; empty: all. What is not understood is left out of lists
  // and watches, and told to `refused`.
  KubeTable(Client& client, std::string scope, OnRefused refused);

  absl::StatusOr<T> Create(const T& object) override;
  // The same of many, all under way at once; their answers in their order.
  std::vector<absl::StatusOr<T>> CreateEach(const std::vector<const T*>& objects);
  absl::StatusOr<T> Get(const std::string& ns, const std::string& name) override;
  std::vector<absl::StatusOr<T>> GetEach(
      const std::vector<std::pair<std::string, std::string>>& names) override;
  absl::StatusOr<Page<T>> List(const ListQuery& query) override;
  absl::StatusOr<T> Update(const T& object) override;
  absl::StatusOr<T> UpdateStatus(const T& object) override;
  absl::Status Delete(const std::string& ns, const std::string& name,
                      const std::string& uid) override;
  absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Watch(const WatchQuery& query) override;

 private:
  absl::StatusOr<T> Answer(absl::StatusOr<nlohmann::json> answer, const ObjectName& name) const;
  // For kinds whose status is written with the rest: the stored object, if it
  // is of the version that `object` is based on.
  absl::StatusOr<T> Base(const T& object);

  Client& client_;
  Api api_;
  const KindInfo& kind_ = KindOf<T>();
  const std::string scope_;
  const OnRefused refused_;
  ChunkReader chunks_;
};

extern template class KubeTable<v1::Event>;
extern template class KubeTable<v1::Pipeline>;
extern template class KubeTable<v1::Action>;

}  // namespace eventreactor::kube
