#include "services/local-adapter/engine_client.h"

#include <absl/strings/match.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "libs/status/status.h"
#include "services/local-adapter/engine_server.h"

namespace eventreactor::local {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::stop_token kNever;

std::unique_ptr<EngineClient> ClientOf(const EngineServer& server) {
  EngineHttp::Options options;
  options.socket = server.socket();
  options.max_body = 1 << 16;
  return std::make_unique<EngineClient>(options);
}

EngineServer::Handler Always(int status, const std::string& body) {
  return [=](const EngineServer::Request&) { return EngineServer::Answer(status, body); };
}

bool GoOn() { return true; }

TEST(EngineClient, TakesOnlyAnAbsoluteUnixSocket) {
  for (const std::string address :
       {"", "tcp://127.0.0.1:2375", "unix://relative", "/run/x.sock", "unix://"}) {
    EXPECT_EQ(Field(EngineClient::Create(address).status()), "engine") << address;
  }
  EXPECT_FALSE(EngineClient::Create("unix:///" + std::string(200, 'x')).ok());
  EXPECT_TRUE(EngineClient::Create("unix:///run/podman/podman.sock").ok());
}

TEST(EngineClient, SaysHowToStartAnEngineThatDoesNotAnswer) {
  const auto client = *EngineClient::Create("unix:///nonexistent/e.sock");
  const absl::Status status = client->Ping(kNever);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(Reason(status), "ENGINE_UNAVAILABLE");
  EXPECT_THAT(Message(status), HasSubstr("unix:///nonexistent/e.sock does not answer"));
  EXPECT_THAT(Message(status), HasSubstr("podman system service"));
}

TEST(EngineClient, TellsAnswersOfTheEngineApart) {
  const auto code = [](int status) {
    EngineServer server(Always(status, R"({"message":"words"})"));
    const absl::Status error = ClientOf(server)->StartContainer(kNever, "c");
    EXPECT_THAT(Message(error), HasSubstr("words"));
    return error.code();
  };
  EXPECT_EQ(code(400), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(404), absl::StatusCode::kNotFound);
  EXPECT_EQ(code(409), absl::StatusCode::kAborted);
  EXPECT_EQ(code(500), absl::StatusCode::kInternal);
  EngineServer full(Always(500, R"({"message":"mkdir /var: no space left on device"})"));
  EXPECT_EQ(Reason(ClientOf(full)->StartContainer(kNever, "c")), "ENGINE_DISK_FULL");
  // As podman says it.
  EngineServer taken(Always(500,
                            R"({"message":"creating container storage: the container name)"
                            R"( \"c\" is already in use by 1f3: that name is already in use"})"));
  EXPECT_EQ(Reason(ClientOf(taken)->CreateContainer(kNever, {}).status()), "ENGINE_CONFLICT");
  EngineServer running(Always(304, ""));
  EXPECT_TRUE(ClientOf(running)->StartContainer(kNever, "c").ok()) << "runs already";
}

TEST(EngineClient, RemovingWhatIsGoneIsFine) {
  EngineServer server(Always(404, R"({"message":"no such container"})"));
  EXPECT_TRUE(ClientOf(server)->RemoveContainer(kNever, "c").ok());
  EXPECT_TRUE(ClientOf(server)->RemoveVolume(kNever, "v").ok());
  EXPECT_FALSE(*ClientOf(server)->HasImage(kNever, *ParseImageReference("x")));
}

TEST(EngineClient, CreatesAContainerUnderItsName) {
  EngineServer server(Always(201, R"({"Id":"abc","Warnings":[]})"));
  ContainerSpec spec;
  spec.name = "er-x-0";
  spec.image = *ParseImageReference("x");
  EXPECT_EQ(*ClientOf(server)->CreateContainer(kNever, spec), "abc");
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].method, "POST");
  EXPECT_EQ(server.requests()[0].target, "/v1.41/containers/create?name=er-x-0");
  EXPECT_THAT(server.requests()[0].body, HasSubstr("x:latest"));
}

