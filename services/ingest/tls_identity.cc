#include "services/ingest/tls_identity.h"

#include <glog/logging.h>

#include <utility>
// clang-format off
#include <boost/asio/ssl/context.hpp>
// clang-format on

#include "libs/status/status.h"

namespace eventreactor::ingest {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

absl::Status Unusable(const std::string& flag, const std::string& file, const error_code& error) {
  return InvalidField(flag, file + ": " + error.message());
}

}  // namespace

TlsIdentity::TlsIdentity(std::string cert_file, std::string key_file)
    : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}

absl::StatusOr<std::unique_ptr<TlsIdentity>> TlsIdentity::Load(const std::string& cert_file,
                                                               const std::string& key_file) {
  if (cert_file.empty() && key_file.empty()) return nullptr;
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(cert_file, key_file));
  identity->stamp_ = identity->Look();
  auto read = identity->Read();
  if (!read.ok()) return read.status();
  identity->context_ = *std::move(read);
  return identity;
}

TlsIdentity::Stamp TlsIdentity::Look() const {
  Stamp stamp{};
  for (size_t i = 0; i < stamp.size(); ++i) {
    struct stat found {};
    if (stat((i == 0 ? cert_file_ : key_file_).c_str(), &found) != 0) continue;
    stamp.at(i) = {static_cast<int64_t>(found.st_ino), found.st_size, found.st_mtim.tv_sec,
                   found.st_mtim.tv_nsec};
  }
  return stamp;
}

absl::StatusOr<std::shared_ptr<ssl::context>> TlsIdentity::Read() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                       error);
  if (!error) context->use_certificate_chain_file(cert_file_, error);
  if (error) return Unusable("--http-tls-cert-file", cert_file_, error);
  // Which also fails where it is not that certificate's.
  context->use_private_key_file(key_file_, ssl::context::pem, error);
  if (error) return Unusable("--http-tls-key-file", key_file_, error);
  return context;
}

std::shared_ptr<ssl::context> TlsIdentity::Current() {
  const Stamp now = Look();
  if (now == stamp_) return context_;
  stamp_ = now;
  auto read = Read();
  if (read.ok()) {
    LOG(INFO) << "the certificate in " << cert_file_ << " has changed, and is used from now on";
    context_ = *std::move(read);
  } else {
    LOG(WARNING) << "the former certificate is still used: " << Message(read.status());
  }
  return context_;
}

}  // namespace eventreactor::ingest
