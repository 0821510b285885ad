#include "services/local-adapter/engine_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(EngineCodec, WritesAContainerWithAllThatWasAskedFor) {
  ContainerSpec spec;
  spec.image = *ParseImageReference("localhost/app:1");
  spec.entrypoint = {"sh", "-c"};
  spec.args = {"true"};
  spec.env = {"A=1"};
  spec.working_dir = "/workspace";
  spec.user = "1000:1000";
  spec.labels = {{"k", "v"}};
  spec.mounts = {{"vol", "/workspace"}};
  spec.nano_cpus = 500'000'000;
  spec.memory_bytes = 64 << 20;
  spec.no_new_privileges = true;
  spec.read_only_root = true;
  spec.cap_drop = {"ALL"};
  const json body = json::parse(EncodeContainer(spec, true));
  EXPECT_EQ(body["Image"], "localhost/app:1");
  EXPECT_EQ(body["Entrypoint"], json({"sh", "-c"}));
  EXPECT_EQ(body["Cmd"], json({"true"}));
  EXPECT_EQ(body["Env"], json({"A=1"}));
  EXPECT_EQ(body["WorkingDir"], "/workspace");
  EXPECT_EQ(body["User"], "1000:1000");
  EXPECT_EQ(body["Labels"], json({{"k", "v"}}));
  const json& host = body["HostConfig"];
  EXPECT_EQ(host["NanoCpus"], 500'000'000);
  EXPECT_EQ(host["Memory"], 64 << 20);
  EXPECT_EQ(host["ReadonlyRootfs"], true);
  EXPECT_EQ(host["CapDrop"], json({"ALL"}));
  EXPECT_EQ(host["SecurityOpt"], json({"no-new-privileges"}));
  EXPECT_EQ(host["NetworkMode"], "private");
  EXPECT_FALSE(host.contains("Privileged"));
  EXPECT_EQ(host["Mounts"][0]["Target"], "/workspace");
  EXPECT_EQ(host["LogConfig"]["Type"], "json-file") << "others cannot be read back";
}

TEST(EngineCodec, LeavesOutWhatTheImageDecides) {
  ContainerSpec spec;
  spec.image = *ParseImageReference("app");
  const json body = json::parse(EncodeContainer(spec, false));
  EXPECT_FALSE(body.contains("Entrypoint"));
  EXPECT_FALSE(body.contains("Cmd"));
  EXPECT_FALSE(body.contains("User"));
  EXPECT_FALSE(body["HostConfig"].contains("NetworkMode"));
}

TEST(EngineCodec, ReadsAContainersState) {
  const auto state = DecodeContainer(
      R"({"Id":"c1","State":{"Status":"exited","ExitCode":78,"OOMKilled":true,"Error":"e",)"
      R"("StartedAt":"2026-01-02T03:04:05.123456789Z","FinishedAt":"0001-01-01T00:00:00Z"},)"
      R"("Config":{"Labels":{"a":"b"},"StopSignal":"15"}})");
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->phase, ContainerPhase::kExited);
  EXPECT_EQ(state->exit_code, 78);
  EXPECT_TRUE(state->oom_killed);
  EXPECT_EQ(state->labels.at("a"), "b");
  EXPECT_EQ(state->stop_signal, "15");
  EXPECT_EQ(absl::ToUnixSeconds(state->started_at), 1767323045);
  EXPECT_EQ(state->finished_at, absl::InfinitePast()) << "the year 1 means never";
}

TEST(EngineCodec, TellsPhasesApart) {
  const auto phase = [](const std::string& status) {
    return DecodeContainer(R"({"Id":"c","State":{"Status":")" + status + R"("}})")->phase;
  };
  EXPECT_EQ(phase("created"), ContainerPhase::kCreated);
  EXPECT_EQ(phase("running"), ContainerPhase::kRunning);
  EXPECT_EQ(phase("paused"), ContainerPhase::kRunning);
  EXPECT_EQ(phase("exited"), ContainerPhase::kExited);
  EXPECT_EQ(phase("dead"), ContainerPhase::kBroken);
  EXPECT_EQ(phase("something new"), ContainerPhase::kBroken);
}

TEST(EngineCodec, KeepsOfAListOnlyWhatHasAllLabels) {
  const std::string body =
      R"([{"Id":"1","Labels":{"a":"1","b":"2"}},{"Id":"2","Labels":{"a":"1"}},)"
      R"({"Id":"3","Labels":null}])";
  const auto some = DecodeContainers(body, {{"a", "1"}, {"b", "2"}});
  ASSERT_TRUE(some.ok()) << some.status();
  ASSERT_EQ(some->size(), 1U);
  EXPECT_EQ(some->front().id, "1");
  EXPECT_TRUE(DecodeVolumes(R"({"Volumes":null})", {})->empty());
}