TEST(EngineClient, SendsArchivesWhole) {
  EngineServer server(Always(200, ""));
  std::string tar(300'000, '\0');
  tar[150'000] = 'x';
  ASSERT_TRUE(ClientOf(server)->PutArchive(kNever, "c", "/workspace", tar).ok());
  EXPECT_EQ(server.requests()[0].method, "PUT");
  EXPECT_EQ(server.requests()[0].target, "/v1.41/containers/c/archive?path=%2Fworkspace");
  EXPECT_EQ(server.requests()[0].body, tar);
}

TEST(EngineClient, APullThatAnswers200MayStillHaveFailed) {
  EngineServer server(Always(200, "{\"status\":\"x\"}\n{\"error\":\"no route to registry\"}\n"));
  const absl::Status status =
      ClientOf(server)->Pull(kNever, *ParseImageReference("reg.example.com/a:1"), GoOn,
                             [](const std::string& /*words*/) {});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Message(status), "no route to registry");
  EXPECT_EQ(server.requests()[0].target,
            "/v1.41/images/create?fromImage=reg.example.com%2Fa&tag=1");
}

TEST(EngineClient, PullsWithTheLoginThatDockerKept) {
  EngineServer server(Always(200, "{}"));
  const std::string logins = testing::TempDir() + "engine_client_login.json";
  std::ofstream(logins) << R"({"auths": {"reg.example.com": {"auth": "YW5uOnNlY3JldA=="}}})";
  const auto client = *EngineClient::Create(server.address(), logins);
  const auto pull = [&](const std::string& image) {
    const absl::Status status = client->Pull(kNever, *ParseImageReference(image), GoOn,
                                             [](const std::string& /*words*/) {});
    EXPECT_TRUE(status.ok()) << status;
    return server.requests().back().head;
  };
  EXPECT_THAT(pull("reg.example.com/a"), HasSubstr("\r\nX-Registry-Auth: eyJ"));
  EXPECT_THAT(pull("other.example.com/a"), Not(HasSubstr("X-Registry-Auth")));
  std::ofstream(logins) << "no JSON";
  EXPECT_THAT(pull("reg.example.com/a"), Not(HasSubstr("X-Registry-Auth")));
  std::remove(logins.c_str());
}

TEST(EngineClient, PullsWithTheLoginThatACredentialHelperKeeps) {
  EngineServer server(Always(200, "{}"));
  const std::string folder = testing::TempDir() + "engine_client_helper";
  std::filesystem::create_directories(folder);
  const std::string helper = folder + "/docker-credential-test";
  std::ofstream(helper) << "#!/bin/sh\n"
                           "[ \"$1 $(cat)\" = 'get reg.example.com' ] || exit 1\n"
                           "echo '{\"Username\": \"ann\", \"Secret\": \"secret\"}'\n";
  std::filesystem::permissions(helper, std::filesystem::perms::owner_all);
  const std::string path = std::getenv("PATH");
  setenv("PATH", (folder + ":" + path).c_str(), 1);
  const auto pull = [&](const std::string& config, const std::string& image) {
    const std::string logins = folder + "/config.json";
    std::ofstream(logins) << config;
    const auto client = *EngineClient::Create(server.address(), logins);
    const absl::Status status = client->Pull(kNever, *ParseImageReference(image), GoOn,
                                             [](const std::string& /*words*/) {});
    EXPECT_TRUE(status.ok()) << status;
    return server.requests().back().head;
  };
  const std::string kept =
      pull(R"({"auths": {"reg.example.com": {"auth": "YW5uOnNlY3JldA=="}}})", "reg.example.com/a");
  EXPECT_EQ(pull(R"({"credsStore": "test"})", "reg.example.com/a"), kept);
  EXPECT_THAT(pull(R"({"credsStore": "test"})", "other.example.com/a"),
              Not(HasSubstr("X-Registry-Auth")));
  EXPECT_THAT(pull(R"({"credsStore": "not-there"})", "reg.example.com/a"),
              Not(HasSubstr("X-Registry-Auth")));
  EXPECT_THAT(pull(R"({"credsStore": "test; echo"})", "reg.example.com/a"),
              Not(HasSubstr("X-Registry-Auth")));
  setenv("PATH", path.c_str(), 1);
  std::filesystem::remove_all(folder);
}

TEST(EngineClient, ReadsALogOutOfItsFrames) {
  EngineServer server(
      Always(200, std::string("\1\0\0\0\0\0\0\2hi", 10) + std::string("\2\0\0\0\0\0\0\1!", 9)));
  std::string log;
  const auto keep = [&log](const char* data, size_t size) {
    log.append(data, size);
    return true;
  };
  ASSERT_TRUE(ClientOf(server)->ReadLog(kNever, "c", keep, GoOn).ok());
  EXPECT_EQ(log, "hi!");
  EngineServer plain(Always(200, "no frames at all"));
  EXPECT_EQ(ClientOf(plain)->ReadLog(kNever, "c", keep, GoOn).code(), absl::StatusCode::kInternal);
}

TEST(EngineClient, BoundsWhatItReads) {
  EngineServer server(Always(200, "[" + std::string(1 << 20, ' ') + "]"));
  const auto list = ClientOf(server)->ListContainers(kNever, {});
  EXPECT_EQ(Reason(list.status()), "ENGINE_ANSWER_TOO_LARGE");
}

TEST(EngineClient, ListsPodmansWayWhatDockersWayFailsOn) {
  const std::string label = R"([{"Id":"abc","Labels":{"a":"b"}}])";
  EngineServer podman([&](const EngineServer::Request& request) {
    const bool own = absl::StartsWith(request.target, "/v4.0.0/libpod/containers/json?all=1");
    return own ? EngineServer::Answer(200, label)
               : EngineServer::Answer(500, R"({"message":"layer not known"})");
  });
  const auto list = ClientOf(podman)->ListContainers(kNever, {{"a", "b"}});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_THAT(*list, SizeIs(1));
  EXPECT_EQ(list->front().id, "abc");
  EngineServer docker([](const EngineServer::Request& request) {
    const bool own = absl::StrContains(request.target, "libpod");
    return own ? EngineServer::Answer(404, R"({"message":"page not found"})")
               : EngineServer::Answer(500, R"({"message":"words"})");
  });
  EXPECT_THAT(Message(ClientOf(docker)->ListContainers(kNever, {}).status()), HasSubstr("words"));
}

TEST(EngineClient, AConnectionCutOffIsNoAnswer) {
  EngineServer silent([](const EngineServer::Request&) { return ""; });
  EXPECT_TRUE(absl::IsUnavailable(ClientOf(silent)->InspectContainer(kNever, "c").status()));
  EngineServer half([](const EngineServer::Request&) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Id\":";
  });
  EXPECT_TRUE(absl::IsUnavailable(ClientOf(half)->InspectContainer(kNever, "c").status()));
}

