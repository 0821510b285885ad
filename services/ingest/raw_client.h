// A TCP client for tests that sends exactly what it is told.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

namespace eventreactor::ingest {

class RawClient {
 public:
  // Connects to 127.0.0.1.
  explicit RawClient(int port);
  // The same with TLS, trusting these certificates (PEM); not connected if the
  // server has no such certificate.
  RawClient(int port, const std::string& roots);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False once the peer has closed.
  bool Send(const std::string& bytes);
  // Sends no more.
  void Finish();
  // One response with its body, by its Content-Length; interim ones stand
  // alone. "" if the connection ended first.
  std::string ReadResponse(bool has_body = true);
  // What comes until the peer closes.
  std::string ReadToEnd();

 private:
  // False at the end.
  bool ReadMore();

  int socket_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
  std::string buffer_;
};

// The status of a response, 0 if it is none; and its body.
int StatusOf(const std::string& response);
std::string BodyOf(const std::string& response);

}  // namespace eventreactor::ingest
