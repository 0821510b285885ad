#include "libs/service/open_streams.h"

#include <glog/logging.h>
#include <grpcpp/server_context.h>

#include <string_view>

namespace eventreactor::service {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

bool NeedsNoToken(std::string_view method) {
  return method.starts_with("/grpc.health.") || method.starts_with("/grpc.reflection.");
}

// Lives as long as its stream.
class OpenStream : public Interceptor {
 public:
  OpenStream(ServerRpcInfo& info, std::atomic<int>& open)
      : info_(info), open_(open), too_many_(++open > kMaxOpenStreams) {}
  ~OpenStream() override { --open_; }
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;

  void Intercept(InterceptorBatchMethods* methods) override {
    if (too_many_ &&
        methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      LOG_EVERY_N(WARNING, 1000) << "more than " << kMaxOpenStreams
                                 << " watches of health and talks with reflection at once: "
                                 << info_.method() << " is cancelled";
      info_.server_context()->TryCancel();
    }
    methods->Proceed();
  }

 private:
  ServerRpcInfo& info_;
  std::atomic<int>& open_;
  const bool too_many_;
};

}  // namespace

Interceptor* OpenStreamsLimit::CreateServerInterceptor(ServerRpcInfo* info) {
  if (info->type() == ServerRpcInfo::Type::UNARY || !NeedsNoToken(info->method())) return nullptr;
  return new OpenStream(*info, open_);
}

}  // namespace eventreactor::service
