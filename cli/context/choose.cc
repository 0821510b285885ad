#include "cli/context/choose.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "cli/context/context_file.h"
#include "cli/shell_quote.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string Globals::TargetFlag() const {
  if (!data_dir.empty()) return " --data-dir " + ShellQuote(data_dir);
  return context.empty() ? "" : " --context " + ShellQuote(context);
}

absl::Status TakeEnvironment(Globals& globals) {
  if (!globals.data_dir.empty() && !globals.context.empty()) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "USAGE",
                      "--data-dir and --context name two different places; give one of them");
  }
  if (globals.data_dir.empty() && globals.context.empty()) {
    globals.data_dir = FromEnvironment("EVENTREACTOR_DATA_DIR");
    if (globals.data_dir.empty()) globals.context = FromEnvironment("EVENTREACTOR_CONTEXT");
  }
  return absl::OkStatus();
}

absl::Status ChooseContext(Globals& globals) {
  if (!globals.data_dir.empty()) return absl::OkStatus();
  const auto path = ContextFilePath();
  if (!path.ok()) return globals.context.empty() ? absl::OkStatus() : path.status();
  const auto contexts = ReadContexts(*path);
  if (!contexts.ok()) return contexts.status();
  const std::string& name = globals.context.empty() ? contexts->current : globals.context;
  if (name.empty()) return absl::OkStatus();
  const Context* found = contexts->Find(name);
  if (found == nullptr) {
    return MakeStatus(absl::StatusCode::kNotFound, "NO_CONTEXT",
                      absl::StrCat("there is no context \"", name, "\" in ", *path));
  }
  globals.chosen = *found;
  if (!globals.ns_given && !found->ns.empty()) globals.ns = found->ns;
  return absl::OkStatus();
}

absl::StatusOr<std::string> StackDirectory(const Globals& globals) {
  if (!globals.chosen) return globals.data_dir;
  const Context& context = *globals.chosen;
  if (const auto* stack = std::get_if<StackTarget>(&context.target)) return stack->data_dir;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_STACK_HERE",
                    absl::StrCat("the context ", context.name, " leads to ", PlaceOf(context),
                                 ", not to a stack on this machine"));
}

}  // namespace eventreactor::cli
