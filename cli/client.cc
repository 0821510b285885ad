#include "cli/client.h"

#include <fstream>
#include <utility>

#include "absl/time/clock.h"
#include "libs/service/grpc_status.h"
#include "libs/service/process.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);
// CA files are small; what is larger is another file.
constexpr size_t kMaxRoots = size_t{1} << 20;

// What the parts are called in a cluster, and the ports of their Services, as
// deploy/kustomize has them.
struct ClusterService {
  const char* name;
  int port;
};
ClusterService InCluster(Part part) {
  switch (part) {
    case Part::kIngest:
      return {"eventreactor-ingest", 14381};
    case Part::kDispatcher:
      return {"eventreactor-dispatcher", 14382};
    case Part::kJanitor:
      return {"eventreactor-janitor", 14389};
    case Part::kAdapter:
      break;
  }
  return {"eventreactor-kube-adapter", 14383};
}

std::string NameOfPart(Part part) {
  switch (part) {
    case Part::kIngest:
      return "ingest";
    case Part::kDispatcher:
      return "dispatcher";
    case Part::kJanitor:
      return "janitor";
    case Part::kAdapter:
      break;
  }
  return "adapter";
}

absl::StatusOr<std::string> ReadRoots(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string pem(kMaxRoots, '\0');
  file.read(pem.data(), static_cast<std::streamsize>(pem.size()));
  pem.resize(static_cast<size_t>(file.gcount()));
  if (pem.find("-----BEGIN CERTIFICATE-----") != std::string::npos) return pem;
  return InvalidField("--ca-file", "\"" + path + "\" holds no certificates in PEM");
}

}  // namespace

absl::StatusOr<stack::Layout> FindLayout(const Globals& globals) {
  auto directory = StackDirectory(globals);
  if (directory.ok() && directory->empty()) {
    directory = stack::DefaultDataDir(stack::ReadEnvironment());
  }
  if (!directory.ok()) return directory.status();
  return stack::Layout(*directory);
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

Service::Service(std::string name, std::string where_else, service::Peer peer)
    : name_(std::move(name)),
      where_else_(std::move(where_else)),
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
  const std::string look = where_else_.empty() ? "" : "; " + where_else_;
  if (absl::IsUnavailable(translated)) {
    return MakeStatus(
        absl::StatusCode::kUnavailable, "NO_ANSWER",
        name_ + " does not answer at " + peer_.address + " (" + Message(translated) + ")" + look);
  }
  if (absl::IsDeadlineExceeded(translated)) {
    return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NO_ANSWER",
                      name_ + " at " + peer_.address + " did not answer in time" + look);
  }
  return translated;
}

std::optional<Service>& Client::Slot(Part part) {
  switch (part) {
    case Part::kIngest:
      return ingest_;
    case Part::kDispatcher:
      return dispatcher_;
    case Part::kJanitor:
      return janitor_;
    case Part::kAdapter:
      break;
  }
  return adapter_;
}

std::vector<const Service*> Client::services() const {
  std::vector<const Service*> all;
  for (const std::optional<Service>* each : {&ingest_, &dispatcher_, &adapter_, &janitor_}) {
    if (each->has_value()) all.push_back(&**each);
  }
  return all;
}

absl::Status Client::OpenStack(const Globals& globals, const std::set<Part>& parts) {
  const auto layout = FindLayout(globals);
  if (!layout.ok()) return layout.status();
  const auto record = ReadRunning(*layout);
  if (!record.ok()) return record.status();
  const auto token = stack::ReadFirstLine(layout->token());
  if (!token.ok()) return token.status();
  const stack::Ports ports = stack::PortsFrom(record->base_port);
  for (const Part part : parts) {
    int port = ports.adapter_grpc;
    if (part == Part::kIngest) port = ports.ingest_grpc;
    if (part == Part::kDispatcher) port = ports.dispatcher_grpc;
    if (part == Part::kJanitor) port = ports.janitor_grpc;
    const std::string name = part == Part::kAdapter ? "local-adapter" : NameOfPart(part);
    Slot(part).emplace(
        name, "its log is " + layout->log(name),
        service::Peer{stack::HostPort(stack::ReachableHost(record->bind_grpc), port), *token});
  }
  return absl::OkStatus();
}

absl::Status Client::OpenAddresses(const AddressTarget& target, const std::set<Part>& parts) {
  const auto token = service::ReadSecretFile("token-file", target.token_file);
  if (!token.ok()) return token.status();
  std::optional<std::string> roots;
  if (target.tls) {
    auto read = ReadRoots(target.ca_file);
    if (!read.ok()) return read.status();
    roots = *std::move(read);
  }
  for (const Part part : parts) {
    const std::string* address = &target.adapter;
    if (part == Part::kIngest) address = &target.ingest;
    if (part == Part::kDispatcher) address = &target.dispatcher;
    if (part == Part::kJanitor) address = &target.janitor;
    if (address->empty()) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_ADDRESS",
                        "this command talks to the " + NameOfPart(part) +
                            ", of which the context has no address");
    }
    Slot(part).emplace(NameOfPart(part), "", service::Peer{*address, *token, roots});
  }
  return absl::OkStatus();
}

absl::Status Client::OpenKubernetes(const KubernetesTarget& target, const std::set<Part>& parts) {
  const auto kubectl = Kubectl::Find(target);
  if (!kubectl.ok()) return kubectl.status();
  const absl::Time deadline = absl::Now() + call_timeout_;
  for (const Part part : parts) {
    const ClusterService service = InCluster(part);
    forwards_.push_back(std::make_unique<PortForward>(*kubectl, service.name, service.port));
  }
  // Meanwhile.
  const auto token = kubectl->ReadToken(call_timeout_);
  if (!token.ok()) return token.status();
  auto forward = forwards_.begin();
  for (const Part part : parts) {
    const auto port = (*forward++)->Await(deadline);
    if (!port.ok()) return port.status();
    Slot(part).emplace(NameOfPart(part), "a kubectl port-forward leads there",
                       service::Peer{stack::HostPort("127.0.0.1", *port), *token});
  }
  return absl::OkStatus();
}

absl::StatusOr<Client> Client::Open(const Globals& globals, const std::set<Part>& parts) {
  Client client(globals.timeout.value_or(kCallTimeout));
  absl::Status status;
  const auto* target = globals.chosen ? &globals.chosen->target : nullptr;
  if (target != nullptr && std::holds_alternative<AddressTarget>(*target)) {
    status = client.OpenAddresses(std::get<AddressTarget>(*target), parts);
  } else if (target != nullptr && std::holds_alternative<KubernetesTarget>(*target)) {
    status = client.OpenKubernetes(std::get<KubernetesTarget>(*target), parts);
  } else {
    status = client.OpenStack(globals, parts);
  }
  if (!status.ok()) return status;
  return client;
}

}  // namespace eventreactor::cli
