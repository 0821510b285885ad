// Kubernetes manifests (JSON and YAML) to and from our protobuf messages, by
// reflection: one codec for what people write, what is stored and what the
// CLI prints. Pure; safe from any thread.
//
// The mapping is protobuf's JSON mapping (lowerCamelCase or json_name) where
// Kubernetes agrees, and Kubernetes' where not:
//   int64       a number
//   enum        the value's name without its prefix, in lower case: "success"
//   bytes       base64 (RFC 4648, padded)
//   Timestamp   RFC 3339 in UTC, such as 2026-01-02T03:04:05Z
//   Struct      any JSON object, passed through whole
//   [inline]    the field's own fields, beside its siblings
// Fields that are empty are left out.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor {

inline constexpr char kApiVersion[] = "eventreactor.summerwind.github.io/v1alpha1";
// The suffix of our label keys, GROUP in the docs.
inline constexpr char kGroup[] = "eventreactor.summerwind.github.io";

// The message's fields alone, without apiVersion and kind.
nlohmann::json ToJson(const google::protobuf::Message& message);

// Strict: an unknown field, a value of another type or an unknown enum value
// is INVALID_ARGUMENT naming the path, the value and what was expected, with
// "did you mean" where a known field is close, or the known fields where they
// are few. metadata.managedFields,
// metadata.selfLink and metadata.generateName are dropped in silence: they
// are what `kubectl get -o yaml` prints. `message` is replaced.
absl::Status FromJson(const nlohmann::json& json, google::protobuf::Message& message);

// With apiVersion and kind, as kubectl would print it.
nlohmann::json ToManifest(const v1::Event& event);
nlohmann::json ToManifest(const v1::Pipeline& pipeline);
nlohmann::json ToManifest(const v1::Action& action);

// One document of a manifest file.
struct Document {
  std::string api_version;
  std::string kind;
  // The whole object but apiVersion and kind, as JSON text.
  std::string body;
  // 1-based line in the file where the document begins.
  int line = 1;
  // 1-based lines by field path, such as spec.steps[0].image; empty for JSON
  // that is no YAML.
  std::map<std::string, int> lines;
  // The columns of the same.
  std::map<std::string, int> columns;
};

// Where a field stands, or the closest thing around it that stands anywhere;
// otherwise where the document begins.
struct Position {
  int line = 1;
  int column = 1;
};
Position PositionOf(const Document& document, const std::string& path);

// Reads YAML (JSON being a part of it), several documents divided by `---`;
// empty ones are left out, and the items of a `kind: List` are documents of
// their own. Scalars follow YAML 1.2's core schema; numbers with leading
// zeros, which YAML readers do not agree on, are refused. Aliases and anchors
// hold up to 10,000 nodes; a key given twice is an error. INVALID_ARGUMENT
// names line and column. At most 4 MiB, 50 levels deep.
absl::StatusOr<std::vector<Document>> ParseManifests(const std::string& text);

// The same, but for what is wrong with one document (its error) the others are
// read all the same.
absl::StatusOr<std::vector<absl::StatusOr<Document>>> ParseEachManifest(const std::string& text);

// A Pipeline from a document; INVALID_ARGUMENT names the field and, where it
// is known, its line; a document of another kind or group is refused in words.
absl::StatusOr<v1::Pipeline> ParsePipeline(const Document& document);

// JSON to block-style YAML that kubectl and yaml-cpp read back as the same.
std::string ToYaml(const nlohmann::json& json);

}  // namespace eventreactor
