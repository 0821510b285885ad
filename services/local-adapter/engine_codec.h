// The Docker Engine API's JSON, written and read. What comes from the engine
// is checked: a field that is missing or of another type is INTERNAL
// (ENGINE_ERROR). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

// The body of POST /containers/create. Podman is told which network is meant by
// none: its API's default is a bridge, which not every user has, while its own
// command line gives each user the one that they have.
std::string EncodeContainer(const ContainerSpec& spec, bool is_podman);
// The body of POST /volumes/create.
std::string EncodeVolume(const std::string& name, const EngineLabels& labels);
// The value of a `filters` parameter: everything with all these labels.
std::string EncodeLabelFilter(const EngineLabels& labels);
// %XX for all that is not unreserved in a URI.
std::string PercentEncode(const std::string& text);

absl::StatusOr<std::string> DecodeCreated(const std::string& body);
absl::StatusOr<ContainerState> DecodeContainer(const std::string& body);
// Those of a list that have all of `labels`: engines differ in how they
// combine filters.
absl::StatusOr<std::vector<EngineObject>> DecodeContainers(const std::string& body,
                                                           const EngineLabels& labels);
absl::StatusOr<std::vector<EngineObject>> DecodeVolumes(const std::string& body,
                                                        const EngineLabels& labels);

// "v1.41", or the oldest that the engine still speaks if that is newer.
absl::StatusOr<std::string> DecodeDialect(const std::string& body);

// Whether an engine that answers so to GET /version is podman.
bool DecodeIsPodman(const std::string& body);

// The `message` of an error's body; the body itself, cut, if it has none.
std::string DecodeError(const std::string& body);

// The stream of messages about a pull: one JSON object a line, an error among
// them if it failed.
class PullDecoder {
 public:
  void Feed(const char* data, size_t size);
  // Empty if no error was told.
  const std::string& error() const { return error_; }
  // "2 of 5 layers, 12 of 40 MB", as far as it is known; empty before any.
  std::string Progress() const;

 private:
  struct Layer {
    bool here = false;
    int64_t current = 0;
    int64_t total = 0;
  };
  void Line();
  std::map<std::string, Layer> layers_;
  std::string line_;
  std::string error_;
};

}  // namespace eventreactor::local
