// What may come next on a command line, read from the grammar itself. Pure.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/context/choose.h"

namespace eventreactor::cli {

struct Candidates {
  // Words, with what they are in a few words.
  std::vector<std::pair<std::string, std::string>> words;
  // Names that only an Event Reactor knows.
  enum class Names { kNone, kEvents, kPipelines, kActions, kNamespaces, kContexts };
  Names names = Names::kNone;
  // What the shell knows.
  enum class Paths { kNone, kFiles, kDirectories };
  Paths paths = Paths::kNone;
  // To be put before names and paths: "--event=" while that is being typed.
  std::string before;
  // What was typed of the word.
  std::string typed;
};

// `words`: those of the line after the program, up to the cursor; the last one
// is being typed, and may be empty. `globals` takes -n, --data-dir and
// --context as far as the line has them.
Candidates FindCandidates(const CLI::App& app, const std::vector<std::string>& words,
                          Globals& globals);

}  // namespace eventreactor::cli
