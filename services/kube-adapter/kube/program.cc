#include "services/kube-adapter/kube/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

constexpr size_t kMaxOutput = size_t{1} << 20;
constexpr size_t kMaxComplaint = 4096;

struct Pipe {
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
      read_end = ends[0];
      write_end = ends[1];
    }
  }
  ~Pipe() {
    Close(read_end);
    Close(write_end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void Close(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
  int read_end = -1;
  int write_end = -1;
};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  all.reserve(more.size());
  for (const auto& [name, value] : more) all.push_back(absl::StrCat(name, "=", value));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  return all;
}

// Errno's values.
int Spawn(const Program& program, int output, int complaint, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, complaint, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> arguments = {program.command};
  arguments.insert(arguments.end(), program.args.begin(), program.args.end());
  std::vector<std::string> environment = Environment(program.env);
  const int error = posix_spawnp(&pid, program.command.c_str(), &files, &attributes,
                                 Pointers(arguments).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

// Reads what is there; false at the end.
bool Drain(int from, std::string& to, size_t max) {
  char buffer[4096];
  while (true) {
    const ssize_t count = read(from, buffer, sizeof(buffer));
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (to.size() <= max) to.append(buffer, static_cast<size_t>(count));
  }
}

}  // namespace

absl::StatusOr<ProgramEnd> RunProgram(const Program& program) {
  Pipe output;
  Pipe complaint;
  if (output.read_end < 0 || complaint.read_end < 0) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "TOO_FEW_OPEN_FILES",
                      program.command + ": there is no file left to run it with");
  }
  // The program's own ends block, as it expects.
  fcntl(output.write_end, F_SETFL, 0);
  fcntl(complaint.write_end, F_SETFL, 0);
  pid_t pid = -1;
  if (const int error = Spawn(program, output.write_end, complaint.write_end, pid); error != 0) {
    return MakeStatus(absl::StatusCode::kNotFound, "NO_SUCH_PROGRAM",
                      program.command + ": " + std::strerror(error));
  }
  Pipe::Close(output.write_end);
  Pipe::Close(complaint.write_end);

  const int ended = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  const absl::Time deadline = SteadyNow() + program.timeout;
  ProgramEnd end;
  bool exited = false;
  while (!exited && end.output.size() <= kMaxOutput) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - SteadyNow());
    if (left <= 0) break;
    pollfd events[3] = {
        {ended, POLLIN, 0}, {output.read_end, POLLIN, 0}, {complaint.read_end, POLLIN, 0}};
    if (poll(events, 3, static_cast<int>(left)) < 0 && errno != EINTR) break;
    exited = (events[0].revents & POLLIN) != 0;
    if (output.read_end >= 0 && !Drain(output.read_end, end.output, kMaxOutput)) {
      Pipe::Close(output.read_end);
    }
    if (complaint.read_end >= 0 && !Drain(complaint.read_end, end.complaint, kMaxComplaint)) {
      Pipe::Close(complaint.read_end);
    }
  }
  if (!exited) kill(-pid, SIGKILL);
  if (ended >= 0) close(ended);
  int how = 0;
  while (waitpid(pid, &how, 0) < 0 && errno == EINTR) {
  }
  if (end.output.size() > kMaxOutput) {
    return MakeStatus(
        absl::StatusCode::kResourceExhausted, "PROGRAM_TOO_TALKATIVE",
        program.command + ": it printed more than " + std::to_string(kMaxOutput) + " bytes");
  }
  if (!exited) {
    return MakeStatus(
        absl::StatusCode::kDeadlineExceeded, "PROGRAM_TOO_SLOW",
        program.command + ": it took longer than " + absl::FormatDuration(program.timeout));
  }
  end.exit_code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
  return end;
}

}  // namespace eventreactor::kube
