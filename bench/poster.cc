#include "bench/poster.h"

#include <curl/curl.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"

namespace eventreactor::bench {
namespace {

size_t Append(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

std::string Numbered(const std::string& text, int number) {
  return absl::StrReplaceAll(text, {{"{i}", absl::StrCat(number)}});
}

std::string NameIn(const std::string& answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return "";
  if (const auto name = json.find("name"); name != json.end()) return *name;
  const auto metadata = json.find("metadata");
  return metadata == json.end() ? "" : metadata->value("name", "");
}

// One connection.
class Line {
 public:
  explicit Line(const PostOptions& options) : options_(options), easy_(curl_easy_init()) {
    curl_easy_setopt(easy_, CURLOPT_URL, options.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    if (!options.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, Append);
  }
  ~Line() { curl_easy_cleanup(easy_); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // The status; 0 if there was no answer.
  long Send(int number, std::string& answer) {
    curl_slist* headers = curl_slist_append(nullptr, "Expect:");
    for (const auto& header : options_.headers) {
      headers = curl_slist_append(headers, Numbered(header, number).c_str());
    }
    const std::string body = Numbered(options_.body, number);
    answer.clear();
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(easy_);
    curl_slist_free_all(headers);
    long status = 0;
    if (code == CURLE_OK) curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

 private:
  const PostOptions& options_;
  CURL* const easy_;
};

}  // namespace

nlohmann::json Post(const PostOptions& options, absl::Time begin, Sightings& sightings) {
  std::atomic<int> next{0};
  std::mutex mutex;
  std::vector<absl::Duration> latencies;
  int refused = 0;
  std::string complaint;
  const auto work = [&] {
    Line line(options);
    std::string answer;
    std::vector<absl::Duration> mine;
    for (int number = next++; number < options.count; number = next++) {
      absl::Time due = absl::Now();
      if (options.rate > 0) {
        due = begin + absl::Seconds(number / options.rate);
        absl::SleepFor(due - absl::Now());
      }
      for (int i = 0; i < options.times; ++i) {
        const long status = line.Send(number, answer);
        if (status >= 200 && status < 300) {
          mine.push_back(absl::Now() - due);
          sightings.Sent(NameIn(answer), due);
          continue;
        }
        const std::lock_guard lock(mutex);
        ++refused;
        complaint = absl::StrCat(status, " ", answer);
      }
    }
    const std::lock_guard lock(mutex);
    latencies.insert(latencies.end(), mine.begin(), mine.end());
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < options.connections; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  if (refused > 0) std::fprintf(stderr, "refused: %d, such as: %s\n", refused, complaint.c_str());
  return {{"posted", static_cast<long>(options.count) * options.times},
          {"accepted", latencies.size()},
          {"refused", refused},
          {"seconds", seconds},
          {"perSecond", static_cast<double>(latencies.size()) / seconds},
          {"latency", Percentiles(latencies)}};
}

}  // namespace eventreactor::bench
