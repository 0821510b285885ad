#include "cli/client.h"

#include <utility>

#include "libs/service/grpc_status.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);

Service ServiceOf(const stack::Layout& layout, const stack::Record& record,
                  const std::string& token, const std::string& name, int port) {
  const std::string address = stack::HostPort(stack::ReachableHost(record.bind), port);
  return Service(name, layout.log(name), {address, token});
}

}  // namespace

absl::StatusOr<stack::Layout> FindLayout(const Globals& globals) {
  if (!globals.data_dir.empty()) return stack::Layout(globals.data_dir);
  const auto data_dir = stack::DefaultDataDir(stack::ReadEnvironment());
  if (!data_dir.ok()) return data_dir.status();
  return stack::Layout(*data_dir);
}

absl::StatusOr<stack::Record> ReadRunning(const stack::Layout& layout) {
  auto record = stack::ReadRecord(layout.record());
  if (absl::IsNotFound(record.status())) {
    return MakeStatus(absl::StatusCode::kNotFound, "NO_STACK",
                      "there is no stack in " + layout.root());
  }
  if (record.ok() && !stack::IsRunning(*record)) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "STACK_DOWN",
                      "the stack in " + layout.root() + " is not running");
  }
  return record;
}

Service::Service(std::string name, std::string log, service::Peer peer)
    : name_(std::move(name)),
      log_(std::move(log)),
      peer_(std::move(peer)),
      channel_(service::MakeChannel(peer_)) {}

void Service::Prepare(grpc::ClientContext& context, absl::Duration timeout) const {
  service::PrepareCall(context, peer_, timeout);
}

absl::Status Service::Translate(const grpc::Status& status) const {
  absl::Status translated = service::FromGrpc(status);
  // A reason of our own means that the service did answer.
  const bool from_service = Reason(translated) != absl::StatusCodeToString(translated.code());
  if (translated.ok() || from_service) return translated;
  if (absl::IsUnavailable(translated)) {
    return MakeStatus(absl::StatusCode::kUnavailable, "NO_ANSWER",
                      name_ + " does not answer at " + peer_.address + " (" + Message(translated) +
                          "); its log is " + log_);
  }
  if (absl::IsDeadlineExceeded(translated)) {
    return MakeStatus(
        absl::StatusCode::kDeadlineExceeded, "NO_ANSWER",
        name_ + " at " + peer_.address + " did not answer in time; its log is " + log_);
  }
  return translated;
}

Client::Client(const stack::Layout& layout, const stack::Record& record, const std::string& token,
               absl::Duration call_timeout)
    : ingest_(ServiceOf(layout, record, token, "ingest",
                        stack::PortsFrom(record.base_port).ingest_grpc)),
      dispatcher_(ServiceOf(layout, record, token, "dispatcher",
                            stack::PortsFrom(record.base_port).dispatcher_grpc)),
      adapter_(ServiceOf(layout, record, token, "local-adapter",
                         stack::PortsFrom(record.base_port).adapter_grpc)),
      call_timeout_(call_timeout) {}

absl::StatusOr<Client> Client::Open(const Globals& globals) {
  const auto layout = FindLayout(globals);
  if (!layout.ok()) return layout.status();
  const auto record = ReadRunning(*layout);
  if (!record.ok()) return record.status();
  const auto token = stack::ReadFirstLine(layout->token());
  if (!token.ok()) return token.status();
  return Client(*layout, *record, *token, globals.timeout.value_or(kCallTimeout));
}

}  // namespace eventreactor::cli
