// How the engine's containers and volumes say what they belong to. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "libs/adapter/executor.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

inline constexpr char kStackLabel[] = "eventreactor.stack";
inline constexpr char kNamespaceLabel[] = "eventreactor.action.namespace";
inline constexpr char kNameLabel[] = "eventreactor.action.name";
inline constexpr char kUidLabel[] = "eventreactor.action.uid";
inline constexpr char kStepIndexLabel[] = "eventreactor.step.index";
inline constexpr char kStepNameLabel[] = "eventreactor.step.name";

// What everything of one stack has.
EngineLabels StackLabels(const std::string& stack);
// What everything of one run has.
EngineLabels RunLabels(const std::string& stack, const RunKey& key);
// What one container has.
EngineLabels StepLabels(const std::string& stack, const RunKey& key, size_t index,
                        const std::string& step);

// Nothing where the labels are not ours.
std::optional<RunKey> RunOfLabels(const EngineLabels& labels);
std::optional<size_t> StepIndexOfLabels(const EngineLabels& labels);

// The common prefix of a run's names in the engine:
// er-<stack>-<Action's name, cut>-<eight digits of its uid's SHA-256>.
std::string PlaceOf(const std::string& stack, const RunKey& key);

}  // namespace eventreactor::local
