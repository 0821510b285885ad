#include "cli/stack/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    Supervisor::BlockSignals();
    std::string path = testing::TempDir() + "supervisorXXXXXX";
    dir_ = mkdtemp(path.data());
  }
  ~ProcessTest() override { std::filesystem::remove_all(dir_); }

  Command Shell(const std::string& script) const {
    Command command;
    command.argv = {"/bin/sh", "-c", script};
    command.log = dir_ + "/log";
    return command;
  }
  Child ShellChild(const std::string& name, const std::string& script) const {
    return {name, Shell(script), absl::Seconds(15)};
  }
  std::string Log() const {
    std::ifstream file(dir_ + "/log");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  static int Await(const ProcessId& process) {
    int wait_status = 0;
    waitpid(process.pid, &wait_status, 0);
    return wait_status;
  }

  std::string dir_;
};

TEST_F(ProcessTest, ASpawnedProgramWritesToItsLog) {
  const auto process = Spawn(Shell("echo out; echo err >&2"));
  ASSERT_TRUE(process.ok()) << process.status();
  Await(*process);
  EXPECT_EQ(Log(), "out\nerr\n");
}

TEST_F(ProcessTest, ASpawnedProgramSeesTheEnvironmentGiven) {
  Command command = Shell("echo $COLOUR");
  command.environment = {{"COLOUR", "blue"}};
  Await(*Spawn(command));
  EXPECT_EQ(Log(), "blue\n");
}

TEST_F(ProcessTest, FilesOfAPrivateProgramAreForTheOwnerOnly) {
  Await(*Spawn(Shell("umask")));
  EXPECT_EQ(Log(), "0077\n");
}

TEST_F(ProcessTest, AProgramThatIsNotThereIsAnErrorInWords) {
  Command command = Shell("");
  command.argv = {dir_ + "/none"};
  EXPECT_THAT(Message(Spawn(command).status()), HasSubstr("/none: exec: No such file"));
}

TEST_F(ProcessTest, AProcessIsAliveUntilItEnds) {
  const auto process = Spawn(Shell("exec sleep 1000"));
  EXPECT_TRUE(IsAlive(*process));
  Signal(*process, SIGKILL);
  EXPECT_EQ(DescribeEnd(Await(*process)), "killed by signal 9 (Killed)");
  EXPECT_FALSE(IsAlive(*process));
}

TEST_F(ProcessTest, AnotherProcessOfTheSameIdIsNotTaken) {
  ProcessId self = *Identify(getpid());
  EXPECT_TRUE(IsAlive(self));
  ++self.start_ticks;
  EXPECT_FALSE(IsAlive(self));
}

TEST_F(ProcessTest, AChildDiesWithTheProcessThatSpawnedIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t supervisor = fork();
  if (supervisor == 0) {
    const auto child = Spawn(Shell("exec sleep 1000"));
    const ssize_t written = write(ends[1], &*child, sizeof(*child));
    _exit(written == sizeof(*child) ? 0 : 1);
  }
  ProcessId child;
  ASSERT_EQ(read(ends[0], &child, sizeof(child)), static_cast<ssize_t>(sizeof(child)));
  waitpid(supervisor, nullptr, 0);
  // Returns when it is gone; SIGTERM was on its way before.
  while (IsAlive(child)) usleep(1000);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(ProcessTest, TerminateKillsWhatDoesNotListen) {
  const auto process = Spawn(Shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
  while (Log() != "ready\n") usleep(1000);
  // Not a child of the caller in real life: somebody else reaps it.
  Terminate(*process, absl::ZeroDuration());
  EXPECT_EQ(WTERMSIG(Await(*process)), SIGKILL);
}

TEST_F(ProcessTest, FindProgramPrefersTheDirectoriesGiven) {
  std::filesystem::create_symlink("/bin/sh", dir_ + "/sh");
  std::ofstream(dir_ + "/env") << "not executable";
  EXPECT_EQ(FindProgram("sh", {dir_}), dir_ + "/sh");
  EXPECT_NE(FindProgram("env", {dir_}), dir_ + "/env");
  EXPECT_EQ(FindProgram("no-such-program", {dir_}), "");
}

class SupervisorTest : public ProcessTest {
 protected:
  // Runs until `enough` says so of the children's state.
  void RunUntil(std::vector<Child> children,
                std::function<bool(const std::vector<ProcessRecord>&)> enough) {
    Supervisor::Options options;
    options.haste_after = absl::ZeroDuration();
    options.look_every = absl::Milliseconds(1);
    options.say = [this](const std::string& line) {
      said_.push_back(line);
      if (ask_twice_ && line.starts_with("stopping")) kill(getpid(), SIGTERM);
    };
    options.changed = [this, enough](const std::vector<ProcessRecord>& records) {
      last_ = records;
      if (!asked_ && enough(records)) {
        asked_ = true;
        kill(getpid(), SIGTERM);
      }
    };
    ended_ = Supervisor(std::move(children), options).Run();
  }

  absl::Status ended_;
  std::vector<std::string> said_;
  std::vector<ProcessRecord> last_;
  bool asked_ = false;
  // Sends a second signal while the children are being stopped.
  bool ask_twice_ = false;
};

bool AllRunning(const std::vector<ProcessRecord>& records) {
  for (const auto& record : records) {
    if (record.process.pid == 0) return false;
  }
  return true;
}

TEST_F(SupervisorTest, StopsChildrenInTheReverseOrderOfTheirStart) {
  RunUntil({ShellChild("first", "exec sleep 1000"), ShellChild("second", "exec sleep 1000")},
           AllRunning);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("started first"), HasSubstr("started second"),
                                 "stopping second", "stopping first"));
  EXPECT_EQ(last_.at(0).last_end, "killed by signal 15 (Terminated)");
}

