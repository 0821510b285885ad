// A small HTTP/1.1 server on loopback for tests: a thread a connection, whole
// answers or chunked streams, and connections that are cut on demand.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {

// One connection, for the thread that serves it; Cut from any.
class FakeConnection {
 public:
  explicit FakeConnection(int socket) : socket_(socket) {}
  ~FakeConnection();
  FakeConnection(const FakeConnection&) = delete;
  FakeConnection& operator=(const FakeConnection&) = delete;

  // Nothing once the peer has closed, or sent what is no HTTP.
  std::optional<FakeRequest> ReadRequest();
  void Answer(const FakeAnswer& answer);
  // A body of unknown length: chunks until EndStream.
  void BeginStream(const std::string& content_type);
  bool Write(std::string_view bytes);
  void EndStream();
  // True while there is a stream that was not ended.
  bool streaming() const { return streaming_; }
  // The peer has closed, or it was cut.
  bool Gone();
  void Cut();

 private:
  bool Send(std::string_view bytes);
  bool ReadMore();

  const int socket_;
  std::string input_;
  std::atomic<bool> cut_{false};
  std::atomic<bool> streaming_{false};
};

class FakeHttp {
 public:
  using Handler = std::function<void(const FakeRequest& request, FakeConnection& connection)>;

  explicit FakeHttp(Handler handler);
  ~FakeHttp();
  FakeHttp(const FakeHttp&) = delete;
  FakeHttp& operator=(const FakeHttp&) = delete;

  int port() const { return port_; }
  void Cut(bool streams_only);
  void SetDown(bool down);

 private:
  struct Served {
    explicit Served(int socket) : connection(socket) {}
    FakeConnection connection;
    std::atomic<bool> done{false};
    std::thread thread;
  };
  void Accept();
  void Serve(Served& served);
  void Reap();

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> down_{false};
  std::mutex mutex_;
  std::list<Served> served_;
  std::thread thread_;
};

}  // namespace eventreactor::kube
