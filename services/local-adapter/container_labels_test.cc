#include "services/local-adapter/container_labels.h"

#include <gtest/gtest.h>

namespace eventreactor::local {
namespace {

const RunKey kKey{"ns", "name", "uid-1"};

TEST(ContainerLabels, TellTheRunAndTheStep) {
  const EngineLabels labels = StepLabels("mine", kKey, 12, "build-step-a");
  EXPECT_EQ(labels.at(kStackLabel), "mine");
  EXPECT_EQ(labels.at(kStepNameLabel), "build-step-a");
  EXPECT_EQ(RunOfLabels(labels), kKey);
  EXPECT_EQ(StepIndexOfLabels(labels), 12U);
}

TEST(ContainerLabels, KnowWhatIsNotOurs) {
  EXPECT_EQ(RunOfLabels({}), std::nullopt);
  EXPECT_EQ(RunOfLabels({{kUidLabel, "u"}}), std::nullopt);
  EXPECT_EQ(StepIndexOfLabels({{kStepIndexLabel, "-1"}}), std::nullopt);
  EXPECT_EQ(StepIndexOfLabels({{kStepIndexLabel, "x"}}), std::nullopt);
}

TEST(ContainerLabels, APlaceIsShortReadableAndOfOneRunAlone) {
  RunKey recreated = kKey;
  recreated.uid = "uid-2";
  EXPECT_EQ(PlaceOf("mine", kKey).rfind("er-mine-name-", 0), 0U);
  EXPECT_NE(PlaceOf("mine", kKey), PlaceOf("mine", recreated));
  RunKey named = kKey;
  named.name = std::string(253, 'n');
  EXPECT_LE(PlaceOf(std::string(40, 's'), named).size(), 128U);
}

}  // namespace
}  // namespace eventreactor::local
