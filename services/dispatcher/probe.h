// A message that keeps coming back is either the victim of outages or the
// cause of crashes. A child process tells which: it reads the message,
// matches it and makes its Actions, and talks to nobody. Only if the child
// dies of a fault of its own (SIGSEGV, SIGABRT and the like) is the message
// to blame; an outage cannot look like that, however long it lasts.
#pragma once

#include <string>
#include <vector>

#include "libs/bus/bus.h"
#include "services/dispatcher/view.h"

namespace eventreactor::dispatcher {

enum class Verdict {
  kHarmless,  // the child ended in order
  kCrashes,   // the child died of a fault
  kUnknown,   // it could not be started, or something else ended it
};

// Thread-safe.
class Prober {
 public:
  virtual ~Prober() = default;
  virtual Verdict Try(const std::vector<const bus::Message*>& messages, const View& view) = 0;
};

// Starts `program` with `arguments`, the messages and the Pipelines that they
// could match on its standard input.
class ProcessProber : public Prober {
 public:
  // This program again, as ProbeMain.
  ProcessProber();
  ProcessProber(std::string program, std::vector<std::string> arguments);

  Verdict Try(const std::vector<const bus::Message*>& messages, const View& view) override;

 private:
  const std::string program_;
  const std::vector<std::string> arguments_;
};

// The one argument that makes this program a probe.
inline constexpr char kProbeArgument[] = "--probe";

// What the child does with its standard input; its exit code.
int ProbeMain(int input);

}  // namespace eventreactor::dispatcher
