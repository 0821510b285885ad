// The Pipelines of all namespaces at one moment, as the dispatcher knows
// them: those that can be used, and those that cannot, with the reason.
// Immutable once shared.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "eventreactor/v1/pipeline_service.pb.h"
#include "libs/domain/matching.h"

namespace eventreactor::dispatcher {

// A Pipeline that does not compile.
struct Broken {
  std::string uid;
  int64_t generation = 0;
  absl::Status error;
};

class View {
 public:
  // Compiles the Pipelines and puts them in, in place of those of the same
  // names.
  void Put(const std::vector<v1::Pipeline>& pipelines);
  void Remove(const std::string& ns, const std::string& name);

  // True if this generation of it, or a later one, is known.
  bool Has(const std::string& ns, const v1::PipelineIdentity& identity) const;

  const Snapshot& snapshot() const { return snapshot_; }
  // By name.
  const std::map<std::string, Broken>& BrokenOf(const std::string& ns) const;
  size_t broken_size() const;

 private:
  // It is not broken any more.
  void Mend(const std::string& ns, const std::string& name);

  Snapshot snapshot_;
  // By namespace, then by name.
  std::map<std::string, std::map<std::string, Broken>> broken_;
};

}  // namespace eventreactor::dispatcher
