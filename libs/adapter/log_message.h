// A piece of a log as a message of ER_LOG, and back. Pure.
//
// CloudEvents' NATS binding, so that any SDK can tap it: type
// io.github.summerwind.eventreactor.log, source /namespaces/NS/actions/NAME,
// subject the step; and er-uid, er-step, er-offset, er-end, with er-cut or
// er-eof where the piece is the last that is kept, or the last there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/bus/bus.h"

namespace eventreactor {

struct LogEntry {
  std::string uid;
  std::string step;
  // In the container's log: where the data begins, and where to go on.
  int64_t offset = 0;
  int64_t end = 0;
  // Says that what follows in the container's log is not kept; the data is a
  // note and not of the container.
  bool cut = false;
  // Nothing more comes; no data.
  bool eof = false;
  std::string data;
  absl::Time time;
};

// The id is of uid, step, offset and kind: the same piece is stored once.
bus::Message LogMessage(const RunKey& key, const LogEntry& entry);

// Nothing for a message that is no piece of a log.
std::optional<LogEntry> ReadLogMessage(const bus::StoredMessage& stored);

}  // namespace eventreactor