TEST_F(SupervisorTest, StartsAChildThatEndedAgainAndSaysSo) {
  RunUntil({ShellChild("flaky", "exit 3")},
           [](const auto& records) { return records.at(0).restarts == 2; });
  EXPECT_THAT(said_, Contains("flaky ended (exited 3); starting it again in 100ms"));
  EXPECT_THAT(said_, Contains("flaky ended (exited 3); starting it again in 200ms"));
}

TEST_F(SupervisorTest, StartsAKilledChildAgainAndLeavesTheOthersAlone) {
  pid_t steady = 0;
  RunUntil({ShellChild("steady", "exec sleep 1000"), ShellChild("victim", "exec sleep 1000")},
           [&steady](const auto& records) {
             if (!AllRunning(records)) return false;
             if (records.at(1).restarts > 0) {
               EXPECT_EQ(records.at(0).process.pid, steady);
               return true;
             }
             steady = records.at(0).process.pid;
             kill(records.at(1).process.pid, SIGKILL);
             return false;
           });
  EXPECT_EQ(last_.at(1).restarts, 1);
  EXPECT_EQ(last_.at(0).restarts, 0);
}

TEST_F(SupervisorTest, StartsAChildAgainThatWasWellAndFailsItsCheckThrice) {
  Child child = ShellChild("stuck", "exec sleep 1000");
  int checks = 0;
  const std::string killing = "stuck runs and does not do its work (no answer); killing it";
  child.check = [&checks, &killing, this] {
    // Until the end of what was killed is seen it is looked at as before.
    if (std::find(said_.begin(), said_.end(), killing) == said_.end()) ++checks;
    return checks == 1 ? absl::OkStatus() : absl::UnavailableError("no answer");
  };
  RunUntil({child}, [](const auto& records) { return records.at(0).restarts == 1; });
  EXPECT_EQ(checks, 4);
  EXPECT_THAT(said_, Contains(killing));
  EXPECT_EQ(last_.at(0).last_end, "killed by signal 9 (Killed)");
}

TEST_F(SupervisorTest, GivesAChildTheTimeItTakesToStart) {
  Child child = ShellChild("slow", "exec sleep 1000");
  int checks = 0;
  child.check = [&checks] {
    if (++checks == 10) kill(getpid(), SIGTERM);
    return absl::UnavailableError("still reading its files");
  };
  RunUntil({child}, [](const auto&) { return false; });
  EXPECT_EQ(last_.at(0).restarts, 0);
}

TEST_F(SupervisorTest, StartsAChildAgainThatHangsFromTheStart) {
  Child child = ShellChild("stuck", "exec sleep 1000");
  child.check = [] { return absl::AbortedError("no answer"); };
  RunUntil({child}, [](const auto& records) { return records.at(0).restarts == 1; });
  EXPECT_THAT(said_, Contains("stuck runs and does not do its work (no answer); killing it"));
}

