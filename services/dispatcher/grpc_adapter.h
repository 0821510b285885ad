// The adapter over gRPC.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "libs/service/channel.h"
#include "services/dispatcher/adapter_client.h"

namespace eventreactor::dispatcher {

// `call_timeout` bounds each call but the watch.
std::unique_ptr<AdapterClient> MakeGrpcAdapter(const service::Peer& peer,
                                               absl::Duration call_timeout);

}  // namespace eventreactor::dispatcher
