// What the tests of the store share: a directory of their own, and resources.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"

namespace eventreactor::local {

// A new directory, removed with all that is in it.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "er-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline v1::Action MakeTestAction(const std::string& name, const std::string& ns = "default") {
  v1::Action action;
  action.mutable_metadata()->set_name(name);
  action.mutable_metadata()->set_namespace_(ns);
  action.mutable_spec()->mutable_event()->set_name("e");
  action.mutable_spec()->mutable_pipeline()->set_name("p");
  return action;
}

inline v1::Event MakeTestEvent(const std::string& name) {
  v1::Event event;
  event.mutable_metadata()->set_name(name);
  event.mutable_metadata()->set_namespace_("default");
  event.mutable_spec()->set_type("t");
  event.mutable_spec()->set_source("/s");
  event.mutable_spec()->set_id("1");
  return event;
}

}  // namespace eventreactor::local
