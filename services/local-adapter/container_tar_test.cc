#include "services/local-adapter/container_tar.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace eventreactor::local {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Unpacks with the system's tar, so that reader and writer are not one mind.
class Tar : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/er-tar-XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    dir_ = path;
  }
  void TearDown() override { fs::remove_all(dir_); }
  void Unpack(const std::string& archive) {
    std::ofstream(dir_ / "a.tar", std::ios::binary) << archive;
    fs::create_directory(dir_ / "out");
    const std::string command = "tar -C " + (dir_ / "out").string() + " -xpf " +
                                (dir_ / "a.tar").string() + " --no-same-owner";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  fs::path Out(const std::string& name) const { return dir_ / "out" / name; }

 private:
  fs::path dir_;
};

TEST_F(Tar, KeepsEveryByteOfEveryFile) {
  std::string binary;
  for (int i = 0; i < 1000; ++i) binary.push_back(static_cast<char>(i * 7 % 256));
  Unpack(WriteTar({{".event/", "", 0755},
                   {".event/data", binary},
                   {".event/empty", ""},
                   {".event/block", std::string(1024, 'x')},
                   {"run", "#!", 0700}}));
  EXPECT_EQ(ReadFile(Out(".event/data")), binary);
  EXPECT_EQ(ReadFile(Out(".event/empty")), "");
  EXPECT_EQ(ReadFile(Out(".event/block")), std::string(1024, 'x'));
  EXPECT_EQ(fs::status(Out("run")).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::file_size(Out(".event/empty")), 0U);
}

TEST_F(Tar, HoldsNamesLongerThanUstar) {
  const std::string name = "d/" + std::string(200, 'n');
  Unpack(WriteTar({{"d/", "", 0755}, {name, "long"}, {"d/after", "short"}}));
  EXPECT_EQ(ReadFile(Out(name)), "long");
  EXPECT_EQ(ReadFile(Out("d/after")), "short");
}

TEST_F(Tar, SetsTheModeOfTheDirectoryItIsUnpackedIn) {
  Unpack(WriteTar({{"./", "", 0777}}));
  EXPECT_EQ(fs::status(Out("")).permissions(), fs::perms::all);
}

}  // namespace
}  // namespace eventreactor::local
