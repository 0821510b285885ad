#include "services/kube-adapter/kube/testing/fake_http.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/kube-adapter/kube/testing/fake_target.h"

namespace eventreactor::kube {
namespace {

constexpr int kPollMilliseconds = 20;

}  // namespace

FakeConnection::~FakeConnection() { close(socket_); }

bool FakeConnection::ReadMore() {
  char buffer[16384];
  while (!cut_) {
    pollfd readable{socket_, POLLIN, 0};
    if (poll(&readable, 1, kPollMilliseconds) <= 0) continue;
    const ssize_t count = read(socket_, buffer, sizeof(buffer));
    if (count <= 0) return false;
    input_.append(buffer, static_cast<size_t>(count));
    return true;
  }
  return false;
}

std::optional<FakeRequest> FakeConnection::ReadRequest() {
  size_t head_end = 0;
  while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return std::nullopt;
  }
  const std::string head = input_.substr(0, head_end + 2);
  const size_t line_end = head.find("\r\n");
  const size_t method_end = head.find(' ');
  const size_t target_end = head.find(' ', method_end + 1);
  if (target_end == std::string::npos || target_end > line_end) return std::nullopt;
  FakeRequest request;
  request.method = head.substr(0, method_end);
  ReadTarget(head.substr(method_end + 1, target_end - method_end - 1), request);
  for (size_t at = line_end + 2; at < head.size();) {
    const size_t end = head.find("\r\n", at);
    const size_t colon = head.find(':', at);
    if (colon == std::string::npos || colon > end) return std::nullopt;
    request.headers[absl::AsciiStrToLower(head.substr(at, colon - at))] =
        std::string(absl::StripAsciiWhitespace(head.substr(colon + 1, end - colon - 1)));
    at = end + 2;
  }
  size_t length = 0;
  const auto found = request.headers.find("content-length");
  if (found != request.headers.end() && !absl::SimpleAtoi(found->second, &length)) {
    return std::nullopt;
  }
  input_.erase(0, head_end + 4);
  while (input_.size() < length) {
    if (!ReadMore()) return std::nullopt;
  }
  request.body = input_.substr(0, length);
  input_.erase(0, length);
  return request;
}

bool FakeConnection::Send(std::string_view bytes) {
  while (!bytes.empty() && !cut_) {
    const ssize_t count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return !cut_;
}

void FakeConnection::Answer(const FakeAnswer& answer) {
  std::string head = absl::StrCat("HTTP/1.1 ", answer.code,
                                  " Status\r\nContent-Length: ", answer.body.size(), "\r\n");
  if (!answer.headers.contains("Content-Type")) head += "Content-Type: application/json\r\n";
  for (const auto& [name, value] : answer.headers)
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  head += "\r\n";
  Send(head + answer.body);
}

void FakeConnection::BeginStream(const std::string& content_type) {
  streaming_ = true;
  Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: " + content_type +
       "\r\n\r\n");
}

bool FakeConnection::Write(std::string_view bytes) {
  if (bytes.empty()) return !cut_;
  char size[32];
  std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
  return Send(size) && Send(bytes) && Send("\r\n");
}

void FakeConnection::EndStream() {
  Send("0\r\n\r\n");
  streaming_ = false;
}

bool FakeConnection::Gone() {
  if (cut_) return true;
  pollfd readable{socket_, POLLIN | POLLRDHUP, 0};
  return poll(&readable, 1, 0) > 0 && (readable.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void FakeConnection::Cut() {
  cut_ = true;
  shutdown(socket_, SHUT_RDWR);
}

FakeHttp::FakeHttp(Handler handler) : handler_(std::move(handler)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener_, 1024) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("a port on loopback");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Accept(); });
}

FakeHttp::~FakeHttp() {
  stopping_ = true;
  thread_.join();
  Cut(false);
  for (Served& served : served_) served.thread.join();
  close(listener_);
}

void FakeHttp::Accept() {
  while (!stopping_) {
    pollfd readable{listener_, POLLIN, 0};
    if (poll(&readable, 1, kPollMilliseconds) <= 0) {
      Reap();
      continue;
    }
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (down_) {
      close(socket);
      continue;
    }
    const std::lock_guard lock(mutex_);
    Served& served = served_.emplace_back(socket);
    served.thread = std::thread([this, &served] { Serve(served); });
  }
}

void FakeHttp::Serve(Served& served) {
  while (std::optional<FakeRequest> request = served.connection.ReadRequest()) {
    handler_(*request, served.connection);
    // A stream that was not ended cannot be followed by anything.
    if (served.connection.streaming() || served.connection.Gone()) break;
  }
  served.connection.Cut();
  served.done = true;
}

void FakeHttp::Reap() {
  const std::lock_guard lock(mutex_);
  for (auto at = served_.begin(); at != served_.end();) {
    if (!at->done) {
      ++at;
      continue;
    }
    at->thread.join();
    at = served_.erase(at);
  }
}

void FakeHttp::Cut(bool streams_only) {
  const std::lock_guard lock(mutex_);
  for (Served& served : served_) {
    if (!streams_only || served.connection.streaming()) served.connection.Cut();
  }
}

void FakeHttp::SetDown(bool down) {
  down_ = down;
  if (down) Cut(false);
}

}  // namespace eventreactor::kube
