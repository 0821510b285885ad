#include "services/dispatcher/probe.h"

#include <glog/logging.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/clock/steady_now.h"
#include "services/dispatcher/cause.h"
#include "services/dispatcher/creations.h"
#include "services/dispatcher/dispatch.h"
#include "services/dispatcher/request.h"

namespace eventreactor::dispatcher {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// Far beyond what reading and matching take.
constexpr absl::Duration kLongest = absl::Seconds(20);

bool IsAction(const bus::Message& message) { return message.subject.rfind("er.action.", 0) == 0; }

void WriteText(CodedOutputStream& out, const std::string& text) {
  out.WriteVarint32(static_cast<uint32_t>(text.size()));
  out.WriteString(text);
}

bool ReadText(CodedInputStream& in, std::string& text) {
  uint32_t size = 0;
  return in.ReadVarint32(&size) && in.ReadString(&text, static_cast<int>(size));
}

// Found by headers alone: the parent does not read what it suspects.
Snapshot::Matchers CandidatesOf(const bus::Message& message, const View& view) {
  const std::string& ns = message.Header("er-namespace");
  // A request may be for any Pipeline.
  if (!message.Header(kRequestHeader).empty()) return view.snapshot().All(ns);
  if (IsAction(message)) return view.snapshot().ForPipelines(ns);
  const std::string& type = message.Header("ce-type");
  const bool encoded = type.find('%') != std::string::npos;
  return encoded ? view.snapshot().All(ns) : view.snapshot().ForType(ns, type);
}

bool WriteInput(int file, const std::vector<const bus::Message*>& messages, const View& view) {
  std::map<const Matcher*, std::shared_ptr<const Matcher>> matchers;
  google::protobuf::io::FileOutputStream stream(file);
  {
    CodedOutputStream out(&stream);
    out.WriteVarint32(static_cast<uint32_t>(messages.size()));
    for (const bus::Message* message : messages) {
      WriteText(out, message->subject);
      out.WriteVarint32(static_cast<uint32_t>(message->headers.size()));
      for (const auto& [name, value] : message->headers) {
        WriteText(out, name);
        WriteText(out, value);
      }
      WriteText(out, message->payload);
      for (auto& matcher : CandidatesOf(*message, view)) matchers.emplace(matcher.get(), matcher);
    }
    for (const auto& entry : matchers) {
      WriteText(out, entry.second->pipeline().SerializeAsString());
    }
  }
  return stream.Flush() && lseek(file, 0, SEEK_SET) == 0;
}

Verdict Wait(pid_t child) {
  const absl::Time deadline = SteadyNow() + kLongest;
  absl::Duration pause = absl::Milliseconds(1);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (SteadyNow() > deadline) {
      LOG(ERROR) << "a probe did not end in " << kLongest << " and was killed";
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return Verdict::kUnknown;
    }
    absl::SleepFor(pause);
    pause = std::min(pause * 2, absl::Milliseconds(20));
  }
  if (WIFEXITED(status)) {
    return WEXITSTATUS(status) == 0 ? Verdict::kHarmless : Verdict::kUnknown;
  }
  if (!WIFSIGNALED(status)) return Verdict::kUnknown;
  // SIGKILL and SIGTERM come from outside: no fault of the message.
  switch (WTERMSIG(status)) {
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGFPE:
    case SIGILL:
      return Verdict::kCrashes;
    default:
      return Verdict::kUnknown;
  }
}

