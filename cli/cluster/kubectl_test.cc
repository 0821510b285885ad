#include "cli/cluster/kubectl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "cli/cluster/fake_kubectl.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::Duration kSoon = absl::Seconds(20);

TEST(KubectlTest, SaysWhichClusterItMeans) {
  KubernetesTarget target;
  target.kubeconfig = "/k.yaml";
  target.context = "lab";
  EXPECT_THAT(Kubectl("kubectl", target).Command({"get", "pods"}),
              ElementsAre("kubectl", "--kubeconfig=/k.yaml", "--context=lab",
                          "--namespace=eventreactor-system", "get", "pods"));
  EXPECT_THAT(Kubectl("kubectl", KubernetesTarget()).Command({"get"}),
              ElementsAre("kubectl", "--namespace=eventreactor-system", "get"));
}

TEST(KubectlTest, GivesBackWhatItWritesToStdout) {
  const FakeKubectl fake("echo talk >&2; echo \"$@\"");
  EXPECT_EQ(*fake.Use().Run({"get", "pods"}, kSoon), "--namespace=eventreactor-system get pods\n");
}

TEST(KubectlTest, ItsFailureIsInItsWords) {
  const FakeKubectl fake("echo data; echo 'error: context \"lab\" does not exist' >&2; exit 1");
  const auto status = fake.Use().Run({"get"}, kSoon).status();
  EXPECT_EQ(Reason(status), "NO_KUBE_CONTEXT");
  EXPECT_THAT(Message(status), HasSubstr("kubectl: context \"lab\" does not exist\nof `/"));
}

TEST(KubectlTest, OneThatHangsIsEnded) {
  const FakeKubectl fake("exec sleep 1000");
  const auto status = fake.Use().Run({"get"}, absl::Milliseconds(50)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST(KubectlTest, ReadsTheTokenOfTheSecret) {
  const FakeKubectl fake("test \"$2 $3 $4\" = 'get secret eventreactor' && printf czNjcmV0");
  EXPECT_EQ(*fake.Use().ReadToken(kSoon), "s3cret");
  const FakeKubectl empty("true");
  EXPECT_EQ(Reason(empty.Use().ReadToken(kSoon).status()), "NOT_INSTALLED");
}

TEST(KubectlTest, ATokenFileSparesTheSecret) {
  const FakeKubectl fake("exit 1");
  std::ofstream(fake.directory() + "/token") << "from the file\n";
  KubernetesTarget target;
  target.token_file = fake.directory() + "/token";
  EXPECT_EQ(*fake.Use(target).ReadToken(kSoon), "from the file");
}

TEST(KubectlErrorTest, HasItsLastLineAndTheCommand) {
  const absl::Status status = KubectlError({"kubectl", "--context=a b", "get"},
                                           "E1123 memcache.go:265] noise\nerror: something odd\n");
  EXPECT_EQ(Message(status), "kubectl: something odd\nof `kubectl '--context=a b' get`");
  EXPECT_EQ(Reason(status), "KUBECTL_FAILED");
  EXPECT_THAT(Message(KubectlError({"kubectl"}, "")), HasSubstr("it ended without a word"));
}

TEST(KubectlErrorTest, TellsWhatKindItIs) {
  struct Case {
    const char* text;
    const char* reason;
  };
  for (const Case& c : {
           Case{"Error from server (NotFound): services \"eventreactor-ingest\" not found",
                "NOT_INSTALLED"},
           Case{"Error from server (Forbidden): secrets \"eventreactor\" is forbidden: User \"a\"",
                "NOT_ALLOWED"},
           Case{"error: You must be logged in to the server (Unauthorized)", "NOT_ALLOWED"},
           Case{"error: context \"lab\" does not exist", "NO_KUBE_CONTEXT"},
           Case{"error: stat /k.yaml: no such file or directory", "NO_KUBE_CONTEXT"},
           Case{"The connection to the server 127.0.0.1:6443 was refused - did you specify the "
                "right host or port?",
                "NO_CLUSTER"},
           Case{"Unable to connect to the server: dial tcp: i/o timeout", "NO_CLUSTER"},
           Case{"error: unable to forward port because pod is not running. Current "
                "status=Pending",
                "NOT_RUNNING"},
       }) {
    EXPECT_EQ(Reason(KubectlError({"kubectl"}, c.text)), c.reason) << c.text;
  }
}

TEST(ChildOutputTest, HoldsWhatAChildWrote) {
  const ChildOutput output;
  const ChildOutput errors;
  stack::Command command;
  command.argv = {"/bin/sh", "-c", "echo data; echo talk >&2; exit 3"};
  command.log = output.path();
  command.error_log = errors.path();
  const auto child = stack::Spawn(command);
  ASSERT_TRUE(child.ok()) << child.status();
  int wait_status = 0;
  while (!HasEnded(*child, wait_status)) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(stack::DescribeEnd(wait_status), "exited 3");
  EXPECT_EQ(output.Read(), "data\n");
  EXPECT_EQ(errors.Read(), "talk\n");
}

}  // namespace
}  // namespace eventreactor::cli
