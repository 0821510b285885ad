// What an HTTP connection reads from and writes to: TCP, or TLS over it. Beast
// takes it for a stream of its own.
#pragma once

// Boost 1.74's asio needs <utility> first where the standard is C++20.
#include <utility>
// clang-format off
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
// clang-format on

#include <memory>
#include <optional>

namespace eventreactor::ingest {

class HttpStream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  // With TLS if there is an identity to show.
  HttpStream(boost::asio::ip::tcp::socket socket,
             std::shared_ptr<boost::asio::ssl::context> identity)
      : tcp_(std::move(socket)), identity_(std::move(identity)) {
    if (identity_ != nullptr) tls_.emplace(tcp_, *identity_);
  }

  bool is_tls() const { return tls_.has_value(); }
  // Below TLS: deadlines and the end of the connection are TCP's.
  boost::beast::tcp_stream& tcp() { return tcp_; }
  executor_type get_executor() noexcept { return tcp_.get_executor(); }

  // With TLS alone.
  template <typename Handler>
  void AsyncHandshake(Handler handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::move(handler));
  }
  template <typename Handler>
  void AsyncShutdown(Handler handler) {
    tls_->async_shutdown(std::move(handler));
  }

  // Asio's names.
  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    tcp_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    tcp_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  boost::beast::tcp_stream tcp_;
  std::shared_ptr<boost::asio::ssl::context> identity_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace eventreactor::ingest
