#include "libs/adapter/request_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/metadata_check.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr int32_t kDefaultPageSize = 100;
constexpr int32_t kMaxPageSize = 500;
constexpr int kMaxLabels = 256;

using cloudevents::Quoted;

absl::Status CheckNamespace(const std::string& ns, const std::string& field) {
  if (IsDnsLabel(ns)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(Quoted(ns),
                                          " is no DNS label of at most 63 characters "
                                          "of a-z, 0-9 and -"));
}

absl::Status CheckName(const std::string& name, const std::string& field) {
  if (name.empty()) return InvalidField(field, "is required");
  if (IsDnsSubdomain(name)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(Quoted(name),
                                          " is no DNS subdomain of at most 253 "
                                          "characters of a-z, 0-9, - and ."));
}

absl::StatusOr<LabelSelector> CheckSelector(const std::string& text) {
  return LabelSelector::Parse(text);
}

}  // namespace

absl::StatusOr<ObjectKey> CheckKey(const std::string& ns, const std::string& name) {
  ObjectKey key = {.ns = ns.empty() ? kDefaultNamespace : ns, .name = name};
  if (absl::Status status = CheckNamespace(key.ns, "namespace"); !status.ok()) return status;
  if (absl::Status status = CheckName(key.name, "name"); !status.ok()) return status;
  return key;
}

absl::Status CheckFilter(const std::string& name, const std::string& field) {
  return name.empty() ? absl::OkStatus() : CheckName(name, field);
}

absl::Status AdmitMetadata(v1::ObjectMeta& metadata) {
  if (metadata.namespace_().empty()) metadata.set_namespace_(kDefaultNamespace);
  if (absl::Status status = CheckMetadata(metadata); !status.ok()) return status;
  if (metadata.labels_size() > kMaxLabels) {
    return InvalidField("metadata.labels", absl::StrCat("has more than ", kMaxLabels, " labels"));
  }
  metadata.clear_uid();
  metadata.clear_resource_version();
  metadata.clear_generation();
  metadata.clear_creation_timestamp();
  metadata.clear_deletion_timestamp();
  return absl::OkStatus();
}

absl::StatusOr<ListQuery> CheckList(const std::string& ns, const std::string& label_selector,
                                    int32_t page_size, const std::string& page_token) {
  ListQuery query;
  if (!ns.empty()) {
    if (absl::Status status = CheckNamespace(ns, "namespace"); !status.ok()) return status;
  }
  absl::StatusOr<LabelSelector> selector = CheckSelector(label_selector);
  if (!selector.ok()) return selector.status();
  if (page_size < 0 || page_size > kMaxPageSize) {
    return InvalidField("page_size",
                        absl::StrCat(page_size, " is not between 0 and ", kMaxPageSize));
  }
  query.ns = ns;
  query.selector = *std::move(selector);
  query.page_size = page_size == 0 ? kDefaultPageSize : page_size;
  query.page_token = page_token;
  return query;
}

absl::StatusOr<WatchQuery> CheckWatch(const std::string& ns, const std::string& label_selector,
                                      const std::string& resource_version) {
  WatchQuery query;
  if (!ns.empty()) {
    if (absl::Status status = CheckNamespace(ns, "namespace"); !status.ok()) return status;
  }
  absl::StatusOr<LabelSelector> selector = CheckSelector(label_selector);
  if (!selector.ok()) return selector.status();
  query.ns = ns;
  query.selector = *std::move(selector);
  query.resource_version = resource_version;
  return query;
}

}  // namespace eventreactor
