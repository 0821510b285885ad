#include "services/kube-adapter/tool/event_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/kube-adapter/tool/temporary_directory.h"

namespace eventreactor::tool {
namespace {

using ::testing::HasSubstr;

TEST(EventFiles, AreCopiedByteForByte) {
  const TemporaryDirectory volume;
  const TemporaryDirectory workspace;
  const std::string bytes("\0\xFF\r\n", 4);
  volume.Write("data", bytes);
  volume.Write("id", "1");
  volume.Write("time", "");
  volume.Write("extensions/tenant", "blue");
  EXPECT_EQ(CopyEventFiles(volume.At(""), workspace.At(".event")), std::nullopt);
  EXPECT_EQ(workspace.Read(".event/data"), bytes);
  EXPECT_EQ(workspace.Read(".event/time"), "");
  EXPECT_EQ(workspace.Read(".event/extensions/tenant"), "blue");
  EXPECT_EQ(workspace.Mode(".event/data"), 0644) << "for steps of any user";
  EXPECT_EQ(workspace.Mode(".event"), 0755);
}

TEST(EventFiles, PiecesAreJoinedInOrderOfTheirNumbers) {
  const TemporaryDirectory volume;
  const TemporaryDirectory workspace;
  std::string whole;
  for (int i = 0; i < 12; ++i) {
    volume.Write("data." + std::to_string(i), std::to_string(i) + ",");
    whole += std::to_string(i) + ",";
  }
  EXPECT_EQ(CopyEventFiles(volume.At(""), workspace.At("e")), std::nullopt);
  EXPECT_EQ(workspace.Read("e/data"), whole);
  EXPECT_FALSE(workspace.Has("e/data.0"));
}

TEST(EventFiles, AMissingPieceIsAFault) {
  const TemporaryDirectory volume;
  const TemporaryDirectory workspace;
  volume.Write("data.0", "a");
  volume.Write("data.2", "c");
  EXPECT_THAT(CopyEventFiles(volume.At(""), workspace.At("e")).value_or(""),
              HasSubstr("lacks its piece 1"));
}

TEST(EventFiles, AVolumeOfTheKubeletIsReadThroughItsLinks) {
  const TemporaryDirectory volume;
  const TemporaryDirectory workspace;
  volume.Write("..2026/id", "1");
  volume.Write("..2026/extensions/a", "b");
  std::filesystem::create_directory_symlink("..2026", volume.At("..data"));
  std::filesystem::create_symlink("..data/id", volume.At("id"));
  std::filesystem::create_directory_symlink("..data/extensions", volume.At("extensions"));
  EXPECT_EQ(CopyEventFiles(volume.At(""), workspace.At("e")), std::nullopt);
  EXPECT_EQ(workspace.Read("e/id"), "1");
  EXPECT_EQ(workspace.Read("e/extensions/a"), "b");
  EXPECT_FALSE(workspace.Has("e/..data"));
}

TEST(EventFiles, ExtensionsAreADirectoryEvenIfThereAreNone) {
  const TemporaryDirectory volume;
  const TemporaryDirectory workspace;
  volume.Write("id", "1");
  EXPECT_EQ(CopyEventFiles(volume.At(""), workspace.At("e")), std::nullopt);
  EXPECT_TRUE(workspace.Has("e/extensions"));
  EXPECT_EQ(CopyEventFiles(volume.At(""), workspace.At("e")), std::nullopt) << "repeatable";
}

TEST(EventFiles, AVolumeThatIsNotThereIsAFault) {
  const TemporaryDirectory workspace;
  EXPECT_THAT(CopyEventFiles(workspace.At("none"), workspace.At("e")).value_or(""),
              HasSubstr("none"));
}

}  // namespace
}  // namespace eventreactor::tool
