// What the janitor asks of the adapter.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action_service.pb.h"
#include "eventreactor/v1/event_service.pb.h"
#include "libs/service/channel.h"

namespace eventreactor::janitor {

// Thread-safe. Errors are the adapter's.
class Adapter {
 public:
  virtual ~Adapter() = default;

  // Of all namespaces; an empty token asks for the first page.
  virtual absl::StatusOr<v1::ActionServiceListResponse> ListActions(const std::string& token) = 0;
  virtual absl::StatusOr<v1::EventServiceListResponse> ListEvents(const std::string& token) = 0;

  // Only the one of the uid: NOT_FOUND if it is gone or another has its name.
  virtual absl::Status DeleteAction(const std::string& ns, const std::string& name,
                                    const std::string& uid) = 0;
  // FAILED_PRECONDITION (EVENT_IN_USE) as well.
  virtual absl::Status DeleteEvent(const std::string& ns, const std::string& name,
                                   const std::string& uid) = 0;

  // Whether it answers at all.
  virtual absl::Status Ping() = 0;
};

// The adapter over gRPC; `call_timeout` bounds each call.
std::unique_ptr<Adapter> MakeGrpcAdapter(const service::Peer& peer, absl::Duration call_timeout);

}  // namespace eventreactor::janitor
