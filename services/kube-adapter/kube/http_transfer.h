// One HTTP exchange as libcurl makes it: headers, TLS, bounds. Its loop's
// thread's own.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "services/kube-adapter/kube/config.h"
#include "services/kube-adapter/kube/io_loop.h"
#include "services/kube-adapter/kube/request.h"

namespace eventreactor::kube {

// Where and how to connect; the same for all transfers of a client.
struct Endpoint {
  // Checked: see MakeEndpoint.
  Config config;
  // The URL before a request's target.
  std::string base;
  // CURLOPT_CONNECT_TO and the Host header, where the certificate has another
  // name than the server's address; else empty.
  std::string connect_to;
  std::string host;
  bool tls = false;
  std::string user_agent;
  absl::Duration connect_timeout;
  absl::Duration dead_after;
  // Called for each connection that is opened.
  std::function<void()> connected;
};
// INVALID_ARGUMENT (INVALID_CONFIG).
absl::StatusOr<Endpoint> MakeEndpoint(Config config);

class HttpTransfer : public Transfer {
 public:
  enum class Take { kTaken, kPause, kStop };
  struct Events {
    // The answer's head is complete; code() is known.
    std::function<void()> head;
    // A piece of the body, of any answer.
    std::function<Take(std::string_view bytes)> data;
    std::function<void(CURLcode result)> done;
  };

  // `endpoint` and `request` outlive it.
  HttpTransfer(const Endpoint& endpoint, const Request& request, const Credential& credential,
               bool multiplex, Events events);
  ~HttpTransfer() override;
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* easy() const { return easy_; }
  // The HTTP status; 0 before there is one.
  int code() const;
  bool http2() const;
  // Of the answer, trimmed; empty where there is none.
  const std::string& retry_after() const { return retry_after_; }
  // libcurl's words, where it has any.
  std::string complaint() const { return error_; }
  void Resume() { curl_easy_pause(easy_, CURLPAUSE_CONT); }

  void Done(CURLcode result) override;

 private:
  static size_t OnData(char* data, size_t unit, size_t count, void* self);
  static size_t OnHeader(char* data, size_t unit, size_t count, void* self);
  static int OnSocket(void* self, curl_socket_t socket, curlsocktype purpose);
  void SetTls(const Credential& credential);

  const Endpoint& endpoint_;
  CURL* const easy_;
  const Events events_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  std::string retry_after_;
  char error_[CURL_ERROR_SIZE] = {};
};

// What a failed transfer means for trying again.
bool WasNotSent(CURLcode result);
bool IsFinal(CURLcode result);

}  // namespace eventreactor::kube
