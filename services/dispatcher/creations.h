// Actions on their way to the adapter: those of several messages go in one
// call. For one thread.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/action_service.pb.h"
#include "services/dispatcher/adapter_client.h"

namespace eventreactor::dispatcher {

class Creations {
 public:
  // What AdapterClient::Create answered for one Action.
  using Answered = std::function<void(const absl::StatusOr<bool>&)>;

  explicit Creations(AdapterClient& adapter) : adapter_(adapter) {}

  // Sends what waits before, once there is enough of it: any answer may come
  // from within this call.
  void Add(v1::CreateRequest request, Answered answered);
  // Sends what waits; when this returns, all answers have come. Once a call has
  // failed, or an Action of it for want of whoever stores it, there are no
  // more, and that error is the answer to all.
  void Flush();

 private:
  AdapterClient& adapter_;
  absl::Status failed_;
  v1::CreateBatchRequest batch_;
  size_t bytes_ = 0;
  std::vector<Answered> answered_;
};

}  // namespace eventreactor::dispatcher
