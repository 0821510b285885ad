#include "bench/watcher.h"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace eventreactor::bench {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "er-bench: %s\n", why.c_str());
  std::exit(1);
}

// Whole lines of what comes in pieces.
struct Lines {
  std::function<void(const std::string&)> take;
  std::string rest;

  void Feed(const char* data, size_t size) {
    rest.append(data, size);
    size_t begin = 0;
    for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
      take(rest.substr(begin, end - begin));
      begin = end + 1;
    }
    rest.erase(0, begin);
  }
};

size_t FeedLines(char* data, size_t size, size_t count, void* lines) {
  static_cast<Lines*>(lines)->Feed(data, size * count);
  return size * count;
}

int Progress(void* stopping, curl_off_t /*unused*/, curl_off_t /*unused*/, curl_off_t /*unused*/,
             curl_off_t /*unused*/) {
  return *static_cast<std::atomic<bool>*>(stopping) ? 1 : 0;
}

int Connect(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) Die("no address " + host);
  const int connection = socket(found->ai_family, found->ai_socktype, 0);
  if (connect(connection, found->ai_addr, found->ai_addrlen) != 0) Die("cannot connect to " + host);
  freeaddrinfo(found);
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval patience{0, 100'000};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  return connection;
}

}  // namespace

Watcher::Watcher(WatchOptions options, Sightings& sightings)
    : options_(std::move(options)), sightings_(sightings), version_(options_.version) {
  const bool nats = options_.url.starts_with("nats://");
  thread_ = std::thread([this, nats] { nats ? WatchNats() : WatchHttp(); });
  while (!begun_) absl::SleepFor(absl::Milliseconds(5));
}

Watcher::~Watcher() {
  stopping_ = true;
  thread_.join();
}

void Watcher::See(const std::string& text) {
  const absl::Time now = absl::Now();
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return;
  if (json.contains("type") && json["type"] == "ERROR") Die("the API server says " + text);
  const nlohmann::json& object = json.contains("object") ? json["object"] : json;
  version_ = object.value("/metadata/resourceVersion"_json_pointer, version_);
  if (options_.has.empty()) {
    if (json.contains("type") && json["type"] != "ADDED") return;
  } else if (!object.contains(nlohmann::json::json_pointer(options_.has))) {
    return;
  }
  try {
    const std::string name = object.at("metadata").at("name");
    sightings_.Seen(object.at(nlohmann::json::json_pointer(options_.key)), name, now);
  } catch (const nlohmann::json::exception&) {
    Die("what is watched has no " + options_.key + ": " + text);
  }
}

void Watcher::WatchHttp() {
  CURL* easy = curl_easy_init();
  Lines lines{[this](const std::string& line) { See(line); }, ""};
  curl_slist* headers = nullptr;
  for (const auto& header : options_.headers) headers = curl_slist_append(headers, header.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, FeedLines);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &lines);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, Progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &stopping_);
  // An API server answers a watch once there is something to say; it has the
  // request long before that.
  std::thread soon([this] {
    absl::SleepFor(absl::Seconds(1));
    begun_ = true;
  });
  // Where it is busy, an API server ends a watch whose reader is behind.
  while (!stopping_) {
    const std::string url = absl::StrCat(options_.url, "&resourceVersion=", version_);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    const CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK && !stopping_) {
      Die(absl::StrCat("the watch broke off: ", curl_easy_strerror(code)));
    }
    lines.rest.clear();
  }
  soon.join();
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
}

void Watcher::WatchNats() {
  const std::vector<std::string> parts = absl::StrSplit(options_.url.substr(7), '/');
  const std::vector<std::string> address = absl::StrSplit(parts.at(0), ':');
  const int connection = Connect(address.at(0), address.at(1));
  const std::string hello =
      "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB " + parts.at(1) + " 1\r\nPING\r\n";
  if (send(connection, hello.data(), hello.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(hello.size())) {
    Die("NATS does not listen");
  }
  std::string rest;
  while (!stopping_) {
    char buffer[65536];
    const ssize_t count = recv(connection, buffer, sizeof(buffer), 0);
    if (count == 0) Die("NATS has closed the connection");
    if (count > 0) rest.append(buffer, static_cast<size_t>(count));
    // Lines, of which HMSG says how many bytes of headers, and in all, follow.
    for (size_t end = rest.find("\r\n"); end != std::string::npos; end = rest.find("\r\n")) {
      const std::vector<std::string> words = absl::StrSplit(rest.substr(0, end), ' ');
      size_t taken = end + 2;
      if (words[0] == "HMSG") {
        size_t head = 0;
        size_t whole = 0;
        if (!absl::SimpleAtoi(words.at(words.size() - 2), &head) ||
            !absl::SimpleAtoi(words.back(), &whole)) {
          Die("NATS says " + rest.substr(0, end));
        }
        if (rest.size() < taken + whole + 2) break;
        See(rest.substr(taken + head, whole - head));
        taken += whole + 2;
      } else if (words[0] == "PING") {
        send(connection, "PONG\r\n", 6, MSG_NOSIGNAL);
      } else if (words[0] == "PONG") {
        begun_ = true;
      } else if (words[0] == "-ERR") {
        Die("NATS says " + rest.substr(0, end));
      }
      rest.erase(0, taken);
    }
  }
  close(connection);
}

}  // namespace eventreactor::bench