TEST(EngineCodec, CallsGarbageAnErrorOfTheEngine) {
  for (const char* body : {"", "{", "[]", "\"x\"", R"({"Id":7})", R"({"Id":"x","State":[]})",
                           R"({"Id":"x","State":{"ExitCode":"0"}})"}) {
    EXPECT_EQ(Reason(DecodeContainer(body).status()), "ENGINE_ERROR") << body;
  }
  for (const char* body : {"", "{}", "[1]", R"([{"Names":[]}])"}) {
    EXPECT_EQ(Reason(DecodeContainers(body, {}).status()), "ENGINE_ERROR") << body;
  }
}

TEST(EngineCodec, TellsPodmanFromDocker) {
  EXPECT_TRUE(DecodeIsPodman(R"({"Components": [{"Name": "Podman Engine"}, {"Name": "Conmon"}]})"));
  EXPECT_FALSE(DecodeIsPodman(R"({"Components": [{"Name": "Engine"}, {"Name": "containerd"}]})"));
  EXPECT_FALSE(DecodeIsPodman(R"({"Components": null})"));
  EXPECT_FALSE(DecodeIsPodman("<html>"));
}

TEST(EngineCodec, SpeaksTheDialectThatBothKnow) {
  EXPECT_EQ(*DecodeDialect(R"({"ApiVersion":"1.41","MinAPIVersion":"1.24"})"), "v1.41");
  EXPECT_EQ(*DecodeDialect(R"({"ApiVersion":"1.52","MinAPIVersion":"1.44"})"), "v1.44");
  EXPECT_EQ(Reason(DecodeDialect(R"({"ApiVersion":"1.40"})").status()), "ENGINE_TOO_OLD");
  EXPECT_FALSE(DecodeDialect("<html>").ok());
}

TEST(EngineCodec, FindsTheErrorAmongAPullsProgress) {
  const std::string stream =
      "{\"status\":\"Pulling\"}\r\n"
      "{\"errorDetail\":{\"message\":\"no such host\"},"
      "\"error\":\"no such host\"}\r\n";
  PullDecoder decoder;
  for (const char c : stream) decoder.Feed(&c, 1);
  EXPECT_EQ(decoder.error(), "no such host");
  PullDecoder whole;
  whole.Feed(R"({"error":"denied"})", 18);
  EXPECT_EQ(whole.error(), "denied") << "the last line may lack its end";
  PullDecoder fine;
  fine.Feed("{\"status\":\"done\"}\n", 18);
  EXPECT_EQ(fine.error(), "");
}

TEST(EngineCodec, QuotesTheEnginesWords) {
  EXPECT_EQ(DecodeError("{\"message\":\"no such image\"}\n"), "no such image");
  EXPECT_EQ(DecodeError("plain\n"), "plain");
  EXPECT_EQ(DecodeError(""), "no reason given");
  EXPECT_LE(DecodeError(std::string(1 << 20, 'x')).size(), 2048U);
}

TEST(EngineCodec, EncodesWhatAUriCannotHold) {
  EXPECT_EQ(PercentEncode("a/b c&d=\xC3\xA4"), "a%2Fb%20c%26d%3D%C3%A4");
}

TEST(PullDecoder, TellsHowFarAPullHasCome) {
  PullDecoder decoder;
  const auto feed = [&decoder](const std::string& line) {
    decoder.Feed(line.data(), line.size());
    decoder.Feed("\n", 1);
    return decoder.Progress();
  };
  EXPECT_EQ(feed(R"({"status":"Pulling from library/busybox","id":"latest"})"), "");
  EXPECT_EQ(feed(R"({"status":"Pulling fs layer","id":"0123456789ab"})"), "0 of 1 layers");
  EXPECT_EQ(feed(R"({"status":"Downloading","id":"0123456789ab",
                     "progressDetail":{"current":12000000,"total":40000000}})"),
            "0 of 1 layers")
      << "a message is one line";
  EXPECT_EQ(feed(R"({"status":"Downloading","id":"0123456789ab",)"
                 R"("progressDetail":{"current":12000000,"total":40000000}})"),
            "0 of 1 layers, 12 of 40 MB");
  EXPECT_EQ(feed(R"({"status":"Already exists","id":"ba9876543210"})"),
            "1 of 2 layers, 12 of 40 MB");
  EXPECT_EQ(feed(R"({"status":"Download complete","id":"0123456789ab"})"),
            "2 of 2 layers, 40 of 40 MB");
  EXPECT_EQ(
      feed(R"({"status":"Downloading","id":"ba9876543210","progressDetail":{"current":"x"}})"),
      "1 of 2 layers, 40 of 40 MB")
      << "what is of another type is passed over";
}

}  // namespace
}  // namespace eventreactor::local
