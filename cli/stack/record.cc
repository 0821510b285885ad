#include "cli/stack/record.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

using Json = nlohmann::ordered_json;

absl::Status FileError(const std::string& path, int error) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "FILE_ERROR",
                    path + ": " + std::strerror(error));
}

Json ToJson(const ProcessId& process) {
  return {{"pid", process.pid}, {"start_ticks", process.start_ticks}};
}

ProcessId ProcessIdFrom(const Json& json) {
  return {json.at("pid").get<pid_t>(), json.at("start_ticks").get<uint64_t>()};
}

}  // namespace

bool IsRunning(const Record& record) {
  return record.boot_id == BootId() && IsAlive(record.supervisor);
}

std::string ToText(const Record& record) {
  Json processes = Json::array();
  for (const auto& process : record.processes) {
    processes.push_back({{"name", process.name},
                         {"process", ToJson(process.process)},
                         {"restarts", process.restarts},
                         {"last_end", process.last_end}});
  }
  const Json json = {{"id", record.id},
                     {"base_port", record.base_port},
                     {"bind", record.bind},
                     {"bind_grpc", record.bind_grpc},
                     {"http_token_file", record.http_token_file},
                     {"tls", record.tls},
                     {"engine", record.engine},
                     {"own_engine", record.own_engine},
                     {"version", record.version},
                     {"boot_id", record.boot_id},
                     {"failure", record.failure},
                     {"supervisor", ToJson(record.supervisor)},
                     {"processes", processes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Record> RecordFromText(const std::string& text) try {
  const Json json = Json::parse(text);
  Record record;
  record.id = json.at("id").get<std::string>();
  record.base_port = json.at("base_port").get<int>();
  record.bind = json.at("bind").get<std::string>();
  // Once there was one address for both.
  record.bind_grpc = json.value("bind_grpc", record.bind);
  record.http_token_file = json.value("http_token_file", "");
  record.tls = json.value("tls", false);
  record.engine = json.at("engine").get<std::string>();
  record.own_engine = json.at("own_engine").get<bool>();
  record.version = json.at("version").get<std::string>();
  record.boot_id = json.at("boot_id").get<std::string>();
  record.failure = json.value("failure", "");
  record.supervisor = ProcessIdFrom(json.at("supervisor"));
  for (const auto& process : json.at("processes")) {
    record.processes.push_back(
        {process.at("name").get<std::string>(), ProcessIdFrom(process.at("process")),
         process.at("restarts").get<int>(), process.at("last_end").get<std::string>()});
  }
  return record;
} catch (const Json::exception& error) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_RECORD", error.what());
}

absl::StatusOr<Record> ReadRecord(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno != ENOENT) return FileError(path, errno);
    return MakeStatus(absl::StatusCode::kNotFound, "NO_STACK", "there is no " + path);
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto record = RecordFromText(text);
  if (record.ok()) return record;
  return MakeStatus(record.status().code(), Reason(record.status()),
                    path + ": " + Message(record.status()));
}

absl::Status WriteRecord(const std::string& path, const Record& record) {
  return WritePrivateFile(path, ToText(record));
}

absl::Status WritePrivateFile(const std::string& path, const std::string& content) {
  const std::string next = path + ".new";
  // Its mode would survive O_TRUNC if an earlier attempt had left one.
  unlink(next.c_str());
  const int fd = open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return FileError(next, errno);
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t count = write(fd, content.data() + done, content.size() - done);
    if (count < 0 && errno != EINTR) {
      const int error = errno;
      close(fd);
      return FileError(next, error);
    }
    if (count > 0) done += static_cast<size_t>(count);
  }
  close(fd);
  if (rename(next.c_str(), path.c_str()) != 0) return FileError(path, errno);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return FileError(path, errno);
  return line;
}

std::string RandomHex(size_t bytes) {
  std::string random(bytes, '\0');
  // Up to 256 bytes come whole; without randomness no token is better than a guessable one.
  if (getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes)) std::abort();
  std::string hex;
  for (const char c : random) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 0xf]);
  }
  return hex;
}

absl::StatusOr<Lock> Lock::TryAcquire(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FileError(path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return Lock(fd);
  const int error = errno;
  close(fd);
  if (error != EWOULDBLOCK) return FileError(path, error);
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "LOCKED",
                    path + " is held by another process");
}

Lock::Lock(Lock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }

Lock::~Lock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace eventreactor::stack
