#include "services/dispatcher/loans.h"

#include <gtest/gtest.h>

#include "libs/bus/fake_bus.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

TEST(LoansTest, AMessageThatIsHeldIsNotLentAgain) {
  bus::FakeBus bus;
  ASSERT_TRUE(bus.Publish(EventMessage("push", "/repo", "1")).ok());
  auto consumer = bus.Consume(bus::kEvents, "dispatcher");
  auto batch = (*consumer)->Fetch(1, absl::ZeroDuration());
  ASSERT_EQ(batch->size(), 1U);
  Loans loans;
  {
    const Loans::Hold hold(loans, *(*batch)[0]);
    for (int i = 0; i < 5; ++i) {
      bus.Advance(absl::Seconds(40));
      loans.Renew();
      EXPECT_TRUE((*consumer)->Fetch(1, absl::ZeroDuration())->empty());
    }
  }
  bus.Advance(absl::Seconds(40));
  loans.Renew();
  bus.Advance(absl::Seconds(40));
  EXPECT_EQ((*consumer)->Fetch(1, absl::ZeroDuration())->size(), 1U) << "no longer held";
}

}  // namespace
}  // namespace eventreactor::dispatcher
