// `actions cancel` and `actions delete` against an adapter that knows some
// Actions by name.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>

#include "cli/command_line.h"
#include "cli/commands/actions.h"
#include "cli/errors.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "libs/domain/run.h"
#include "libs/service/grpc_status.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

v1::Action ActionOf(const std::string& name, v1::Completion completion = v1::COMPLETION_UNSPECIFIED,
                    const std::string& reason = "Building") {
  v1::Action action;
  action.mutable_metadata()->set_name(name);
  action.mutable_status()->set_completion(completion);
  auto& condition = *action.mutable_status()->add_conditions();
  condition.set_type("Succeeded");
  condition.set_reason(reason);
  return action;
}

// What is cancelled has ended when it is asked for next.
class SomeActions : public v1::ActionService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* /*context*/, const v1::ActionServiceGetRequest* request,
                   v1::ActionServiceGetResponse* response) override {
    if (!actions.contains(request->name())) return None(request->name());
    *response->mutable_action() = actions.at(request->name());
    return grpc::Status::OK;
  }

  grpc::Status Cancel(grpc::ServerContext* /*context*/, const v1::CancelRequest* request,
                      v1::CancelResponse* response) override {
    const std::string& name = request->name();
    if (away) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
    if (!actions.contains(name)) return None(name);
    v1::Action& action = actions.at(name);
    if (action.status().completion() != v1::COMPLETION_UNSPECIFIED) {
      return service::ToGrpc(MakeStatus(absl::StatusCode::kFailedPrecondition, "ALREADY_FINISHED",
                                        name + " has ended by itself"));
    }
    cancelled.push_back(request->namespace_() + "/" + name);
    *response->mutable_action() = action;
    action = ActionOf(name, v1::COMPLETION_FAILURE, kBuildCancelled);
    return grpc::Status::OK;
  }

  grpc::Status Delete(grpc::ServerContext* /*context*/,
                      const v1::ActionServiceDeleteRequest* request,
                      v1::ActionServiceDeleteResponse* /*response*/) override {
    return actions.erase(request->name()) == 1 ? grpc::Status::OK : None(request->name());
  }

  // By one thread at a time: the tests' calls follow each other.
  std::map<std::string, v1::Action> actions;
  std::vector<std::string> cancelled;
  bool away = false;

 private:
  static grpc::Status None(const std::string& name) {
    return service::ToGrpc(
        MakeStatus(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND", "there is no Action " + name));
  }
};

class ActionsEndTest : public testing::Test {
 protected:
  ActionsEndTest() {
    unsetenv("EVENTREACTOR_NAMESPACE");
    unsetenv("EVENTREACTOR_DATA_DIR");
    unsetenv("EVENTREACTOR_CONTEXT");
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    for (const char* name : {"a", "b", "c"}) service_.actions[name] = ActionOf(name);
    service_.actions["done"] = ActionOf("done", v1::COMPLETION_SUCCESS, "Succeeded");
  }

  // The exit code of `reactorctl actions ARGUMENTS`.
  int RunActions(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), {"reactorctl", "actions"});
    Session session;
    const auto app = MakeCommandLine(session);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const Parsed parsed =
        Parse(*app, session, static_cast<int>(arguments.size()), arguments.data());
    int exit_code = parsed.exit_code;
    if (parsed.go_on) {
      AddressTarget target;
      target.adapter = "127.0.0.1:" + std::to_string(port_);
      session.globals.chosen = Context{"test", "", target};
      const auto result = session.run();
      exit_code = result.ok() ? *result : ExitCodeOf(result.status());
    }
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return exit_code;
  }

  SomeActions service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::string out_;
  std::string err_;
};

TEST_F(ActionsEndTest, CancelAsksAndSaysHowToWait) {
  EXPECT_EQ(RunActions({"cancel", "a", "b", "-n", "team"}), kOk);
  EXPECT_THAT(service_.cancelled, ElementsAre("team/a", "team/b"));
  EXPECT_EQ(out_, "action a is being cancelled\naction b is being cancelled\n");
  EXPECT_EQ(err_,
            "next: `reactorctl actions cancel --wait a b -n team` returns when they have ended\n");
}

TEST_F(ActionsEndTest, CancelWaitsUntilAllHaveEnded) {
  EXPECT_EQ(RunActions({"cancel", "--wait", "a", "b"}), kOk);
  EXPECT_EQ(out_, "action a cancelled\naction b cancelled\n");
  EXPECT_EQ(err_, "");
}

TEST_F(ActionsEndTest, CancellingWhatHasEndedIsNoError) {
  EXPECT_EQ(RunActions({"cancel", "--wait", "done"}), kOk);
  EXPECT_EQ(out_, "action done has ended by itself: success\n");
  EXPECT_THAT(service_.cancelled, ElementsAre());
}

TEST_F(ActionsEndTest, CancelGoesOnAfterOneThatIsNotThere) {
  EXPECT_EQ(RunActions({"cancel", "--wait", "a", "none", "b"}), kFailure);
  EXPECT_EQ(out_, "action a cancelled\naction b cancelled\n");
  EXPECT_EQ(err_,
            "error: there is no Action none\n"
            "next: `reactorctl actions list -A` shows those that are there\n");
}

TEST_F(ActionsEndTest, CancelGivesUpWhereNobodyAnswers) {
  service_.away = true;
  EXPECT_EQ(RunActions({"cancel", "--wait", "a", "b"}), kFailure);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("error: adapter does not answer"));
  EXPECT_EQ(err_.find("error:"), err_.rfind("error:"));
}

TEST_F(ActionsEndTest, CancelPrintsForPrograms) {
  EXPECT_EQ(RunActions({"cancel", "a", "done", "-o", "name"}), kOk);
  EXPECT_EQ(out_, "a\ndone\n");
  EXPECT_EQ(err_, "");
  EXPECT_EQ(RunActions({"cancel", "--wait", "b", "-o", "json"}), kOk);
  EXPECT_THAT(out_, HasSubstr("BuildCancelled"));
  EXPECT_THAT(out_, Not(HasSubstr("Building")));
}

TEST_F(ActionsEndTest, DeleteGoesOnAfterOneThatIsNotThere) {
  EXPECT_EQ(RunActions({"delete", "a", "none", "done"}), kFailure);
  EXPECT_EQ(out_, "action a deleted\naction done deleted\n");
  EXPECT_THAT(err_, HasSubstr("error: there is no Action none\nnext: "));
  EXPECT_FALSE(service_.actions.contains("a"));
  EXPECT_TRUE(service_.actions.contains("b"));
  EXPECT_EQ(RunActions({"delete", "b", "c"}), kOk);
  EXPECT_TRUE(service_.actions.empty());
}

TEST_F(ActionsEndTest, BothNeedAName) {
  for (const char* command : {"cancel", "delete"}) {
    EXPECT_EQ(RunActions({command}), kUsage);
    EXPECT_THAT(err_, HasSubstr("NAME is required"));
  }
}

}  // namespace
}  // namespace eventreactor::cli
