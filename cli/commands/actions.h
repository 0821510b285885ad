// The commands of `reactorctl actions` that have files of their own.
#pragma once

#include <map>
#include <string>

#include "cli/command_line.h"
#include "eventreactor/v1/action.pb.h"

namespace eventreactor::cli {

void AddListActions(CLI::App& actions, Session& session);
void AddLogs(CLI::App& actions, Session& session);
void AddWait(CLI::App& actions, Session& session);
void AddWatch(CLI::App& actions, Session& session);
void AddCancel(CLI::App& actions, Session& session);
void AddDeleteActions(CLI::App& actions, Session& session);

// success, failure, neutral, unknown; "" for an Action that has not ended.
std::string CompletionWord(v1::Completion completion);

// One word: how it ended, or what it is waiting for.
Cell StatusCell(const v1::Action& action);

// How long it ran, or has been running; "" if it has not begun.
std::string TookText(const v1::Action& action);

// What `actions wait --exit-status` ends with.
int ExitStatusOf(v1::Completion completion);

// The Action once it has ended. DEADLINE_EXCEEDED (NOT_ENDED) if it has not by
// then, NOT_FOUND (ACTION_NOT_FOUND).
absl::StatusOr<v1::Action> AwaitEnd(const Client& client, const std::string& ns,
                                    const std::string& name, absl::Time deadline);

// What `actions cancel` has to say of an Action that it was asked to end.
std::string CancelText(const v1::Action& action);

// Where a log was left, so that one that is read again from its beginning
// goes on there.
class LogCursor {
 public:
  // The part of a piece that was not seen before, which is now. A negative
  // offset: a tail whose place in the log is not known.
  std::string TakeNew(const std::string& step, int64_t offset, const std::string& data);

 private:
  std::map<std::string, int64_t> next_;
};

}  // namespace eventreactor::cli
