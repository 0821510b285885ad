#include "services/local-adapter/podman_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/local-adapter/engine_client.h"

namespace eventreactor::local {
namespace {

namespace fs = std::filesystem;

// Works without systemd, and where limits cannot be raised.
constexpr char kConfiguration[] =
    "[containers]\n"
    "default_ulimits=[\"nofile=1024:1024\",\"nproc=4096:4096\"]\n"
    "pids_limit=0\n"
    "[engine]\n"
    "cgroup_manager=\"cgroupfs\"\n"
    "events_logger=\"file\"\n"
    "runtime=\"runc\"\n";
constexpr absl::Duration kStartTimeout = absl::Seconds(60);

absl::Status Missing(const std::string& what) {
  return absl::FailedPreconditionError(what + "; scripts/install-deps installs what tests need");
}

// Starts a program; stdout and stderr go to these files.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, const std::string& conf,
                            const std::string& out, const std::string& err) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(strdup(word.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) {
    if (std::string(*each).rfind("CONTAINERS_CONF=", 0) != 0) environment.push_back(strdup(*each));
  }
  environment.push_back(strdup(("CONTAINERS_CONF=" + conf).c_str()));
  environment.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  pid_t child = -1;
  const int failed =
      posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&files);
  for (char* word : arguments) std::free(word);
  for (char* word : environment) std::free(word);
  if (failed != 0) return Missing(command[0] + " cannot be run");
  return child;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

absl::StatusOr<std::string> Output(const std::vector<std::string>& command,
                                   const std::string& dir) {
  const std::string out = dir + "/stdout";
  const std::string err = dir + "/stderr";
  fs::remove(err);
  const absl::StatusOr<pid_t> child = Spawn(command, dir + "/containers.conf", out, err);
  if (!child.ok()) return child.status();
  int status = 0;
  waitpid(*child, &status, 0);
  if (status == 0) return ReadFile(out);
  return absl::InternalError(absl::StrCat(absl::StrJoin(command, " "), " failed: ", ReadFile(err)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PodmanFixture>> PodmanFixture::Start() {
  std::unique_ptr<PodmanFixture> podman(new PodmanFixture);
  char dir[] = "/tmp/er-podman-XXXXXX";
  if (mkdtemp(dir) == nullptr) return absl::InternalError("no temporary directory");
  podman->dir_ = dir;
  std::ofstream(podman->dir_ + "/containers.conf") << kConfiguration;
  absl::Status status = podman->StartService();
  if (status.ok()) status = podman->MakeImage();
  if (!status.ok()) return status;
  return podman;
}

PodmanFixture::~PodmanFixture() {
  StopService().IgnoreError();
  Podman({"rm", "--all", "--force", "--time=0"}).status().IgnoreError();
  // Podman leaves its storage mounted.
  umount2((dir_ + "/root/overlay").c_str(), MNT_DETACH);
  std::error_code error;
  fs::remove_all(dir_, error);
}

std::vector<std::string> PodmanFixture::Command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"podman",      "--root",   dir_ + "/root", "--runroot",
                                      dir_ + "/run", "--tmpdir", dir_ + "/tmp"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

absl::StatusOr<std::string> PodmanFixture::Podman(const std::vector<std::string>& arguments) const {
  return Output(Command(arguments), dir_);
}

absl::Status PodmanFixture::StartService() {
  const absl::StatusOr<pid_t> child =
      Spawn(Command({"system", "service", "--time=0", address()}), dir_ + "/containers.conf",
            dir_ + "/service.out", dir_ + "/service.err");
  if (!child.ok()) return child.status();
  service_ = *child;
  const auto client = EngineClient::Create(address());
  if (!client.ok()) return client.status();
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (true) {
    absl::Status status = (*client)->Ping(std::stop_token());
    if (status.ok()) return status;
    int exited = 0;
    if (waitpid(service_, &exited, WNOHANG) == service_) {
      service_ = -1;
      return Missing("podman's service does not start: " + ReadFile(dir_ + "/service.err"));
    }
    if (absl::Now() > deadline) return status;
    absl::SleepFor(absl::Milliseconds(50));
  }
}

absl::Status PodmanFixture::StopService() {
  if (service_ < 0) return absl::OkStatus();
  kill(service_, SIGKILL);
  int status = 0;
  waitpid(service_, &status, 0);
  service_ = -1;
  fs::remove(socket());
  return absl::OkStatus();
}

absl::Status PodmanFixture::MakeImage() const {
  const std::string root = dir_ + "/image";
  for (const char* each : {"/bin", "/tmp", "/etc", "/workspace"})
    fs::create_directories(root + each);
  // As many images have it: a /workspace that is root's alone.
  fs::permissions(root + "/workspace", fs::perms(0755));
  fs::permissions(root + "/tmp", fs::perms(01777));
  std::error_code error;
  if (!fs::copy_file("/bin/busybox", root + "/bin/busybox", error)) {
    return Missing("/bin/busybox cannot be copied");
  }
  const absl::StatusOr<std::string> applets = Output({"/bin/busybox", "--list"}, dir_);
  if (!applets.ok()) return applets.status();
  for (size_t at = 0, end = 0; (end = applets->find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string applet = applets->substr(at, end - at);
    if (applet != "busybox")
      fs::create_symlink("busybox", absl::StrCat(root, "/bin/", applet), error);
  }
  const std::string archive = dir_ + "/image.tar";
  const absl::StatusOr<std::string> packed = Output({"tar", "-C", root, "-cf", archive, "."}, dir_);
  if (!packed.ok()) return packed.status();
  return Podman({"import", "--quiet", "--change", "ENV=PATH=/bin", archive, image()}).status();
}

}  // namespace eventreactor::local
