#include "cli/stack/probe.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/stack/layout.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

constexpr char kUnixPrefix[] = "unix://";

absl::Status Unavailable(const std::string& address, const std::string& why) {
  return MakeStatus(absl::StatusCode::kUnavailable, "NO_ANSWER", address + ": " + why);
}

class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

absl::StatusOr<Endpoint> UnixEndpoint(const std::string& path) {
  Endpoint endpoint;
  auto* address = reinterpret_cast<sockaddr_un*>(&endpoint.address);
  if (path.size() >= sizeof(address->sun_path)) {
    return Unavailable(path, "longer than the 107 bytes that a unix socket's path may have");
  }
  address->sun_family = AF_UNIX;
  std::memcpy(address->sun_path, path.c_str(), path.size() + 1);
  endpoint.size = sizeof(sockaddr_un);
  return endpoint;
}

absl::StatusOr<Endpoint> TcpEndpoint(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return Unavailable(host + ":" + port, gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  Endpoint endpoint;
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.size = found->ai_addrlen;
  return endpoint;
}

absl::StatusOr<Endpoint> Resolve(const std::string& address) {
  if (address.starts_with(kUnixPrefix)) return UnixEndpoint(address.substr(strlen(kUnixPrefix)));
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return Unavailable(address, "no port in it");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return TcpEndpoint(host, address.substr(colon + 1));
}

}  // namespace

absl::Status HttpAnswers(const std::string& address, const std::string& path,
                         absl::Duration timeout) {
  const auto endpoint = Resolve(address);
  if (!endpoint.ok()) return endpoint.status();
  const Socket connection(endpoint->address.ss_family);
  // Linux holds connect to the time allowed for sending, too.
  const timeval limit = absl::ToTimeval(timeout);
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&endpoint->address),
              endpoint->size) != 0) {
    return Unavailable(address, std::strerror(errno));
  }
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return Unavailable(address, std::strerror(errno));
  }
  constexpr size_t kStatusSize = 12;  // HTTP/1.1 200
  std::string status;
  while (status.size() < kStatusSize) {
    char buffer[kStatusSize];
    const ssize_t count = recv(connection.get(), buffer, kStatusSize - status.size(), 0);
    if (count < 0) return Unavailable(address, std::strerror(errno));
    if (count == 0) return Unavailable(address, "closed without an answer");
    status.append(buffer, static_cast<size_t>(count));
  }
  if (status.starts_with("HTTP/1.") && status.ends_with(" 200")) return absl::OkStatus();
  return Unavailable(address, "answered \"" + status + "\" to GET " + path);
}

absl::Status CanListen(const std::string& host, int port) {
  const auto endpoint = TcpEndpoint(host, std::to_string(port));
  if (!endpoint.ok()) return endpoint.status();
  const Socket server(endpoint->address.ss_family);
  // As servers do: connections of an earlier one that linger are no hindrance.
  const int yes = 1;
  setsockopt(server.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(server.get(), reinterpret_cast<const sockaddr*>(&endpoint->address), endpoint->size) ==
          0 &&
      listen(server.get(), 1) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    error == EADDRINUSE ? "PORT_IN_USE" : "CANNOT_LISTEN",
                    HostPort(host, port) + ": " + std::strerror(error));
}

}  // namespace eventreactor::stack
