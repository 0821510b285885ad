#include "libs/bus/nats_server_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

namespace fs = std::filesystem;

constexpr char kPassword[] = "for #tests {only} $PATH";

std::string FindServer() {
  const char* path = std::getenv("PATH");
  const std::string places = std::string(path == nullptr ? "" : path) + ":/usr/sbin";
  for (const absl::string_view place : absl::StrSplit(places, ':')) {
    std::string file = std::string(place) + "/nats-server";
    if (!place.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::Status Failed(const std::string& what) {
  return MakeStatus(absl::StatusCode::kInternal, "NATS_SERVER_FAILED", what);
}

// The first client URL in the ports file; "" while it is not written wholly.
std::string UrlOf(const std::string& ports_file) {
  const nlohmann::json ports = nlohmann::json::parse(ReadAll(ports_file), nullptr, false);
  if (!ports.is_object() || !ports.contains("nats") || ports["nats"].empty()) return "";
  return ports["nats"][0].get<std::string>();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NatsServerFixture>> NatsServerFixture::Start() {
  return Start(NatsServerOptions());
}

absl::StatusOr<std::unique_ptr<NatsServerFixture>> NatsServerFixture::Start(
    NatsServerOptions options) {
  std::unique_ptr<NatsServerFixture> server(new NatsServerFixture);
  server->binary_ = FindServer();
  if (server->binary_.empty()) {
    return MakeStatus(absl::StatusCode::kNotFound, "NATS_SERVER_MISSING",
                      "there is no nats-server in the PATH or /usr/sbin; install it");
  }
  std::string dir = (fs::temp_directory_path() / "nats-test-XXXXXX").string();
  if (mkdtemp(dir.data()) == nullptr) return Failed("cannot make " + dir);
  server->dir_ = dir;
  server->options_ = std::move(options);
  server->options_.store_dir = dir + "/store";
  server->options_.password = kPassword;
  std::ofstream(dir + "/password") << kPassword << "\n";
  if (absl::Status launched = server->Launch(); !launched.ok()) return launched;
  return server;
}

NatsServerFixture::~NatsServerFixture() {
  Kill();
  std::error_code ignored;
  if (!dir_.empty()) fs::remove_all(dir_, ignored);
}

void NatsServerFixture::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

absl::Status NatsServerFixture::Restart() {
  Kill();
  return Launch();
}

void NatsServerFixture::Pause() {
  kill(pid_, SIGSTOP);
  // Until all of its threads stand still.
  waitpid(pid_, nullptr, WUNTRACED);
}

void NatsServerFixture::Resume() { kill(pid_, SIGCONT); }

ConnectOptions NatsServerFixture::Services() const {
  ConnectOptions options;
  options.url = url_;
  options.user = options_.user;
  options.password_file = dir_ + "/password";
  options.client_name = "test";
  return options;
}

absl::Status NatsServerFixture::Launch() {
  const std::string config = dir_ + "/nats.conf";
  std::ofstream(config) << NatsServerConfig(options_);
  const std::string log = dir_ + "/nats.log";
  const char* const argv[] = {binary_.c_str(), "-c", config.c_str(), "--ports_file_dir",
                              dir_.c_str(),    "-l", log.c_str(),    nullptr};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Failed("cannot fork");
  if (pid == 0) {
    // Only async-signal-safe calls from here on.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
    execv(binary_.c_str(), const_cast<char* const*>(argv));
    _exit(127);
  }
  pid_ = pid;
  const std::string ports = dir_ + "/nats-server_" + std::to_string(pid) + ".ports";
  for (int tries = 0; tries < 3000; ++tries) {
    url_ = UrlOf(ports);
    if (!url_.empty()) {
      // The same again after a restart.
      options_.port = std::atoi(url_.substr(url_.rfind(':') + 1).c_str());
      return absl::OkStatus();
    }
    if (waitpid(pid, nullptr, WNOHANG) == pid) {
      pid_ = 0;
      return Failed("nats-server ended at once:\n" + ReadAll(log) + "\nwith\n" + ReadAll(config));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return Failed("nats-server does not listen after 30 s:\n" + ReadAll(log));
}

}  // namespace eventreactor::bus
