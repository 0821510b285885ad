#include "libs/service/channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/service/self_signed.h"

namespace eventreactor::service {
namespace {

using grpc::health::v1::Health;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs = {{own_.key, own_.certificate}};
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  // Whether a call arrives there.
  bool Reaches(const std::optional<std::string>& tls_roots) {
    const Peer peer{address_, "", tls_roots};
    grpc::ClientContext context;
    PrepareCall(context, peer, absl::Seconds(20));
    grpc::health::v1::HealthCheckResponse response;
    const auto status = Health::NewStub(MakeChannel(peer))->Check(&context, {}, &response);
    // The service answers nothing else.
    return status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
  }

  const SelfSignedPem own_ = SelfSigned();
  Health::Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(TlsTest, ACertificateThatIsTrustedIsEnough) { EXPECT_TRUE(Reaches(own_.certificate)); }

TEST_F(TlsTest, AnotherIsNotTrusted) {
  EXPECT_FALSE(Reaches(SelfSigned().certificate));
  EXPECT_FALSE(Reaches(std::nullopt)) << "nor is it spoken to without TLS";
}

}  // namespace
}  // namespace eventreactor::service
