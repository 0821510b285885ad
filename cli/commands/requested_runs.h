// Runs that somebody asks for: pipelines run, events replay, actions rerun.
#pragma once

#include "cli/command_line.h"

namespace eventreactor::cli {

void AddRunPipeline(CLI::App& pipelines, Session& session);
void AddReplayEvent(CLI::App& events, Session& session);
void AddRerun(CLI::App& actions, Session& session);

}  // namespace eventreactor::cli
