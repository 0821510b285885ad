#include "services/local-adapter/engine_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

// Enough for the runs of a large machine; more are closed after use.
constexpr size_t kMaxIdle = 16;
constexpr int kTickMilliseconds = 50;
constexpr int kIdlePollMilliseconds = 1000;

void InitialiseCurl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

struct HeaderList {
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void Add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  curl_slist* list = nullptr;
};

}  // namespace

// One connection at a time. The multi handle keeps it between calls, and lets
// a call wait for the socket and for us at once.
class EngineHttp::Line {
 public:
  Line() : multi(curl_multi_init()), easy(curl_easy_init()) {
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
  }
  ~Line() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  CURLM* multi;
  CURL* easy;
};

// What one call gathers.
struct EngineHttp::Exchange {
  CURL* easy = nullptr;
  size_t max_body = 0;
  const Sink* sink = nullptr;
  const Tick* tick = nullptr;
  EngineResponse response;
  bool too_large = false;

  static size_t OnData(char* data, size_t unit, size_t count, void* self) {
    return static_cast<Exchange*>(self)->Receive(data, unit * count);
  }

 private:
  size_t Receive(const char* data, size_t size) {
    int64_t status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (sink != nullptr && status >= 200 && status < 300) {
      if ((*sink)(data, size)) return size;
      response.ended_early = true;
      return CURL_WRITEFUNC_ERROR;
    }
    if (response.body.size() + size > max_body) {
      too_large = true;
      return CURL_WRITEFUNC_ERROR;
    }
    response.body.append(data, size);
    return size;
  }
};

EngineHttp::EngineHttp(Options options) : options_(std::move(options)) { InitialiseCurl(); }
EngineHttp::~EngineHttp() = default;

std::unique_ptr<EngineHttp::Line> EngineHttp::Take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Line>();
  std::unique_ptr<Line> line = std::move(idle_.back());
  idle_.pop_back();
  return line;
}

void EngineHttp::GiveBack(std::unique_ptr<Line> line) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(line));
}

absl::Status EngineHttp::Unavailable(const std::string& why) const {
  return MakeStatus(absl::StatusCode::kUnavailable, "ENGINE_UNAVAILABLE",
                    "the container engine at unix://" + options_.socket +
                        " does not answer: " + why +
                        "; start it with `podman system service "
                        "--time=0 unix://" +
                        options_.socket + "` or `systemctl start docker`");
}

absl::StatusOr<EngineResponse> EngineHttp::Call(const EngineRequest& request,
                                                const std::stop_token& abandoned) {
  Exchange exchange;
  return Perform(request, abandoned, exchange);
}

absl::StatusOr<EngineResponse> EngineHttp::Stream(const EngineRequest& request,
                                                  const std::stop_token& abandoned,
                                                  const Sink& sink, const Tick& tick) {
  Exchange exchange;
  exchange.sink = &sink;
  exchange.tick = &tick;
  return Perform(request, abandoned, exchange);
}

absl::StatusOr<EngineResponse> EngineHttp::Perform(const EngineRequest& request,
                                                   const std::stop_token& abandoned,
                                                   Exchange& exchange) {
  std::unique_ptr<Line> line = Take();
  CURL* const easy = line->easy;
  CURLM* const multi = line->multi;
  curl_easy_reset(easy);
  exchange.easy = easy;
  exchange.max_body = options_.max_body;

  HeaderList headers;
  if (!request.content_type.empty()) headers.Add("Content-Type: " + request.content_type);
  if (!request.registry_auth.empty()) headers.Add("X-Registry-Auth: " + request.registry_auth);
  // An archive is sent at once, not after a round trip that asks for leave.
  headers.Add("Expect:");
  const std::string url = "http://engine" + request.target;
  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options_.socket.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  if (request.timeout != absl::InfiniteDuration()) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(request.timeout)));
  }
  if (request.method == "POST") {
    // libcurl sends a request again by itself where a connection that it kept
    // ends before an answer: a container would be started twice. On a new
    // connection it does not.
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  }
  if (request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::OnData);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);

  curl_multi_add_handle(multi, easy);
  CURLcode result = CURLE_FAILED_INIT;
  {
    const std::stop_callback wake(abandoned, [multi] { curl_multi_wakeup(multi); });
    int running = 1;
    while (!abandoned.stop_requested()) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      if (running == 0) {
        int left = 0;
        if (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
          result = message->data.result;
        }
        break;
      }
      if (exchange.tick != nullptr && !(*exchange.tick)()) {
        exchange.response.ended_early = true;
        break;
      }
      const int wait = exchange.tick != nullptr ? kTickMilliseconds : kIdlePollMilliseconds;
      curl_multi_poll(multi, nullptr, 0, wait, nullptr);
    }
  }
  int64_t status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  // An exchange that was cut off takes its connection with it.
  curl_multi_remove_handle(multi, easy);
  GiveBack(std::move(line));

  if (abandoned.stop_requested()) {
    return MakeStatus(absl::StatusCode::kCancelled, "ABANDONED", "the call was given up");
  }
  if (exchange.too_large) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "ENGINE_ANSWER_TOO_LARGE",
                      "the container engine's answer to " + request.method + " " + request.target +
                          " is longer than " + std::to_string(options_.max_body) + " bytes");
  }
  exchange.response.status = static_cast<int>(status);
  if (result != CURLE_OK && !exchange.response.ended_early) {
    return Unavailable(curl_easy_strerror(result));
  }
  return std::move(exchange.response);
}

}  // namespace eventreactor::local
