#include "services/local-adapter/engine_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace eventreactor::local {
namespace {

constexpr int kPollMilliseconds = 20;

size_t BodySize(const std::string& head) {
  static const std::string kHeader = "Content-Length: ";
  const size_t at = head.find(kHeader);
  return at == std::string::npos ? 0
                                 : std::strtoul(head.c_str() + at + kHeader.size(), nullptr, 10);
}

}  // namespace

EngineServer::EngineServer(Handler handler) : handler_(std::move(handler)) {
  char dir[] = "/tmp/er-engine-XXXXXX";
  if (mkdtemp(dir) == nullptr) std::abort();
  dir_ = dir;
  socket_ = dir_ + "/e.sock";
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_.c_str(), sizeof(address.sun_path) - 1);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, 8) != 0) {
    std::abort();
  }
  thread_ = std::thread([this] { Serve(); });
}

EngineServer::~EngineServer() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
  ::unlink(socket_.c_str());
  ::rmdir(dir_.c_str());
}

std::vector<EngineServer::Request> EngineServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string EngineServer::Answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Status\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

void EngineServer::Serve() {
  std::vector<std::thread> conversations;
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection >= 0) conversations.emplace_back([this, connection] { Converse(connection); });
  }
  for (std::thread& conversation : conversations) conversation.join();
}

void EngineServer::Converse(int connection) {
  while (AnswerOne(connection)) continue;
  ::close(connection);
}

bool EngineServer::AnswerOne(int connection) {
  std::string input;
  size_t head_end = std::string::npos;
  while (true) {
    if (stopping_) return false;
    head_end = input.find("\r\n\r\n");
    if (head_end != std::string::npos && input.size() >= head_end + 4 + BodySize(input)) break;
    pollfd waiting{connection, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    char buffer[16384];
    const ssize_t count = ::read(connection, buffer, sizeof(buffer));
    if (count <= 0) return false;
    input.append(buffer, static_cast<size_t>(count));
  }
  const size_t method_end = input.find(' ');
  const size_t target_end = input.find(' ', method_end + 1);
  const Request request{input.substr(0, method_end),
                        input.substr(method_end + 1, target_end - method_end - 1),
                        input.substr(head_end + 4), input.substr(0, head_end)};
  std::string answer;
  if (request.target == "/version") {
    answer = Answer(200, R"({"ApiVersion":"1.41","MinAPIVersion":"1.24"})");
  } else {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    answer = handler_(request);
  }
  size_t sent = 0;
  while (sent < answer.size()) {
    const ssize_t count =
        ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<size_t>(count);
  }
  return answer.find("Connection: keep-alive") != std::string::npos;
}

}  // namespace eventreactor::local
