#include "services/kube-adapter/kube/http_transfer.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

// What is idle is asked whether it still lives.
constexpr long kKeepaliveIdleSeconds = 15;
constexpr long kKeepaliveIntervalSeconds = 5;
constexpr char kTokenHeader[] = "Authorization: Bearer ";

absl::Status InvalidConfig(const std::string& field, const std::string& message) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG", field + ": " + message,
                    field);
}

std::string Part(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

// libcurl does not copy it; the endpoint lives longer.
curl_blob Blob(const std::string& pem) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): libcurl only reads it
  return {const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
}

}  // namespace

absl::StatusOr<Endpoint> MakeEndpoint(Config config) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, config.server.c_str(), 0) != CURLUE_OK) {
    return InvalidConfig("server", "\"" + config.server + "\" is no URL");
  }
  const std::string scheme = Part(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return InvalidConfig("server", "\"" + config.server + "\" is not https://HOST:PORT");
  }
  if (config.credentials == nullptr) return InvalidConfig("credentials", "missing");
  Endpoint endpoint;
  endpoint.tls = scheme == "https";
  endpoint.base = std::string(absl::StripSuffix(config.server, "/"));
  if (endpoint.tls && !config.tls_server_name.empty()) {
    const std::string host = Part(url.get(), CURLUPART_HOST);
    const std::string port = Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    std::string path = Part(url.get(), CURLUPART_PATH);
    if (path == "/") path.clear();
    endpoint.base = absl::StrCat("https://", config.tls_server_name, ":", port, path);
    endpoint.connect_to = absl::StrCat("::", host, ":", port);
    endpoint.host = absl::StrCat(host, ":", port);
  }
  endpoint.config = std::move(config);
  return endpoint;
}

HttpTransfer::HttpTransfer(const Endpoint& endpoint, const Request& request,
                           const Credential& credential, bool multiplex, Events events)
    : endpoint_(endpoint), easy_(curl_easy_init()), events_(std::move(events)) {
  const std::string url = endpoint.base + request.target;
  curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, static_cast<Transfer*>(this));
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_PROXY, endpoint.config.proxy_url.c_str());
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, endpoint.user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(endpoint.connect_timeout)));
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &HttpTransfer::OnSocket);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &HttpTransfer::OnData);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &HttpTransfer::OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  const bool http2 = multiplex && endpoint.tls;
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // Better to wait for the first connection than to open one for each request.
  curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, http2 ? 1L : 0L);
  if (endpoint.tls) SetTls(credential);

  const auto add = [this](const std::string& line) {
    headers_ = curl_slist_append(headers_, line.c_str());
  };
  add("Accept: " + request.accept);
  add("Expect:");
  if (!credential.token.empty()) add(kTokenHeader + credential.token);
  if (!endpoint.host.empty()) add("Host: " + endpoint.host);
  if (!request.content_type.empty()) {
    add("Content-Type: " + request.content_type);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  if (!endpoint.connect_to.empty()) {
    connect_to_ = curl_slist_append(nullptr, endpoint.connect_to.c_str());
    curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_);
  }
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

void HttpTransfer::SetTls(const Credential& credential) {
  const Config& config = endpoint_.config;
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (config.insecure_skip_tls_verify) {
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!config.certificate_authority.empty()) {
    curl_blob authority = Blob(config.certificate_authority);
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &authority);
    // This one alone, not what the system trusts as well.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  }
  if (!credential.client_certificate.empty()) {
    curl_blob certificate = Blob(credential.client_certificate);
    curl_blob key = Blob(credential.client_key);
    curl_easy_setopt(easy_, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy_, CURLOPT_SSLKEY_BLOB, &key);
  }
}

int HttpTransfer::code() const {
  long code = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &code);
  return static_cast<int>(code);
}

bool HttpTransfer::http2() const {
  long version = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
  return version == CURL_HTTP_VERSION_2_0;
}

void HttpTransfer::Done(CURLcode result) {
  // It may destroy this.
  const auto done = events_.done;
  done(result);
}

size_t HttpTransfer::OnData(char* data, size_t unit, size_t count, void* self) {
  const size_t size = unit * count;
  switch (static_cast<HttpTransfer*>(self)->events_.data(std::string_view(data, size))) {
    case Take::kTaken:
      return size;
    case Take::kPause:
      return CURL_WRITEFUNC_PAUSE;
    case Take::kStop:
      break;
  }
  return CURL_WRITEFUNC_ERROR;
}

size_t HttpTransfer::OnHeader(char* data, size_t unit, size_t count, void* self) {
  static constexpr char kName[] = "retry-after:";
  auto* const transfer = static_cast<HttpTransfer*>(self);
  const absl::string_view line(data, unit * count);
  if (line == "\r\n" && transfer->code() >= 200) transfer->events_.head();
  if (absl::StartsWithIgnoreCase(line, kName)) {
    transfer->retry_after_ =
        std::string(absl::StripAsciiWhitespace(line.substr(sizeof(kName) - 1)));
  }
  return unit * count;
}

int HttpTransfer::OnSocket(void* self, curl_socket_t socket, curlsocktype purpose) {
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKOPT_OK;
  const Endpoint& endpoint = static_cast<HttpTransfer*>(self)->endpoint_;
  // Programs that we run do not get it.
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  const auto dead_after = static_cast<unsigned int>(absl::ToInt64Milliseconds(endpoint.dead_after));
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_after, sizeof(dead_after));
  if (endpoint.connected) endpoint.connected();
  return CURL_SOCKOPT_OK;
}

bool WasNotSent(CURLcode result) {
  return result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST ||
         result == CURLE_COULDNT_RESOLVE_PROXY || result == CURLE_SSL_CONNECT_ERROR ||
         // Only connecting has a time limit of libcurl's.
         result == CURLE_OPERATION_TIMEDOUT;
}

bool IsFinal(CURLcode result) {
  return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CERTPROBLEM ||
         result == CURLE_SSL_CACERT_BADFILE || result == CURLE_URL_MALFORMAT ||
         result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_OUT_OF_MEMORY;
}

}  // namespace eventreactor::kube
