#include "services/ingest/http_server.h"

#include <glog/logging.h>
#include <prometheus/gauge.h>
#include <sys/resource.h>

#include <utility>
// clang-format off
#include <boost/asio/steady_timer.hpp>
// clang-format on
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/ingest/host_port.h"
#include "services/ingest/http_connection.h"
#include "services/ingest/problem.h"
#include "services/ingest/tls_identity.h"

namespace eventreactor::ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Beside the connections: the bus, gRPC, files.
constexpr rlim_t kOtherFiles = 256;
constexpr int kBacklog = 1024;
// When there are no files left to open, the kernel still holds the caller.
constexpr std::chrono::milliseconds kAcceptPause(100);

absl::Status RaiseOpenFiles(int max_connections) {
  const rlim_t wanted = static_cast<rlim_t>(max_connections) + kOtherFiles;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) return absl::OkStatus();
  limit.rlim_cur = wanted;
  if (wanted <= limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit) == 0) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "TOO_FEW_OPEN_FILES",
                    std::to_string(max_connections) + " connections need " +
                        std::to_string(wanted) + " open files, and this process may have " +
                        std::to_string(limit.rlim_max) +
                        "; raise that (ulimit -n), or lower --max-connections");
}

class BeastServer : public HttpServer {
 public:
  BeastServer(const HttpLimits& limits, HttpHandler& handler, prometheus::Gauge& gauge,
              std::unique_ptr<TlsIdentity> identity)
      : gauge_(gauge),
        identity_(std::move(identity)),
        shared_{limits, handler, std::make_shared<IoMailbox>(io_),
                0,      false,   [this](HttpConnection* connection) { Forget(connection); }} {}

  ~BeastServer() override { Shutdown(absl::ZeroDuration()); }

  absl::Status Listen(const std::string& address) {
    const auto parsed = ParseHostPort(address);
    if (!parsed.ok()) return parsed.status();
    error_code error;
    tcp::resolver resolver(io_);
    const auto found =
        resolver.resolve(parsed->host, std::to_string(parsed->port), tcp::resolver::passive, error);
    if (error || found.empty()) return CannotListen(address, error);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) return CannotListen(address, error);
    port_ = acceptor_.local_endpoint(error).port();
    return absl::OkStatus();
  }

  void Run() {
    Accept();
    thread_ = std::thread([this] { io_.run(); });
  }

  int port() const override { return port_; }

  void Shutdown(absl::Duration drain) override {
    if (!thread_.joinable()) return;
    shared_.mailbox->Post([this] { BeginDrain(); });
    {
      std::unique_lock lock(mutex_);
      drained_.wait_for(lock, absl::ToChronoNanoseconds(drain), [this] { return is_drained_; });
    }
    shared_.mailbox->Post([this] { AbortAll(); });
    // Nothing is posted after this; the thread ends when it has done the rest.
    shared_.mailbox->Close();
    work_.reset();
    thread_.join();
  }

 private:
  static absl::Status CannotListen(const std::string& address, const error_code& error) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "CANNOT_LISTEN",
                      "cannot serve HTTP on " + address + ": " + error.message());
  }

  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) {
        LOG_EVERY_N(WARNING, 100) << "accepting an HTTP connection: " << error.message();
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](error_code stopped) {
          if (!stopped && acceptor_.is_open()) Accept();
        });
        return;
      }
      Adopt(std::move(socket));
      Accept();
    });
  }

  void Adopt(tcp::socket socket) {
    if (connections_.size() >= static_cast<size_t>(shared_.limits.max_connections)) {
      return TurnAway(std::move(socket));
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<HttpConnection>(
        std::move(socket), shared_, identity_ != nullptr ? identity_->Current() : nullptr);
    connections_.emplace(connection.get(), connection);
    gauge_.Increment();
    connection->Start();
  }

  // Answers without reading or waiting: there is no room to do either. With TLS
  // an answer would take both.
  void TurnAway(tcp::socket socket) {
    if (identity_ != nullptr) return;
    const HttpResponse refusal = shared_.handler.Refuse(
        MakeStatus(absl::StatusCode::kResourceExhausted, kServerBusy,
                   "there are as many connections as this server takes; try again"));
    std::string answer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n";
    for (const auto& [name, value] : refusal.headers)
      absl::StrAppend(&answer, name, ": ", value, "\r\n");
    answer += "Content-Type: " + refusal.content_type +
              "\r\nContent-Length: " + std::to_string(refusal.body.size()) + "\r\n\r\n" +
              refusal.body;
    shared_.handler.Responded(refusal.status);
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(answer), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void BeginDrain() {
    shared_.stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    ForEach(&HttpConnection::Drain);
    NoteDrained();
  }

  void AbortAll() { ForEach(&HttpConnection::Abort); }

  // Over a copy: a connection that closes leaves the map.
  void ForEach(void (HttpConnection::*what)()) {
    std::vector<std::shared_ptr<HttpConnection>> all;
    all.reserve(connections_.size());
    for (const auto& entry : connections_) all.push_back(entry.second);
    for (const auto& connection : all) (connection.get()->*what)();
  }

  void Forget(HttpConnection* connection) {
    connections_.erase(connection);
    gauge_.Decrement();
    NoteDrained();
  }

  void NoteDrained() {
    if (!shared_.stopping || !connections_.empty()) return;
    const std::lock_guard lock(mutex_);
    is_drained_ = true;
    drained_.notify_all();
  }

  prometheus::Gauge& gauge_;
  const std::unique_ptr<TlsIdentity> identity_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  HttpShared shared_;
  std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable drained_;
  bool is_drained_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const std::string& address, const HttpLimits& limits, HttpHandler& handler,
    prometheus::Gauge& connections, std::unique_ptr<TlsIdentity> identity) {
  if (absl::Status status = RaiseOpenFiles(limits.max_connections); !status.ok()) return status;
  auto server = std::make_unique<BeastServer>(limits, handler, connections, std::move(identity));
  if (absl::Status status = server->Listen(address); !status.ok()) return status;
  server->Run();
  return server;
}

}  // namespace eventreactor::ingest
