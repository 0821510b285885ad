#include "services/kube-adapter/pod/pod_names.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/domain/naming.h"
#include "libs/domain/run_containers.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::kube {
namespace {

constexpr size_t kMaxNamePart = 54;

void AddLabel(std::map<std::string, std::string>& labels, const std::string& key,
              const std::string& value) {
  if (!value.empty() && IsLabelValue(value)) labels[key] = value;
}

}  // namespace

std::string ChildName(const v1::Action& action) {
  std::string name = action.metadata().name().substr(0, kMaxNamePart);
  // A dot would make the Pod's host name one that is no label.
  for (char& c : name) {
    if (c == '.') c = '-';
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return absl::StrCat(name, "-", ShortDigest(action.metadata().uid()));
}

std::map<std::string, std::string> ChildLabels(const v1::Action& action) {
  std::map<std::string, std::string> labels = {{kManagedByLabel, kManagedBy}};
  AddLabel(labels, ActionUidLabel(), action.metadata().uid());
  AddLabel(labels, ActionNameLabel(), action.metadata().name());
  AddLabel(labels, EventNameLabel(), action.spec().event().name());
  AddLabel(labels, PipelineNameLabel(), action.spec().pipeline().name());
  return labels;
}

nlohmann::json OwnerReferenceTo(const v1::Action& action) {
  return {
      {"apiVersion", kApiVersion},      {"kind", "Action"},   {"name", action.metadata().name()},
      {"uid", action.metadata().uid()}, {"controller", true}, {"blockOwnerDeletion", false}};
}

bool IsRunContainer(const std::string& name) {
  return name.rfind(kSourcePrefix, 0) == 0 || name.rfind(kStepPrefix, 0) == 0;
}

}  // namespace eventreactor::kube
