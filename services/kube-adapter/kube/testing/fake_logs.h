// What the containers of the fake API server's Pods have printed. Not
// thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {

class FakeLogs {
 public:
  void Append(const ObjectName& pod, const std::string& container, const std::string& text,
              absl::Time at);
  void End(const ObjectName& pod, const std::string& container);

  struct Log {
    struct Line {
      absl::Time at;
      std::string text;
    };
    std::vector<Line> lines;
    bool ended = false;
  };
  // Null if the container has printed nothing and has not ended.
  const Log* Find(const ObjectName& pod, const std::string& container) const;

  // The lines from the one numbered `from`, as the request's query wants them
  // (timestamps, sinceTime, tailLines, limitBytes).
  static std::string Render(const Log& log, size_t from, const FakeRequest& request);

 private:
  std::map<ObjectName, std::map<std::string, Log>> logs_;
};

}  // namespace eventreactor::kube
