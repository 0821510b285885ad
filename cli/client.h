// The way from a command to the services of an Event Reactor: a stack on this
// machine, addresses, or a cluster through kubectl; errors in words.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/cluster/port_forward.h"
#include "cli/context/choose.h"
#include "cli/stack/layout.h"
#include "cli/stack/record.h"
#include "libs/service/channel.h"

namespace eventreactor::cli {

// The stack on this machine that is in effect, whether there is one or not.
absl::StatusOr<stack::Layout> FindLayout(const Globals& globals);

// Its record. NOT_FOUND (NO_STACK), FAILED_PRECONDITION (STACK_DOWN).
absl::StatusOr<stack::Record> ReadRunning(const stack::Layout& layout);

// One service. A channel is made once and reconnects by itself. Thread-safe.
class Service {
 public:
  // `where_else`: what to look at when it does not answer; may be empty.
  Service(std::string name, std::string where_else, service::Peer peer);

  const std::string& name() const { return name_; }
  const std::string& address() const { return peer_.address; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Deadline and token.
  void Prepare(grpc::ClientContext& context, absl::Duration timeout) const;
  // The call's status as ours; where the service did not answer, with its
  // name, address and where else to look.
  absl::Status Translate(const grpc::Status& status) const;

 private:
  std::string name_;
  std::string where_else_;
  service::Peer peer_;
  std::shared_ptr<grpc::Channel> channel_;
};

enum class Part { kIngest, kDispatcher, kAdapter, kJanitor };

class Client {
 public:
  // To the parts that the command needs: nothing is begun for the others.
  static absl::StatusOr<Client> Open(const Globals& globals,
                                     const std::set<Part>& parts = {Part::kAdapter});

  // Of the parts that it was opened with.
  const Service& ingest() const { return *ingest_; }
  const Service& dispatcher() const { return *dispatcher_; }
  const Service& adapter() const { return *adapter_; }
  const Service& janitor() const { return *janitor_; }
  std::vector<const Service*> services() const;

  // How long one call may take.
  absl::Duration call_timeout() const { return call_timeout_; }

  // Calls a unary method of a stub:
  //   client.Call(client.adapter(), *stub, &Stub::Get, request)
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(const Service& service, Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    service.Prepare(context, call_timeout_);
    Response response;
    const auto status = service.Translate((stub.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

 private:
  explicit Client(absl::Duration call_timeout) : call_timeout_(call_timeout) {}
  absl::Status OpenStack(const Globals& globals, const std::set<Part>& parts);
  absl::Status OpenAddresses(const AddressTarget& target, const std::set<Part>& parts);
  absl::Status OpenKubernetes(const KubernetesTarget& target, const std::set<Part>& parts);
  std::optional<Service>& Slot(Part part);

  absl::Duration call_timeout_;
  // Before the services, which go first.
  std::vector<std::unique_ptr<PortForward>> forwards_;
  std::optional<Service> ingest_;
  std::optional<Service> dispatcher_;
  std::optional<Service> adapter_;
  std::optional<Service> janitor_;
};

}  // namespace eventreactor::cli
