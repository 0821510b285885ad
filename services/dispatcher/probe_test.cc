#include "services/dispatcher/probe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::fixtures::ChainedPipeline;
using eventreactor::fixtures::EventPipeline;
using eventreactor::fixtures::FinishedAction;

Verdict TryWith(const std::string& script) {
  const bus::Message message = EventMessage("push", "/repo", "1");
  return ProcessProber("/bin/sh", {"-c", script}).Try({&message}, View());
}

TEST(ProbeTest, AChildThatEndsInOrderIsHarmless) {
  EXPECT_EQ(TryWith("cat >/dev/null"), Verdict::kHarmless);
}

TEST(ProbeTest, AChildThatDiesOfAFaultOfItsOwnIsTheMessagesFault) {
  for (const char* signal : {"SEGV", "ABRT", "BUS", "FPE", "ILL"}) {
    EXPECT_EQ(TryWith(std::string("ulimit -c 0; kill -") + signal + " $$"), Verdict::kCrashes)
        << signal;
  }
}

TEST(ProbeTest, AChildThatIsEndedFromOutsideSaysNothing) {
  EXPECT_EQ(TryWith("kill -KILL $$"), Verdict::kUnknown);
  EXPECT_EQ(TryWith("kill -TERM $$"), Verdict::kUnknown);
  EXPECT_EQ(TryWith("exit 3"), Verdict::kUnknown);
}

TEST(ProbeTest, AChildThatCannotBeStartedSaysNothing) {
  const bus::Message message = EventMessage("push", "/repo", "1");
  EXPECT_EQ(ProcessProber("/does/not/exist", {}).Try({&message}, View()), Verdict::kUnknown);
}

// What the parent writes is what the child reads: `cat` brings it back.
TEST(ProbeTest, TheChildReadsWhatTheParentWrote) {
  View view;
  view.Put({EventPipeline("build", "push"), EventPipeline("other", "pull"),
            ChainedPipeline("test", "build")});
  const bus::Message event = EventMessage("push", "/repo", "1");
  const bus::Message action = ActionMessage(FinishedAction("build"));
  bus::Message broken = event;
  broken.headers.clear();

  std::string path = ::testing::TempDir() + "probe_test_XXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  ASSERT_EQ(ProcessProber("/bin/sh", {"-c", "cat >" + path}).Try({&event, &action, &broken}, view),
            Verdict::kHarmless);
  EXPECT_EQ(ProbeMain(file), 0);
  // Cut short, it is no input.
  const off_t size = lseek(file, 0, SEEK_END);
  ASSERT_GT(size, 500);
  ASSERT_EQ(ftruncate(file, 100), 0);
  lseek(file, 0, SEEK_SET);
  EXPECT_EQ(ProbeMain(file), 1);
  close(file);
  unlink(path.c_str());
}

}  // namespace
}  // namespace eventreactor::dispatcher
