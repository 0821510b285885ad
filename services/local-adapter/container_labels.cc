#include "services/local-adapter/container_labels.h"

#include "absl/strings/numbers.h"
#include "libs/domain/naming.h"

namespace eventreactor::local {
namespace {

// Long enough for the names that are derived, short enough to read.
constexpr size_t kMaxNamePart = 63;

std::string Find(const EngineLabels& labels, const char* key) {
  const auto it = labels.find(key);
  return it == labels.end() ? std::string() : it->second;
}

}  // namespace

EngineLabels StackLabels(const std::string& stack) { return {{kStackLabel, stack}}; }

EngineLabels RunLabels(const std::string& stack, const RunKey& key) {
  EngineLabels labels = StackLabels(stack);
  labels[kNamespaceLabel] = key.ns;
  labels[kNameLabel] = key.name;
  labels[kUidLabel] = key.uid;
  return labels;
}

EngineLabels StepLabels(const std::string& stack, const RunKey& key, size_t index,
                        const std::string& step) {
  EngineLabels labels = RunLabels(stack, key);
  labels[kStepIndexLabel] = std::to_string(index);
  labels[kStepNameLabel] = step;
  return labels;
}

std::optional<RunKey> RunOfLabels(const EngineLabels& labels) {
  RunKey key{Find(labels, kNamespaceLabel), Find(labels, kNameLabel), Find(labels, kUidLabel)};
  if (key.ns.empty() || key.name.empty() || key.uid.empty()) return std::nullopt;
  return key;
}

std::optional<size_t> StepIndexOfLabels(const EngineLabels& labels) {
  uint64_t index = 0;
  if (!absl::SimpleAtoi(Find(labels, kStepIndexLabel), &index)) return std::nullopt;
  return static_cast<size_t>(index);
}

std::string PlaceOf(const std::string& stack, const RunKey& key) {
  return "er-" + stack + "-" + key.name.substr(0, kMaxNamePart) + "-" + ShortDigest(key.uid);
}

}  // namespace eventreactor::local
