// HTTP as ingest's handlers see it, whatever library speaks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace eventreactor::ingest {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// A request up to its body.
struct HttpHead {
  // As sent, such as POST.
  std::string method;
  // As sent: origin form or absolute form, with its query.
  std::string target;
  // In order, names as sent, values without blanks around them.
  HttpHeaders headers;
  // The address of the client, without its port.
  std::string client;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  // Beside content-type, content-length and connection.
  HttpHeaders headers;
};

// What a handler says once it has seen a head.
struct HttpAdmission {
  // The answer, where no body is wanted.
  std::optional<HttpResponse> refusal;
  // Else: how large the body may be.
  size_t max_body = 0;
};

// Answers one request; may be called from any thread, once, at any time,
// even when the connection or the server has gone.
using HttpResponder = std::function<void(HttpResponse)>;

// What a server asks; from its I/O thread, so none of it may block.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual HttpAdmission Admit(const HttpHead& head) = 0;
  // Must answer in bounded time.
  virtual void Handle(const HttpHead& head, std::string body, HttpResponder respond) = 0;
  // The answer to what the server itself refuses.
  virtual HttpResponse Refuse(const absl::Status& status) = 0;
  // An answer is on its way.
  virtual void Responded(int status) = 0;
};

}  // namespace eventreactor::ingest
