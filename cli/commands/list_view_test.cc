#include "cli/commands/list_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;

class ListViewTest : public testing::Test {
 protected:
  static ListItem Item(const std::string& name, int64_t created, nlohmann::json spec) {
    return {"default",
            name,
            absl::FromUnixSeconds(created),
            {name, "wide " + name},
            {{"metadata", {{"name", name}}}, {"spec", std::move(spec)}}};
  }
  std::string Shown(std::vector<ListItem> items) {
    testing::internal::CaptureStdout();
    const auto status = ListView(kind_, options_).Show(std::move(items), "nothing");
    EXPECT_TRUE(status.ok()) << status;
    return testing::internal::GetCapturedStdout();
  }
  void SortBy(const std::string& path, bool descending = false) {
    options_.sort_path = *JsonPath::ParseOne(path);
    options_.descending = descending;
  }

  ListKind kind_{.columns = {{"NAME"}, {"MORE", true}}, .sort_keys = {}};
  ListOptions options_;
  const std::vector<ListItem> items_ = {Item("b", 3, {{"n", 10}, {"at", "2026-01-02T00:00:00.5Z"}}),
                                        Item("a", 2, {{"n", 9}, {"at", "2026-01-02T00:00:00Z"}}),
                                        Item("c", 1, nlohmann::json::object())};
};

TEST_F(ListViewTest, TheOldestComesFirst) { EXPECT_EQ(Shown(items_), "c\na\nb\n"); }

TEST_F(ListViewTest, WhatHasAnOrderOfItsOwnKeepsIt) {
  kind_.by_age = false;
  EXPECT_EQ(Shown(items_), "b\na\nc\n");
}

TEST_F(ListViewTest, WideColumnsShowOnlyWhenAskedFor) {
  options_.output.format = Format::kWide;
  EXPECT_EQ(Shown({items_[1]}), "a\twide a\n");
}

TEST_F(ListViewTest, SortsNumbersByValueAndPutsWhatLacksItLast) {
  SortBy(".spec.n");
  EXPECT_EQ(Shown(items_), "a\nb\nc\n");
  SortBy(".spec.n", true);
  EXPECT_EQ(Shown(items_), "b\na\nc\n");
}

TEST_F(ListViewTest, SortsMomentsByTime) {
  SortBy("{.spec.at}");
  EXPECT_EQ(Shown(items_), "a\nb\nc\n");
}

TEST_F(ListViewTest, SortsProgramsFormatsToo) {
  SortBy(".metadata.name");
  options_.output.format = Format::kName;
  EXPECT_EQ(Shown(items_), "a\nb\nc\n");
  options_.output.format = Format::kJsonPath;
  options_.output.path = *JsonPath::Parse("{.kind}:{.items[*].metadata.name}");
  EXPECT_EQ(Shown(items_), "List:a b c");
}

TEST_F(ListViewTest, AWatchedListSaysWhatChanged) {
  options_.all = true;
  ListView view(kind_, options_);
  testing::internal::CaptureStdout();
  ASSERT_TRUE(view.Begin({items_[0]}).ok());
  ASSERT_TRUE(view.Change(v1::CHANGE_TYPE_DELETED, items_[0]).ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "ADDED\tdefault\tb\nDELETED\tdefault\tb\n");
}

TEST_F(ListViewTest, AWatchedListForProgramsHasOneLineForEachChange) {
  options_.output.format = Format::kJson;
  ListView view(kind_, options_);
  testing::internal::CaptureStdout();
  ASSERT_TRUE(view.Begin({}).ok());
  ASSERT_TRUE(view.Change(v1::CHANGE_TYPE_MODIFIED, Item("x", 1, {})).ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            R"({"object":{"metadata":{"name":"x"},"spec":null},"type":"MODIFIED"})"
            "\n");
}

TEST_F(ListViewTest, ARowThatComesLaterOnlyWidensColumns) {
  Table table({"NAME", "AGE"});
  table.Add({"abc", "1s"});
  EXPECT_EQ(table.TakeAligned(), "NAME   AGE\nabc    1s\n");
  table.Add({"abcdef", "2s"});
  EXPECT_EQ(table.TakeAligned(), "abcdef   2s\n");
  table.Add({"a", "3s"});
  EXPECT_EQ(table.TakeAligned(), "a        3s\n");
}

}  // namespace
}  // namespace eventreactor::cli
