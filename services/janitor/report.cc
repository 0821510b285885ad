#include "services/janitor/report.h"

#include "absl/strings/str_cat.h"

namespace eventreactor::janitor {
namespace {

std::string Of(const v1::SweptKind& swept, const std::string& kind) {
  return absl::StrCat(swept.removed(), " of ", swept.found(), " ", kind);
}

}  // namespace

std::string InWords(const v1::Removal& removal) {
  return absl::StrCat(removal.kind() == v1::RETAINED_KIND_ACTION ? "action " : "event ",
                      removal.namespace_(), "/", removal.name(), " ", removal.message());
}

std::string InWords(const v1::SweepSummary& summary) {
  std::string words =
      absl::StrCat(summary.dry_run() ? "would remove " : "removed ",
                   Of(summary.actions(), "Actions"), " and ", Of(summary.events(), "Events"));
  const int64_t kept = summary.actions().kept() + summary.events().kept();
  if (kept > 0) absl::StrAppend(&words, "; ", kept, " beyond the retention are needed still");
  const int64_t failed = summary.actions().failed() + summary.events().failed();
  if (failed > 0) absl::StrAppend(&words, "; ", failed, " could not be removed");
  if (summary.partial()) absl::StrAppend(&words, "; more go with the next sweep");
  return words;
}

}  // namespace eventreactor::janitor
