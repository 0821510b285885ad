// A kubectl that is a shell script, for tests.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cli/cluster/kubectl.h"

namespace eventreactor::cli {

class FakeKubectl {
 public:
  // `script` sees the arguments as kubectl would.
  explicit FakeKubectl(const std::string& script)
      : directory_(testing::TempDir() + "fake_kubectl." + std::to_string(getpid())) {
    std::filesystem::create_directories(directory_);
    std::ofstream(program()) << "#!/bin/sh\n" << script << "\n";
    chmod(program().c_str(), 0700);
  }
  ~FakeKubectl() { std::filesystem::remove_all(directory_); }
  FakeKubectl(const FakeKubectl&) = delete;
  FakeKubectl& operator=(const FakeKubectl&) = delete;

  const std::string& directory() const { return directory_; }
  std::string program() const { return directory_ + "/kubectl"; }
  Kubectl Use(const KubernetesTarget& target = {}) const { return {program(), target}; }

 private:
  const std::string directory_;
};

}  // namespace eventreactor::cli
