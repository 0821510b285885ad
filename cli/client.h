// The way from a command to the services of a stack: addresses from
// stack.json, the stack's token, errors in words.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/stack/layout.h"
#include "cli/stack/record.h"
#include "libs/service/channel.h"

namespace eventreactor::cli {

// What every command knows.
struct Globals {
  std::string ns = "default";
  // Whether the user named a namespace.
  bool ns_given = false;
  // Empty: the default one.
  std::string data_dir;
  // --timeout; nothing: each command's own default.
  std::optional<absl::Duration> timeout;

  // For proposed commands.
  std::string DataDirFlag() const { return data_dir.empty() ? "" : " --data-dir " + data_dir; }
};

// The stack that the flags name, whether there is one or not.
absl::StatusOr<stack::Layout> FindLayout(const Globals& globals);

// Its record. NOT_FOUND (NO_STACK), FAILED_PRECONDITION (STACK_DOWN).
absl::StatusOr<stack::Record> ReadRunning(const stack::Layout& layout);

// One service of a running stack. A channel is made once and reconnects by
// itself. Thread-safe.
class Service {
 public:
  Service(std::string name, std::string log, service::Peer peer);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Deadline and token.
  void Prepare(grpc::ClientContext& context, absl::Duration timeout) const;
  // The call's status as ours; where the service did not answer, with its
  // name, address and log.
  absl::Status Translate(const grpc::Status& status) const;

 private:
  std::string name_;
  std::string log_;
  service::Peer peer_;
  std::shared_ptr<grpc::Channel> channel_;
};

class Client {
 public:
  static absl::StatusOr<Client> Open(const Globals& globals);

  const Service& ingest() const { return ingest_; }
  const Service& dispatcher() const { return dispatcher_; }
  const Service& adapter() const { return adapter_; }

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
  Client(const stack::Layout& layout, const stack::Record& record, const std::string& token,
         absl::Duration call_timeout);
  Service ingest_;
  Service dispatcher_;
  Service adapter_;
  absl::Duration call_timeout_;
};

}  // namespace eventreactor::cli