// Takes everything as far as it would be sent, and sends it nowhere.
class Nowhere : public AdapterClient {
 public:
  absl::StatusOr<Answers> Create(const v1::CreateBatchRequest& batch) override {
    sink_ = batch.SerializeAsString();
    return Answers(static_cast<size_t>(batch.requests_size()), true);
  }
  absl::StatusOr<v1::Event> Record(const v1::Event& event) override {
    sink_ = event.SerializeAsString();
    return event;
  }
  absl::Status MarkDispatched(const std::string&, const std::string&, const std::string&,
                              bool) override {
    return absl::OkStatus();
  }
  absl::Status MarkRefused(const std::string& /*ns*/, const std::string& /*action*/,
                           const std::string& /*uid*/, const std::string& /*why*/) override {
    return absl::OkStatus();
  }
  absl::StatusOr<v1::Event> GetEvent(const std::string&, const std::string&) override {
    return absl::UnimplementedError("a probe asks nobody");
  }
  absl::StatusOr<v1::Action> GetAction(const std::string&, const std::string&) override {
    return absl::UnimplementedError("a probe asks nobody");
  }
  absl::StatusOr<std::vector<v1::Action>> ListActions(const std::string&,
                                                      const std::string&) override {
    return absl::UnimplementedError("a probe asks nobody");
  }
  absl::StatusOr<v1::Pipeline> GetPipeline(const std::string&, const std::string&) override {
    return absl::UnimplementedError("a probe asks nobody");
  }
  absl::StatusOr<std::vector<v1::PipelineIdentity>> Barrier(const std::string&) override {
    return absl::UnimplementedError("a probe asks nobody");
  }
  std::unique_ptr<PipelineWatch> WatchPipelines(const std::string&) override { return nullptr; }

 private:
  std::string sink_;
};

bool ReadMessage(CodedInputStream& in, bus::Message& message) {
  uint32_t headers = 0;
  if (!ReadText(in, message.subject) || !in.ReadVarint32(&headers)) return false;
  for (uint32_t i = 0; i < headers; ++i) {
    auto& header = message.headers.emplace_back();
    if (!ReadText(in, header.first) || !ReadText(in, header.second)) return false;
  }
  return ReadText(in, message.payload);
}

}  // namespace

ProcessProber::ProcessProber() : ProcessProber("/proc/self/exe", {kProbeArgument}) {}

ProcessProber::ProcessProber(std::string program, std::vector<std::string> arguments)
    : program_(std::move(program)), arguments_(std::move(arguments)) {}

Verdict ProcessProber::Try(const std::vector<const bus::Message*>& messages, const View& view) {
  const int input = memfd_create("probe", MFD_CLOEXEC);
  if (input < 0) return Verdict::kUnknown;
  Verdict verdict = Verdict::kUnknown;
  if (WriteInput(input, messages, view)) {
    std::vector<std::string> words = {program_};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    // Signals that this process blocks must be able to end the child.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t child = 0;
    if (posix_spawn(&child, program_.c_str(), &actions, &attributes, argv.data(), environ) == 0) {
      verdict = Wait(child);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  close(input);
  return verdict;
}

int ProbeMain(int input) {
  google::protobuf::io::FileInputStream stream(input);
  CodedInputStream in(&stream);
  in.SetTotalBytesLimit(INT_MAX);
  uint32_t count = 0;
  if (!in.ReadVarint32(&count)) return 1;
  std::vector<bus::Message> messages(std::min(count, 4096U));
  for (bus::Message& message : messages) {
    if (!ReadMessage(in, message)) return 1;
  }
  std::vector<v1::Pipeline> pipelines;
  std::string text;
  while (ReadText(in, text)) {
    if (!pipelines.emplace_back().ParseFromString(text)) return 1;
  }
  View view;
  view.Put(pipelines);
  Nowhere nowhere;
  for (const bus::Message& message : messages) {
    auto cause = IsAction(message) ? ReadFinishedAction(message) : ReadEvent(message);
    if (!cause.ok()) continue;  // the dispatcher will say so, in order
    Dispatch dispatch(*std::move(cause));
    Creations creations(nowhere);
    dispatch.MatchAndCreate(view, creations);
    creations.Flush();
    dispatch.cause().Conclude(nowhere, dispatch.Decisions(), absl::Now()).IgnoreError();
  }
  return 0;
}

}  // namespace eventreactor::dispatcher
