// What a sweep of a large installation takes in memory.
#include <gtest/gtest.h>
#include <malloc.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/janitor/adapter.h"
#include "services/janitor/sweep.h"

namespace eventreactor::janitor {
namespace {

constexpr int kOnAPage = 500;

// In use, large blocks among it.
size_t Allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// As many Events as Actions, each ended long ago: pages are made when they are
// asked for, so that what is measured is the sweep's alone.
class LargeAdapter : public Adapter {
 public:
  explicit LargeAdapter(int count) : count_(count) {}

  absl::StatusOr<v1::ActionServiceListResponse> ListActions(const std::string& token) override {
    return Page<v1::ActionServiceListResponse>(
        token, [](v1::ActionServiceListResponse& page, int number) {
          v1::Action& action = *page.add_actions();
          Name("act", number, *action.mutable_metadata());
          action.mutable_spec()->mutable_event()->set_name(absl::StrCat("event-", number));
          action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
          action.mutable_status()->mutable_start_time()->set_seconds(number);
          action.mutable_status()->mutable_completion_time()->set_seconds(number);
          action.mutable_status()->mutable_dispatch_time()->set_seconds(number);
        });
  }
  absl::StatusOr<v1::EventServiceListResponse> ListEvents(const std::string& token) override {
    return Page<v1::EventServiceListResponse>(
        token, [](v1::EventServiceListResponse& page, int number) {
          v1::Event& event = *page.add_events();
          Name("event", number, *event.mutable_metadata());
          event.mutable_status()->mutable_dispatch_time()->set_seconds(number);
        });
  }
  absl::Status DeleteAction(const std::string& /*ns*/, const std::string& /*name*/,
                            const std::string& /*uid*/) override {
    Look();
    return absl::OkStatus();
  }
  absl::Status DeleteEvent(const std::string& /*ns*/, const std::string& /*name*/,
                           const std::string& /*uid*/) override {
    Look();
    return absl::OkStatus();
  }
  absl::Status Ping() override { return absl::OkStatus(); }

  size_t most() const { return most_; }

 private:
  static void Name(const char* kind, int number, v1::ObjectMeta& metadata) {
    metadata.set_namespace_(absl::StrCat("namespace-", number % 10));
    metadata.set_name(absl::StrCat(kind, "-", number));
    metadata.set_uid(absl::StrCat("11111111-2222-3333-4444-", number));
    metadata.mutable_creation_timestamp()->set_seconds(number);
  }
  template <class Response, class Add>
  absl::StatusOr<Response> Page(const std::string& token, const Add& add) {
    Look();
    const int begin = token.empty() ? 0 : std::stoi(token);
    const int end = std::min(begin + kOnAPage, count_);
    Response page;
    for (int number = begin; number < end; ++number) add(page, number);
    if (end < count_) page.set_next_page_token(std::to_string(end));
    return page;
  }
  void Look() { most_ = std::max(most_, Allocated()); }

  const int count_;
  size_t most_ = 0;
};

// Bytes at the most, beside what there was before.
size_t MostOf(int count) {
  prometheus::Registry registry;
  SweepMetrics metrics(registry);
  Sweeper::Options options;
  options.events.count = 1;
  options.actions.count = 1;
  options.sleep = [](absl::Duration /*duration*/) {};
  LargeAdapter adapter(count);
  Sweeper sweeper(adapter, metrics, options);
  const size_t before = Allocated();
  v1::SweepSummary summary;
  Sweeper::Call call;
  call.tell = [](const v1::Removal& /*removal*/) { return true; };
  const absl::Status status = sweeper.Sweep(call, summary);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(summary.actions().found(), count);
  EXPECT_EQ(summary.events().found(), count);
  EXPECT_GT(summary.events().removed(), 0);
  return adapter.most() - before;
}

TEST(SweepMemoryTest, HundredThousandOfEachFitAndMoreTakesNoMore) {
  constexpr double kMebibyte = 1 << 20;
  const double hundred_thousand = static_cast<double>(MostOf(100'000)) / kMebibyte;
  const double four_hundred_thousand = static_cast<double>(MostOf(400'000)) / kMebibyte;
  RecordProperty("mebibytes_of_100000", std::to_string(hundred_thousand));
  RecordProperty("mebibytes_of_400000", std::to_string(four_hundred_thousand));
  std::cout << "100,000 of each: " << hundred_thousand
            << " MiB; 400,000 of each: " << four_hundred_thousand << " MiB\n";
  EXPECT_LT(hundred_thousand, 80);
  EXPECT_LT(four_hundred_thousand, hundred_thousand * 1.5);
}

}  // namespace
}  // namespace eventreactor::janitor
