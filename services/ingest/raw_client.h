// A TCP client for tests that sends exactly what it is told.
#pragma once

#include <cstddef>
#include <string>

namespace eventreactor::ingest {

class RawClient {
 public:
  // Connects to 127.0.0.1.
  explicit RawClient(int port);
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
  std::string buffer_;
};

// The status of a response, 0 if it is none; and its body.
int StatusOf(const std::string& response);
std::string BodyOf(const std::string& response);

}  // namespace eventreactor::ingest
