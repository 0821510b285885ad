#include "cli/commands/ask_again.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ListItem Item(const std::string& name, const std::string& kind, int version) {
  return {"default", name, {}, {name}, {{"kind", kind}, {"version", version}}};
}

std::vector<std::string> Words(const std::vector<ListItem>& before,
                               const std::vector<ListItem>& after) {
  std::vector<std::string> words;
  for (const auto& [type, item] : Changes(before, after)) {
    words.push_back(v1::ChangeType_Name(type) + " " + item.name + " " +
                    item.manifest["version"].dump());
  }
  return words;
}

TEST(AskAgainTest, NothingIsToldOfWhatIsAsItWas) {
  EXPECT_THAT(Words({Item("a", "Secret", 1)}, {Item("a", "Secret", 1)}), IsEmpty());
}

TEST(AskAgainTest, WhatIsNewOtherAndGoneIsTold) {
  EXPECT_THAT(
      Words({Item("a", "Secret", 1), Item("b", "Secret", 1), Item("c", "Secret", 1)},
            {Item("d", "Secret", 1), Item("b", "Secret", 2), Item("c", "Secret", 1)}),
      ElementsAre("CHANGE_TYPE_ADDED d 1", "CHANGE_TYPE_MODIFIED b 2", "CHANGE_TYPE_DELETED a 1"));
}

TEST(AskAgainTest, KindsAreApart) {
  EXPECT_THAT(Words({Item("a", "Secret", 1)}, {Item("a", "ConfigMap", 1)}),
              ElementsAre("CHANGE_TYPE_ADDED a 1", "CHANGE_TYPE_DELETED a 1"));
}

TEST(AskAgainTest, WhatHasNoKindIsKnownByItsName) {
  ListItem letter{"default", "7", {}, {"7"}, {{"version", 1}}};
  EXPECT_THAT(Words({letter}, {letter}), IsEmpty());
}

}  // namespace
}  // namespace eventreactor::cli
