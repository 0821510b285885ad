// What tests of the executor share: Actions to run, a log to read back, and
// waiting for what a run shows.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/adapter/log_store.h"
#include "libs/bus/fake_bus.h"
#include "services/local-adapter/container_executor.h"
#include "services/local-adapter/document_fixtures.h"

namespace eventreactor::local {

// One step: a name and a line for sh.
struct TestStep {
  std::string name;
  std::string script;
  // Further fields of the container, as JSON.
  std::string fields = "{}";
};

v1::Action TestAction(const std::string& uid, const std::string& image,
                      const std::vector<TestStep>& steps);
v1::Event TestEvent();
google::protobuf::Struct TestContainer(const std::string& image, const TestStep& step);

// What is observed once a run has ended.
struct EndOfRun {
  RunResult result;
  Observation seen;
};

// An executor that can be destroyed and made anew over the same engine.
class ExecutorHarness {
 public:
  using MakeEngine = std::function<std::unique_ptr<Engine>()>;
  ExecutorHarness(MakeEngine make, const RunOptions& options);
  ~ExecutorHarness();
  ExecutorHarness(const ExecutorHarness&) = delete;
  ExecutorHarness& operator=(const ExecutorHarness&) = delete;

  ContainerExecutor& executor() { return *executor_; }
  LogStore& logs() { return logs_; }
  bus::FakeBus& bus() { return bus_; }
  FakeDocuments& documents() { return documents_; }
  void Restart();

  absl::Status Start(const v1::Action& action);

  // Waits until what is observed satisfies `done`; fails the test after a
  // minute, with what was seen. What was started and has rested goes on.
  Observation WaitUntil(const std::string& uid,
                        const std::function<bool(const Observation&)>& done);
  EndOfRun WaitForEnd(const std::string& uid);

  // All of one step's log that is stored, whose pieces must join up.
  std::string Log(const v1::Action& action, const std::string& step);

 private:
  void Make();

  const MakeEngine make_;
  const RunOptions options_;
  bus::FakeBus bus_;
  LogStore logs_;
  FakeDocuments documents_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, v1::Action> started_;
  std::unique_ptr<ContainerExecutor> executor_;
};

RunKey KeyOf(const v1::Action& action);

}  // namespace eventreactor::local
