// Tells what happens to our resources as Events of the core API.
#pragma once

#include <string>

#include "libs/adapter/recorder.h"
#include "services/kube-adapter/kube/recorder.h"

namespace eventreactor::kube {

class KubeRecorder : public Recorder {
 public:
  // Not owned.
  explicit KubeRecorder(EventRecorder& events) : events_(events) {}

  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity severity,
              const std::string& reason, const std::string& message) override;

 private:
  EventRecorder& events_;
};

}  // namespace eventreactor::kube
