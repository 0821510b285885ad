#include "services/ingest/raw_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace eventreactor::ingest {
namespace {

constexpr char kEndOfHead[] = "\r\n\r\n";
constexpr char kLength[] = "Content-Length: ";
// A test that waits longer has failed.
constexpr timeval kPatience{30, 0};

}  // namespace

RawClient::RawClient(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

bool RawClient::Send(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t now = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += static_cast<size_t>(now);
  }
  return true;
}

void RawClient::Finish() { shutdown(socket_, SHUT_WR); }

bool RawClient::ReadMore() {
  char chunk[16384];
  const ssize_t got = recv(socket_, chunk, sizeof(chunk), 0);
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<size_t>(got));
  return true;
}

std::string RawClient::ReadResponse(bool has_body) {
  size_t end = std::string::npos;
  while ((end = buffer_.find(kEndOfHead)) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  size_t whole = end + sizeof(kEndOfHead) - 1;
  const size_t length = buffer_.find(kLength);
  if (has_body && length < end) {
    whole += std::strtoul(buffer_.c_str() + length + sizeof(kLength) - 1, nullptr, 10);
  }
  while (buffer_.size() < whole) {
    if (!ReadMore()) return "";
  }
  std::string response = buffer_.substr(0, whole);
  buffer_.erase(0, whole);
  return response;
}

std::string RawClient::ReadToEnd() {
  while (ReadMore()) {
  }
  return std::exchange(buffer_, "");
}

int StatusOf(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::atoi(response.c_str() + 9) : 0;
}

std::string BodyOf(const std::string& response) {
  const size_t end = response.find(kEndOfHead);
  return end == std::string::npos ? "" : response.substr(end + sizeof(kEndOfHead) - 1);
}

}  // namespace eventreactor::ingest
