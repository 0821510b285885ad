// An HTTP server on a unix socket that answers as a test tells it to: what an
// engine says, to the byte, and what it says wrong.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace eventreactor::local {

class EngineServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::string body;
    // Request line and header fields.
    std::string head;
  };
  // What is sent back, whole: status line, headers, body. Empty: the
  // connection is closed without a word. With "Connection: keep-alive" it
  // is kept for the next request.
  using Handler = std::function<std::string(const Request& request)>;

  // Handles /version itself.
  explicit EngineServer(Handler handler);
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  const std::string& socket() const { return socket_; }
  std::string address() const { return "unix://" + socket_; }
  // All but those for /version.
  std::vector<Request> requests() const;

  // "HTTP/1.1 200 OK" with that body.
  static std::string Answer(int status, const std::string& body);

 private:
  void Serve();
  void Converse(int connection);
  // False if the connection is to be closed.
  bool AnswerOne(int connection);

  const Handler handler_;
  std::string dir_;
  std::string socket_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace eventreactor::local
