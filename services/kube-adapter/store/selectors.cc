#include "services/kube-adapter/store/selectors.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace eventreactor::kube {

std::string EscapeField(const std::string& value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\\' || c == ',' || c == '=') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

std::string FieldSelector(const ListQuery& query) {
  std::vector<std::string> terms;
  const auto equal = [&](const char* field, const std::string& value) {
    if (!value.empty()) terms.push_back(absl::StrCat(field, "=", EscapeField(value)));
  };
  equal("spec.type", query.event_type);
  equal("spec.pipeline.name", query.pipeline);
  equal("spec.event.name", query.event);
  if (query.unfinished) terms.emplace_back("status.completion=");
  if (query.undispatched) terms.emplace_back("status.dispatchTime=");
  return absl::StrJoin(terms, ",");
}

std::string FieldSelector(const WatchQuery& query) {
  return query.name.empty() ? "" : absl::StrCat("metadata.name=", EscapeField(query.name));
}

}  // namespace eventreactor::kube
