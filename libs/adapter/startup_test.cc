#include "libs/adapter/startup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

namespace eventreactor {
namespace {

using testing::ElementsAre;

TEST(Startup, TakesEachStepUntilItSucceedsThenTheNext) {
  std::vector<std::string> calls;
  std::promise<void> done;
  int bus_failures = 2;
  Startup startup({{"bus",
                    [&] {
                      calls.emplace_back("bus");
                      return bus_failures-- > 0 ? absl::UnavailableError("down") : absl::OkStatus();
                    }},
                   {"list",
                    [&] {
                      calls.emplace_back("list");
                      return absl::OkStatus();
                    }}},
                  absl::Milliseconds(1), [&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_THAT(calls, ElementsAre("bus", "bus", "bus", "list"));
}

TEST(Startup, GivesUpWhenItIsToldTo) {
  std::promise<void> tried;
  std::atomic<int> attempts = 0;
  std::atomic<bool> done = false;
  Startup startup({{"bus",
                    [&] {
                      if (++attempts == 1) tried.set_value();
                      return absl::UnavailableError("down");
                    }}},
                  absl::Hours(1), [&] { done = true; });
  tried.get_future().wait();
  startup.Stop();
  EXPECT_FALSE(done);
  EXPECT_EQ(attempts, 1);
}

}  // namespace
}  // namespace eventreactor
