// Brings the logs of one Pod into the LogStore, container after container,
// while they are written.
#pragma once

#include "absl/time/time.h"
#include "libs/adapter/log_store.h"
#include "services/kube-adapter/executor/child_run.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

struct PodLogOptions {
  // Kept of each container's end.
  size_t tail_bytes = size_t{16} << 10;
  // Between two tries of what failed.
  absl::Duration retry = absl::Seconds(1);
  // After the end of a run: how long a log that cannot be read is tried for.
  absl::Duration patience = absl::Minutes(1);
};

// How it went.
struct PodLogResult {
  // False: the run was abandoned before all was stored.
  bool stored = false;
  // Set where a log, or the end of one, could not be read; in words.
  std::string lost;
};

// Until all that the Pod's sources and steps wrote is stored, or cannot be
// read any more. After a lost connection a log is read again from its start
// and what is known is passed over. Where its node has rotated it meanwhile
// (containerLogMaxSize, 10 MiB by default), what is still there is stored,
// and the log says where a part is missing.
PodLogResult StorePodLogs(Client& client, LogStore& logs, ChildRun& run,
                          const PodLogOptions& options, Clock& clock = SystemClock());

}  // namespace eventreactor::kube
