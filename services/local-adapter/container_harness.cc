#include "services/local-adapter/container_harness.h"

#include <google/protobuf/util/json_util.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "libs/clock/steady_now.h"

namespace eventreactor::local {
namespace {

constexpr auto kWait = std::chrono::seconds(60);
constexpr char kStack[] = "test";

std::string Show(const std::optional<Observation>& seen) {
  if (!seen) return "nothing";
  std::string text =
      absl::StrCat("waiting: ", seen->waiting_reason, " ", seen->waiting_message, "\n");
  for (const v1::StepState& step : seen->steps) {
    absl::StrAppend(&text, step.ShortDebugString(), "\n");
  }
  if (seen->result) {
    absl::StrAppend(&text, "result: ", seen->result->reason, " ", seen->result->message);
  }
  return text;
}

}  // namespace

RunKey KeyOf(const v1::Action& action) {
  return {action.metadata().namespace_(), action.metadata().name(), action.metadata().uid()};
}

google::protobuf::Struct TestContainer(const std::string& image, const TestStep& step) {
  google::protobuf::Struct container;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(step.fields, &container).ok());
  auto& fields = *container.mutable_fields();
  if (!step.name.empty()) fields["name"].set_string_value(step.name);
  if (!fields.contains("image")) fields["image"].set_string_value(image);
  if (!step.script.empty()) {
    for (const char* word : {"sh", "-c"}) {
      fields["command"].mutable_list_value()->add_values()->set_string_value(word);
    }
    fields["args"].mutable_list_value()->add_values()->set_string_value(step.script);
  }
  return container;
}

v1::Action TestAction(const std::string& uid, const std::string& image,
                      const std::vector<TestStep>& steps) {
  v1::Action action;
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_metadata()->set_name("action-" + uid);
  action.mutable_metadata()->set_uid(uid);
  action.mutable_spec()->mutable_event()->set_name("event-1");
  action.mutable_spec()->mutable_event()->set_type("com.example.test");
  action.mutable_spec()->mutable_event()->set_source("/tests");
  action.mutable_spec()->mutable_pipeline()->set_name("pipe");
  for (const TestStep& step : steps) {
    *action.mutable_spec()->mutable_build()->add_steps() = TestContainer(image, step);
  }
  return action;
}

v1::Event TestEvent() {
  v1::Event event;
  v1::EventSpec& spec = *event.mutable_spec();
  spec.set_id("id-1");
  spec.set_type("com.example.test");
  spec.set_source("/tests");
  spec.set_time("2026-01-02T03:04:05Z");
  spec.set_subject("a subject");
  spec.set_content_type("application/octet-stream");
  spec.set_data_base64(std::string("\0\xFF\r\nbinary", 10));
  (*spec.mutable_extensions())["traceparent"] = "00-11-22-01";
  return event;
}

ExecutorHarness::ExecutorHarness(MakeEngine make, const RunOptions& options)
    : make_(std::move(make)), options_(options), logs_(bus_, LogStore::Options{}) {
  Make();
}

ExecutorHarness::~ExecutorHarness() { executor_.reset(); }

void ExecutorHarness::Make() {
  ContainerExecutor::Options options;
  options.stack_id = kStack;
  options.run = options_;
  executor_ = std::make_unique<ContainerExecutor>(options, make_(), logs_, documents_);
  executor_->SetListener([this](const RunKey&) {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
}

void ExecutorHarness::Restart() {
  executor_.reset();
  Make();
}

absl::Status ExecutorHarness::Start(const v1::Action& action) {
  started_[action.metadata().uid()] = action;
  return executor_->Start(action, TestEvent());
}

Observation ExecutorHarness::WaitUntil(const std::string& uid,
                                       const std::function<bool(const Observation&)>& done) {
  const auto deadline = std::chrono::steady_clock::now() + kWait;
  std::optional<Observation> seen;
  while (std::chrono::steady_clock::now() < deadline) {
    seen = executor_->Observe(uid);
    if (seen && done(*seen)) return *seen;
    if (seen && seen->rests_until != absl::InfinitePast() && SteadyNow() >= seen->rests_until) {
      EXPECT_TRUE(Start(started_.at(uid)).ok());
    }
    std::unique_lock lock(mutex_);
    // Also without news: a change between looking and waiting is not missed.
    changed_.wait_for(lock, std::chrono::milliseconds(50));
  }
  ADD_FAILURE() << "waited in vain for " << uid << "; seen: " << Show(seen);
  return seen.value_or(Observation{});
}

EndOfRun ExecutorHarness::WaitForEnd(const std::string& uid) {
  const Observation end =
      WaitUntil(uid, [](const Observation& seen) { return seen.result.has_value(); });
  return {end.result.value_or(RunResult{}), end};
}

std::string ExecutorHarness::Log(const v1::Action& action, const std::string& step) {
  const RunKey key = KeyOf(action);
  std::string log;
  const absl::Status status = logs_.Read(
      key.ns, key.name, key.uid, step, /*follow=*/false, [] { return true; },
      [&log](const LogPiece& piece) {
        EXPECT_EQ(piece.offset, static_cast<int64_t>(log.size()));
        log += piece.data;
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  return log;
}

}  // namespace eventreactor::local
