// Names of container images, checked before an engine is asked. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace eventreactor {

// [registry[:port]/]path[:tag][@digest]
struct ImageReference {
  // Everything before tag and digest, as written.
  std::string repository;
  // "latest" where neither tag nor digest is given.
  std::string tag;
  // algorithm:hex; wins over the tag.
  std::string digest;

  // The whole reference, tag or digest included.
  std::string ToString() const;
};

// INVALID_ARGUMENT (INVALID_IMAGE) saying what is wrong with it.
absl::StatusOr<ImageReference> ParseImageReference(const std::string& text);

}  // namespace eventreactor
