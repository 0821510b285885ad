#include "services/janitor/report.h"

#include <gtest/gtest.h>

namespace eventreactor::janitor {
namespace {

TEST(ReportTest, SaysWhatGoesAndWhy) {
  v1::Removal removal;
  removal.set_kind(v1::RETAINED_KIND_EVENT);
  removal.set_namespace_("team-a");
  removal.set_name("e");
  removal.set_message("is 8d4h old, and the period is 168h");
  EXPECT_EQ(InWords(removal), "event team-a/e is 8d4h old, and the period is 168h");
}

TEST(ReportTest, SumsUp) {
  v1::SweepSummary summary;
  summary.mutable_actions()->set_found(10);
  summary.mutable_actions()->set_removed(3);
  summary.mutable_events()->set_found(8);
  EXPECT_EQ(InWords(summary), "removed 3 of 10 Actions and 0 of 8 Events");
  summary.set_dry_run(true);
  summary.mutable_events()->set_kept(2);
  summary.mutable_actions()->set_failed(1);
  summary.set_partial(true);
  EXPECT_EQ(InWords(summary),
            "would remove 3 of 10 Actions and 0 of 8 Events; 2 beyond the retention are needed "
            "still; 1 could not be removed; more go with the next sweep");
}

}  // namespace
}  // namespace eventreactor::janitor