TEST(EngineClient, AStartThatNobodyAnsweredIsNotSentAgain) {
  // As an engine that is killed in the middle of it, after it had answered others.
  EngineServer server([](const EngineServer::Request& request) -> std::string {
    if (request.method == "POST") return "";
    return "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}";
  });
  const auto client = ClientOf(server);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsNotFound(client->InspectContainer(kNever, "c").status()));
  }
  EXPECT_TRUE(absl::IsUnavailable(client->StartContainer(kNever, "c")));
  EXPECT_THAT(server.requests(), SizeIs(4));
}

TEST(EngineClient, FollowsUntilTheTickSaysEnough) {
  // Promises more than it sends, and then is closed by the client.
  std::promise<void> done;
  EngineServer server([&done](const EngineServer::Request&) {
    done.get_future().wait();
    return "";
  });
  int ticks = 0;
  const absl::Status status = ClientOf(server)->FollowLog(
      kNever, "c", [](const char*, size_t) { return true; }, [&ticks] { return ++ticks < 3; });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(ticks, 3);
  done.set_value();
}

TEST(EngineClient, AnAbandonedCallReturns) {
  std::promise<void> asked;
  std::promise<void> done;
  EngineServer server([&](const EngineServer::Request&) {
    asked.set_value();
    done.get_future().wait();
    return "";
  });
  std::stop_source source;
  auto client = ClientOf(server);
  auto call = std::async(std::launch::async, [&] {
    return client->InspectContainer(source.get_token(), "c").status();
  });
  asked.get_future().wait();
  source.request_stop();
  EXPECT_EQ(call.get().code(), absl::StatusCode::kCancelled);
  done.set_value();
}

}  // namespace
}  // namespace eventreactor::local