TEST_F(SupervisorTest, ForgetsFailuresBetweenWhichAChildWasWell) {
  Child child = ShellChild("moody", "exec sleep 1000");
  int checks = 0;
  child.check = [&checks] {
    if (++checks == 20) kill(getpid(), SIGTERM);
    return checks % 3 == 0 ? absl::OkStatus() : absl::UnavailableError("not now");
  };
  RunUntil({child}, [](const auto&) { return false; });
  EXPECT_EQ(last_.at(0).restarts, 0);
}

TEST_F(SupervisorTest, KeepsTryingAProgramThatCannotBeExecuted) {
  Child child = ShellChild("missing", "");
  child.command.argv = {dir_ + "/none"};
  RunUntil({child}, [](const auto& records) { return records.at(0).restarts == 2; });
  EXPECT_THAT(last_.at(0).last_end, HasSubstr("No such file"));
}

TEST_F(SupervisorTest, EndsWithTheWordsOfAChildThatCannotWorkAsItIsToldTo) {
  std::ofstream(dir_ + "/log") << "of an earlier run\n";
  Child child = ShellChild("wrong", "echo '--colour: is none'; echo 'see --help'; exit 2");
  child.usage_status = 2;
  RunUntil({ShellChild("steady", "exec sleep 1000"), child}, [](const auto&) { return false; });
  EXPECT_EQ(Message(ended_), "wrong cannot work as it is told to: --colour: is none");
  EXPECT_THAT(said_, ElementsAre(HasSubstr("started steady"), HasSubstr("started wrong"),
                                 "stopping steady"));
}

TEST_F(SupervisorTest, AChildThatOnceWorkedIsStartedAgainWhateverItsExitStatus) {
  Child child = ShellChild("changed", "test -e seen && exit 2; touch seen; exit 1");
  child.command.argv[2] = "cd " + dir_ + "; " + child.command.argv[2];
  child.usage_status = 2;
  RunUntil({child}, [](const auto& records) { return records.at(0).restarts == 2; });
  EXPECT_TRUE(ended_.ok()) << ended_;
  EXPECT_EQ(last_.at(0).last_end, "exited 2");
}

TEST_F(SupervisorTest, TheSameStatusOfAnotherProgramMeansNothing) {
  RunUntil({ShellChild("panics", "exit 2")},
           [](const auto& records) { return records.at(0).restarts == 1; });
  EXPECT_TRUE(ended_.ok()) << ended_;
}

TEST_F(SupervisorTest, KillsAChildThatDoesNotEndInTime) {
  Child child = ShellChild("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.1; done");
  child.grace = absl::ZeroDuration();
  RunUntil({child}, [this](const auto& records) {
    while (records.at(0).process.pid != 0 && Log() != "ready\n") usleep(1000);
    return true;
  });
  EXPECT_THAT(said_, Contains("killing stubborn: it did not end in time"));
  EXPECT_EQ(last_.at(0).last_end, "killed by signal 9 (Killed)");
}

TEST_F(SupervisorTest, ASecondSignalKillsWhatIsStillEnding) {
  ask_twice_ = true;
  RunUntil({ShellChild("slow", "trap '' TERM; echo ready; while :; do sleep 0.1; done")},
           [this](const auto& records) {
             while (records.at(0).process.pid != 0 && Log() != "ready\n") usleep(1000);
             return true;
           });
  EXPECT_THAT(said_, Contains("killing slow: asked to stop twice"));
}

TEST(BackoffTest, DoublesUpToTenSeconds) {
  Backoff backoff;
  EXPECT_EQ(backoff.Next(absl::ZeroDuration()), absl::Milliseconds(100));
  EXPECT_EQ(backoff.Next(absl::ZeroDuration()), absl::Milliseconds(200));
  for (int i = 0; i < 5; ++i) backoff.Next(absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(absl::ZeroDuration()), absl::Seconds(10));
  EXPECT_EQ(backoff.Next(absl::ZeroDuration()), absl::Seconds(10));
}

TEST(BackoffTest, BeginsAnewAfterALongRun) {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.Next(absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(absl::Seconds(30)), absl::Milliseconds(100));
}

}  // namespace
}  // namespace eventreactor::stack
