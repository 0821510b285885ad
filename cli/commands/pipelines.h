// The commands of `reactorctl pipelines` that have files of their own.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor::cli {

void AddValidate(CLI::App& pipelines, Session& session);
void AddListPipelines(CLI::App& pipelines, Session& session);

// "event com.example.push", "pipeline build", "pipeline (any)".
std::string TriggerText(const v1::Trigger& trigger);

}  // namespace eventreactor::cli
