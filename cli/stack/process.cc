#include "cli/stack/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/time/clock.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

absl::Status SpawnError(const std::string& program, const std::string& what, int error) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "CANNOT_START",
                    "cannot start " + program + ": " + what + ": " + std::strerror(error));
}

// The state and the start time in /proc/PID/stat; false if there is none.
bool ReadStat(pid_t pid, char& state, uint64_t& start_ticks) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // The name, in brackets, may hold anything; the last bracket ends it.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kFieldsBetween = 18;  // state is field 3, starttime field 22
  std::string skipped;
  if (!(fields >> state)) return false;
  for (int i = 0; i < kFieldsBetween; ++i) fields >> skipped;
  return static_cast<bool>(fields >> start_ticks);
}

int OpenLog(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Everything that the child needs, made before fork: after it only
// async-signal-safe calls are allowed.
struct Prepared {
  std::vector<char*> argv;
  std::vector<std::string> environment_text;
  std::vector<char*> environment;
  int input = -1;
  int output = -1;
  int errors = -1;
  int report = -1;
  pid_t parent = 0;
  bool die_with_parent = true;
  bool private_files = true;
};

std::vector<std::string> MergedEnvironment(const Command& command) {
  std::map<std::string, std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) merged[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : command.environment) merged[name] = value;
  std::vector<std::string> result;
  result.reserve(merged.size());
  for (const auto& [name, value] : merged) {
    std::string& entry = result.emplace_back(name);
    entry += '=';
    entry += value;
  }
  return result;
}

[[noreturn]] void RunChild(const Prepared& prepared) {
  setsid();
  if (prepared.die_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have died before the call above.
    if (getppid() != prepared.parent) _exit(1);
  }
  if (prepared.private_files) umask(077);
  dup2(prepared.input, STDIN_FILENO);
  dup2(prepared.output, STDOUT_FILENO);
  dup2(prepared.errors, STDERR_FILENO);
  for (const int number : {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD}) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  const int error = errno;
  // Should this fail, the exit status still says that something did.
  [[maybe_unused]] const ssize_t written = write(prepared.report, &error, sizeof(error));
  _exit(127);
}

}  // namespace

absl::StatusOr<ProcessId> Spawn(const Command& command) {
  const std::string& program = command.argv.front();
  const Descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor output(OpenLog(command.log));
  if (output.get() < 0) return SpawnError(program, command.log, errno);
  const Descriptor errors(command.error_log.empty() ? -1 : OpenLog(command.error_log));
  if (!command.error_log.empty() && errors.get() < 0) {
    return SpawnError(program, command.error_log, errno);
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SpawnError(program, "pipe", errno);
  const Descriptor report_in(ends[0]);
  Descriptor report_out(ends[1]);

  Prepared prepared;
  for (const auto& argument : command.argv) {
    prepared.argv.push_back(const_cast<char*>(argument.c_str()));
  }
  prepared.argv.push_back(nullptr);
  prepared.environment_text = MergedEnvironment(command);
  for (auto& entry : prepared.environment_text) prepared.environment.push_back(entry.data());
  prepared.environment.push_back(nullptr);
  prepared.input = input.get();
  prepared.output = output.get();
  prepared.errors = errors.get() < 0 ? output.get() : errors.get();
  prepared.report = report_out.get();
  prepared.parent = getpid();
  prepared.die_with_parent = command.die_with_parent;
  prepared.private_files = command.private_files;

  const pid_t pid = fork();
  if (pid < 0) return SpawnError(program, "fork", errno);
  if (pid == 0) RunChild(prepared);
  report_out.Close();
  // Closed without a word once the program runs.
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(report_in.get(), &error, sizeof(error));
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof(error))) {
    waitpid(pid, nullptr, 0);
    return SpawnError(program, "exec", error);
  }
  auto process = Identify(pid);
  // Over already: its parent will see that when it reaps.
  return process.ok() ? *process : ProcessId{pid, 0};
}

absl::StatusOr<ProcessId> Identify(pid_t pid) {
  char state = 0;
  ProcessId process{pid, 0};
  if (ReadStat(pid, state, process.start_ticks)) return process;
  return absl::NotFoundError("no process " + std::to_string(pid));
}

bool IsAlive(const ProcessId& process) {
  if (process.pid <= 0) return false;
  char state = 0;
  uint64_t start_ticks = 0;
  return ReadStat(process.pid, state, start_ticks) && start_ticks == process.start_ticks &&
         state != 'Z' && state != 'X';
}

void Signal(const ProcessId& process, int signal) {
  if (IsAlive(process)) kill(process.pid, signal);
}

void Terminate(const ProcessId& process, absl::Duration grace) {
  constexpr auto kPoll = absl::Milliseconds(20);
  Signal(process, SIGTERM);
  const absl::Time deadline = SteadyNow() + grace;
  while (IsAlive(process) && SteadyNow() < deadline) absl::SleepFor(kPoll);
  while (IsAlive(process)) {
    Signal(process, SIGKILL);
    absl::SleepFor(kPoll);
  }
}

absl::Duration Uptime(const ProcessId& process) {
  if (!IsAlive(process)) return absl::ZeroDuration();
  double since_boot = 0;
  std::ifstream("/proc/uptime") >> since_boot;
  const double started =
      static_cast<double>(process.start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return absl::Seconds(std::max(0.0, since_boot - started));
}

int64_t ProportionalMemory(const ProcessId& process) {
  if (!IsAlive(process)) return 0;
  std::ifstream file("/proc/" + std::to_string(process.pid) + "/smaps_rollup");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("Pss:")) return std::strtoll(line.c_str() + 4, nullptr, 10) * 1024;
  }
  return 0;
}

std::string DescribeEnd(int wait_status) {
  if (WIFEXITED(wait_status)) return "exited " + std::to_string(WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  return "killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
}

std::string BootId() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

std::string FindProgram(const std::string& name, const std::vector<std::string>& directories) {
  std::vector<std::string> places = directories;
  const char* path = std::getenv("PATH");
  std::istringstream entries(path == nullptr ? "" : path);
  for (std::string entry; std::getline(entries, entry, ':');) {
    // A relative entry would let the current directory choose our programs.
    if (entry.starts_with('/')) places.push_back(entry);
  }
  for (const auto& place : places) {
    std::error_code error;
    std::string candidate = (std::filesystem::path(place) / name).lexically_normal();
    if (std::filesystem::is_regular_file(candidate, error) && access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return "";
}

std::string OwnDirectory() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

}  // namespace eventreactor::stack
