// One HTTP connection: requests one after another, each read, handed to the
// handler and answered. Lives on the server's I/O thread alone.
#pragma once

// Boost 1.74's asio needs <utility> first where the standard is C++20.
#include <utility>
// clang-format off
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
// clang-format on

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "services/ingest/http_message.h"
#include "services/ingest/http_server.h"
#include "services/ingest/http_stream.h"

namespace eventreactor::ingest {

// The way from other threads to the I/O thread. Thread-safe; a task posted
// after Close is dropped.
class IoMailbox {
 public:
  explicit IoMailbox(boost::asio::io_context& io) : io_(&io) {}
  void Post(std::function<void()> task);
  void Close();

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

class HttpConnection;

// What the connections of one server share; used on the I/O thread alone.
struct HttpShared {
  HttpLimits limits;
  HttpHandler& handler;
  std::shared_ptr<IoMailbox> mailbox;
  // Of HttpLimits::max_buffered.
  size_t buffered = 0;
  bool stopping = false;
  // The connection is done with; called once.
  std::function<void(HttpConnection*)> closed;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // With TLS if there is an identity to show.
  HttpConnection(boost::asio::ip::tcp::socket socket, HttpShared& shared,
                 std::shared_ptr<boost::asio::ssl::context> identity);
  ~HttpConnection();

  void Start();
  // Closes now if no request has begun, else after its answer.
  void Drain();
  // Closes now, whatever is under way.
  void Abort();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class State { kIdle, kReading, kHandling, kWriting, kLingering, kClosed };

  void AwaitRequest();
  void ReadHead();
  // Sets the time that the request may take to arrive.
  void BoundReading();
  void OnReadFailed(const boost::system::error_code& error);
  // Whether the end of the first line has come.
  bool HasRequestLine() const;
  void OnHead();
  void SendContinue();
  void ReadBody();
  void OnBody();
  // The server's own refusal; the connection ends after it, as the rest of
  // the request was not read.
  void RefuseAndClose(const absl::Status& status);
  void Write(HttpResponse response);
  void Linger();
  void EndSending();
  void Discard(size_t so_far);
  void Close();
  void ReleaseBuffered();

  HttpShared& shared_;
  HttpStream stream_;
  boost::asio::steady_timer deadline_;
  boost::beast::flat_buffer buffer_;
  std::string client_;
  std::unique_ptr<Parser> parser_;
  HttpHead head_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  State state_ = State::kIdle;
  bool keep_alive_ = true;
  // The request did not arrive in time.
  bool is_late_ = false;
  // What this connection holds of HttpShared::buffered.
  size_t buffered_ = 0;
};

}  // namespace eventreactor::ingest
