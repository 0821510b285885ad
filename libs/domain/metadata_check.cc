#include "libs/domain/metadata_check.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/naming.h"
#include "libs/manifest/field_path.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using cloudevents::Quoted;

constexpr size_t kMaxAnnotationBytes = size_t{256} << 10;

absl::Status CheckLabels(const v1::ObjectMeta& metadata) {
  // In order of key: the first error is always the same one.
  for (const auto& [key, value] :
       std::map<std::string, std::string>(metadata.labels().begin(), metadata.labels().end())) {
    if (!IsLabelKey(key)) {
      return InvalidField(
          manifest::Below("metadata.labels", key),
          Quoted(key) + " is no label key; expected a name such as app or example.com/app");
    }
    if (!IsLabelValue(value)) {
      return InvalidField(manifest::Below("metadata.labels", key),
                          Quoted(value) +
                              " is no label value; expected at most 63 of A-Z a-z 0-9 - _ . with a "
                              "letter or digit at both ends; longer text belongs in annotations");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAnnotations(const v1::ObjectMeta& metadata) {
  size_t bytes = 0;
  for (const auto& [key, value] : metadata.annotations()) {
    if (!IsLabelKey(key)) {
      return InvalidField(manifest::Below("metadata.annotations", key),
                          Quoted(key) +
                              " is no annotation key; expected a name such as note or "
                              "example.com/note");
    }
    bytes += key.size() + value.size();
  }
  if (bytes <= kMaxAnnotationBytes) return absl::OkStatus();
  return InvalidField("metadata.annotations",
                      absl::StrCat("take ", bytes, " bytes; at most ", kMaxAnnotationBytes));
}

}  // namespace

absl::Status CheckMetadata(const v1::ObjectMeta& metadata) {
  if (metadata.name().empty()) {
    return InvalidField("metadata.name", "is missing; expected a name such as build-image");
  }
  if (!IsDnsSubdomain(metadata.name())) {
    return InvalidField("metadata.name",
                        Quoted(metadata.name()) +
                            " is no name; expected at most 253 of a-z 0-9 - . with a letter or "
                            "digit at both ends of each part");
  }
  if (!metadata.namespace_().empty() && !IsDnsLabel(metadata.namespace_())) {
    return InvalidField("metadata.namespace",
                        Quoted(metadata.namespace_()) +
                            " is no namespace; expected at most 63 of a-z 0-9 - with a letter or "
                            "digit at both ends");
  }
  const absl::Status labels = CheckLabels(metadata);
  return labels.ok() ? CheckAnnotations(metadata) : labels;
}

}  // namespace eventreactor
