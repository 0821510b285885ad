// The containers of a run in the order in which they run, and their names,
// whichever executor runs them. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/build.pb.h"

namespace eventreactor {

// What the names of sources and steps begin with.
inline constexpr char kSourcePrefix[] = "build-source-";
inline constexpr char kStepPrefix[] = "build-step-";

// A source or a step; points into the BuildSpec that it was taken from.
struct RunContainer {
  // build-source-NAME (the source's kind where it has no name), build-step-NAME
  // or build-step-unnamed-I. A DNS label, unique within the run.
  std::string name;
  // Where it stands: spec.source, spec.sources[0], spec.steps[0].
  std::string field;
  // Exactly one of them is set.
  const v1::SourceSpec* source = nullptr;
  const google::protobuf::Struct* step = nullptr;
};

// Sources first, then steps, once CheckBuild has passed and any template has
// been applied. INVALID_ARGUMENT naming the field below spec otherwise.
absl::StatusOr<std::vector<RunContainer>> RunContainers(const v1::BuildSpec& build);

}  // namespace eventreactor
