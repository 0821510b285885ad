// What happens to a resource, told where its users look: on Kubernetes as
// Events of the core API, which `kubectl describe` shows.
#pragma once

#include <string>

#include "eventreactor/v1/meta.pb.h"

namespace eventreactor {

// Thread-safe. Never waits, and may forget: for people, not for programs.
class Recorder {
 public:
  enum class Severity { kNormal, kWarning };

  virtual ~Recorder() = default;
  // `kind` is Event, Pipeline or Action; `metadata` says which, by uid.
  // `reason` is CamelCase.
  virtual void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity severity,
                      const std::string& reason, const std::string& message) = 0;

  // Tells nobody.
  static Recorder& None();
};

class NoRecorder : public Recorder {
 public:
  void Record(const std::string& /*kind*/, const v1::ObjectMeta& /*metadata*/,
              Severity /*severity*/, const std::string& /*reason*/,
              const std::string& /*message*/) override {}
};

inline Recorder& Recorder::None() {
  static NoRecorder none;
  return none;
}

}  // namespace eventreactor
