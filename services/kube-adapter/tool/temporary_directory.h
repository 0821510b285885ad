// A directory that a test has for itself.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace eventreactor::tool {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "er-tool-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string At(const std::string& name) const { return (path_ / name).string(); }

  void Write(const std::string& name, const std::string& data) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << data;
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    return {std::istreambuf_iterator<char>(file), {}};
  }

  bool Has(const std::string& name) const { return std::filesystem::exists(path_ / name); }

  int Mode(const std::string& name) const {
    struct stat found {};
    EXPECT_EQ(stat((path_ / name).c_str(), &found), 0) << name;
    return static_cast<int>(found.st_mode & 07777);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace eventreactor::tool
