// stack.json: what a stack is and which processes it consists of, kept by its
// supervisor, read by every reactorctl command. And the lock that makes the
// supervisor the only one.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/stack/process.h"

namespace eventreactor::stack {

struct ProcessRecord {
  // Such as ingest.
  std::string name;
  // pid 0 while it waits to be started again.
  ProcessId process;
  // How often it was started again since `up`.
  int restarts = 0;
  // How it ended last, in words; empty if it never did.
  std::string last_end;
};

struct Record {
  // 16 hexadecimal digits; containers carry it as a label. Never changes.
  std::string id;
  int base_port = 0;
  // Where ingest's HTTP listens, and where the gRPC of all services does.
  std::string bind;
  std::string bind_grpc;
  // With the token that ingest's HTTP takes; empty: it takes none.
  std::string http_token_file;
  // Whether ingest serves HTTP with TLS.
  bool tls = false;
  // unix:///SOCKET of the container engine.
  std::string engine;
  // Whether that engine is one of the processes.
  bool own_engine = false;
  // reactorctl's version.
  std::string version;
  // Processes of another boot are gone, whatever has their ids now.
  std::string boot_id;
  // Why it ended where nobody had asked it to; empty otherwise.
  std::string failure;
  // None while the stack is down.
  ProcessId supervisor;
  // In the order of their start.
  std::vector<ProcessRecord> processes;
};

// True while the supervisor that wrote the record is alive.
bool IsRunning(const Record& record);

std::string ToText(const Record& record);
// INVALID_ARGUMENT for what is no record.
absl::StatusOr<Record> RecordFromText(const std::string& text);

// NOT_FOUND where no stack was ever started.
absl::StatusOr<Record> ReadRecord(const std::string& path);
// A reader sees the old record or the new one, nothing between.
absl::Status WriteRecord(const std::string& path, const Record& record);

// Mode 0600, replaced as a whole.
absl::Status WritePrivateFile(const std::string& path, const std::string& content);

// What WritePrivateFile wrote, up to the end of its first line. An error names
// the file.
absl::StatusOr<std::string> ReadFirstLine(const std::string& path);

// `bytes` random bytes in hexadecimal digits.
std::string RandomHex(size_t bytes);

// Held by the supervisor as long as it lives; the kernel lets go of it when
// the process ends, however it does.
class Lock {
 public:
  // FAILED_PRECONDITION (LOCKED) if another process has it.
  static absl::StatusOr<Lock> TryAcquire(const std::string& path);
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;
  Lock(const Lock&) = delete;
  ~Lock();

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace eventreactor::stack
