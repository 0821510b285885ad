#include "services/kube-adapter/tool/copy_tree.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "services/kube-adapter/tool/temporary_directory.h"

namespace eventreactor::tool {
namespace {

TEST(CopyTree, KeepsFilesModesAndLinks) {
  const TemporaryDirectory directory;
  directory.Write("from/a/run", "#!/bin/sh\n");
  directory.Write("from/.hidden", "h");
  std::filesystem::permissions(directory.At("from/a/run"), std::filesystem::perms(0750));
  std::filesystem::create_symlink("../elsewhere", directory.At("from/link"));
  directory.Write("to/there", "stays");
  EXPECT_EQ(CopyTree(directory.At("from"), directory.At("to")), std::nullopt);
  EXPECT_EQ(directory.Read("to/a/run"), "#!/bin/sh\n");
  EXPECT_EQ(directory.Mode("to/a/run"), 0750);
  EXPECT_EQ(directory.Read("to/.hidden"), "h");
  EXPECT_EQ(std::filesystem::read_symlink(directory.At("to/link")), "../elsewhere");
  EXPECT_EQ(directory.Read("to/there"), "stays");
  // Once more is no fault.
  EXPECT_EQ(CopyTree(directory.At("from"), directory.At("to")), std::nullopt);
}

TEST(CopyTree, SaysThatThereIsNoSuchDirectory) {
  const TemporaryDirectory directory;
  directory.Write("file", "");
  for (const char* name : {"missing", "file"}) {
    const Fault fault = CopyTree(directory.At(name), directory.At("to"));
    ASSERT_TRUE(fault.has_value());
    EXPECT_NE(fault->find("there is no directory " + directory.At(name)), std::string::npos);
  }
}

}  // namespace
}  // namespace eventreactor::tool
