#include "services/kube-adapter/kube/testing/fake_logs.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "services/kube-adapter/kube/testing/fake_target.h"

namespace eventreactor::kube {
namespace {

std::string Stamp(absl::Time at) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", at, absl::UTCTimeZone());
}

}  // namespace

void FakeLogs::Append(const ObjectName& pod, const std::string& container, const std::string& text,
                      absl::Time at) {
  Log& log = logs_[pod][container];
  if (at == absl::InfinitePast()) at = absl::Now();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    log.lines.push_back({at, text.substr(begin, end - begin)});
    begin = end;
  }
}

void FakeLogs::End(const ObjectName& pod, const std::string& container) {
  logs_[pod][container].ended = true;
}

const FakeLogs::Log* FakeLogs::Find(const ObjectName& pod, const std::string& container) const {
  const auto containers = logs_.find(pod);
  if (containers == logs_.end()) return nullptr;
  const auto found = containers->second.find(container);
  return found == containers->second.end() ? nullptr : &found->second;
}

std::string FakeLogs::Render(const Log& log, size_t from, const FakeRequest& request) {
  absl::Time since = absl::InfinitePast();
  absl::ParseTime(absl::RFC3339_full, QueryOf(request, "sinceTime"), &since, nullptr);
  size_t tail = 0;
  if (from == 0 && absl::SimpleAtoi(QueryOf(request, "tailLines"), &tail)) {
    from = log.lines.size() - std::min(tail, log.lines.size());
  }
  const bool stamped = QueryOf(request, "timestamps") == "true";
  std::string text;
  for (size_t i = from; i < log.lines.size(); ++i) {
    if (log.lines[i].at < since) continue;
    if (stamped) text += Stamp(log.lines[i].at) + " ";
    text += log.lines[i].text;
  }
  size_t limit = 0;
  if (absl::SimpleAtoi(QueryOf(request, "limitBytes"), &limit))
    text.resize(std::min(limit, text.size()));
  return text;
}

}  // namespace eventreactor::kube
