#include "services/ingest/raw_client.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace eventreactor::ingest {
namespace {

constexpr char kEndOfHead[] = "\r\n\r\n";
constexpr char kLength[] = "Content-Length: ";
// A test that waits longer has failed.
constexpr timeval kPatience{30, 0};

}  // namespace

RawClient::RawClient(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

RawClient::RawClient(int port, const std::string& roots) : RawClient(port) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(roots.data(), -1),
                                                       &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> root(
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // A server that says no goodbye is an error to this library.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  tls_.reset(SSL_new(context.get()));
  SSL_set_fd(tls_.get(), socket_);
  if (SSL_connect(tls_.get()) == 1) return;
  close(socket_);
  socket_ = -1;
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

bool RawClient::Send(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const char* const next = bytes.data() + sent;
    const size_t left = bytes.size() - sent;
    const ssize_t now = tls_ != nullptr ? SSL_write(tls_.get(), next, static_cast<int>(left))
                                        : send(socket_, next, left, MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += static_cast<size_t>(now);
  }
  return true;
}

void RawClient::Finish() { shutdown(socket_, SHUT_WR); }

bool RawClient::ReadMore() {
  char chunk[16384];
  const ssize_t got = tls_ != nullptr ? SSL_read(tls_.get(), chunk, sizeof(chunk))
                                      : recv(socket_, chunk, sizeof(chunk), 0);
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<size_t>(got));
  return true;
}

std::string RawClient::ReadResponse(bool has_body) {
  size_t end = std::string::npos;
  while ((end = buffer_.find(kEndOfHead)) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  size_t whole = end + sizeof(kEndOfHead) - 1;
  const size_t length = buffer_.find(kLength);
  if (has_body && length < end) {
    whole += std::strtoul(buffer_.c_str() + length + sizeof(kLength) - 1, nullptr, 10);
  }
  while (buffer_.size() < whole) {
    if (!ReadMore()) return "";
  }
  std::string response = buffer_.substr(0, whole);
  buffer_.erase(0, whole);
  return response;
}

std::string RawClient::ReadToEnd() {
  while (ReadMore()) {
  }
  return std::exchange(buffer_, "");
}

int StatusOf(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::atoi(response.c_str() + 9) : 0;
}

std::string BodyOf(const std::string& response) {
  const size_t end = response.find(kEndOfHead);
  return end == std::string::npos ? "" : response.substr(end + sizeof(kEndOfHead) - 1);
}

}  // namespace eventreactor::ingest
