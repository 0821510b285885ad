#include "libs/service/channel.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"

namespace eventreactor::service {
namespace {

using grpc::health::v1::Health;

template <class Write>
std::string Pem(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), &BIO_free_all);
  write(memory.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);  // NOLINT(google-runtime-int)
  return {text, static_cast<size_t>(size)};
}

// A certificate for 127.0.0.1 that signed itself, and its key.
grpc::SslServerCredentialsOptions::PemKeyCertPair SelfSigned() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509* x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key.get());
  X509_NAME* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  for (const auto& [nid, value] : {std::pair{NID_subject_alt_name, "IP:127.0.0.1"},
                                   std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), &X509_EXTENSION_free);
    X509_add_ext(x509, extension.get(), -1);
  }
  X509_sign(x509, key.get(), EVP_sha256());
  return {Pem([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          }),
          Pem([&](BIO* out) { PEM_write_bio_X509(out, x509); })};
}

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs = {own_};
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

  const grpc::SslServerCredentialsOptions::PemKeyCertPair own_ = SelfSigned();
  Health::Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(TlsTest, ACertificateThatIsTrustedIsEnough) { EXPECT_TRUE(Reaches(own_.cert_chain)); }

TEST_F(TlsTest, AnotherIsNotTrusted) {
  EXPECT_FALSE(Reaches(SelfSigned().cert_chain));
  EXPECT_FALSE(Reaches(std::nullopt)) << "nor is it spoken to without TLS";
}

}  // namespace
}  // namespace eventreactor::service
