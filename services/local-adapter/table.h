// The resources of one kind: Store<T> over the database.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/adapter/store.h"
#include "services/local-adapter/database.h"

namespace eventreactor::local {

template <class T>
class Table : public Store<T> {
 public:
  explicit Table(Database& database) : database_(database) {}

  absl::StatusOr<T> Create(const T& object) override { return Create(object, WriteQueue::Work()); }
  // `allowed`, unless null, is asked within the transaction: its error is the
  // answer, and nothing is created.
  absl::StatusOr<T> Create(const T& object, const WriteQueue::Work& allowed);
  absl::StatusOr<T> Get(const std::string& ns, const std::string& name) override;
  absl::StatusOr<Page<T>> List(const ListQuery& query) override;
  absl::StatusOr<T> Update(const T& object) override;
  absl::StatusOr<T> UpdateStatus(const T& object) override;
  absl::Status Delete(const std::string& ns, const std::string& name,
                      const std::string& uid) override;
  absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Watch(const WatchQuery& query) override;

 private:
  // Within a transaction. What `stored` becomes, from what it is.
  using Next = T (*)(const T& stored, const T& wanted);
  absl::StatusOr<T> Replace(const T& object, Next next);

  Database& database_;
};

}  // namespace eventreactor::local
