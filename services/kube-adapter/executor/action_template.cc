#include "services/kube-adapter/executor/action_template.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/build_template.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kClusterKind[] = "ClusterBuildTemplate";

Resource TemplateResource(const v1::TemplateInstantiationSpec& instance) {
  const bool cluster = instance.kind() == kClusterKind;
  return {.group = "build.knative.dev",
          .version = "v1alpha1",
          .plural = cluster ? "clusterbuildtemplates" : "buildtemplates",
          .kind = cluster ? kClusterKind : "BuildTemplate",
          .namespaced = !cluster};
}

// A 404 about an object says which; one about a kind does not.
bool IsUnknownKind(const absl::Status& status) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  return error && error->code == 404 && error->name.empty();
}

absl::Status InWords(const absl::Status& status, const Resource& resource, const ObjectName& name) {
  if (IsUnknownKind(status)) {
    return InvalidField("spec.template",
                        absl::StrCat("this cluster does not know the kind ", resource.kind,
                                     "; install its CustomResourceDefinition"));
  }
  if (absl::IsNotFound(status)) {
    return InvalidField(
        "spec.template.name",
        absl::StrCat("there is no ", resource.kind, " ", name.name,
                     name.ns.empty() ? "" : absl::StrCat(" in the namespace ", name.ns),
                     "; create it, and run the Action again"));
  }
  if (absl::IsPermissionDenied(status)) {
    return InvalidField("spec.template",
                        absl::StrCat("kube-adapter may not read the ", resource.kind, " ",
                                     name.name, "; grant it that right: ", Message(status)));
  }
  return status;
}

}  // namespace

absl::Status ApplyTemplate(Api& api, v1::Action& action) {
  v1::BuildSpec& build = *action.mutable_spec()->mutable_build();
  if (!build.has_template_()) return absl::OkStatus();
  const Resource resource = TemplateResource(build.template_());
  const ObjectName name = {resource.namespaced ? action.metadata().namespace_() : "",
                           build.template_().name()};
  const absl::StatusOr<json> found = api.Get(resource, name);
  if (!found.ok()) return InWords(found.status(), resource, name);
  absl::StatusOr<v1::BuildSpec> applied =
      eventreactor::ApplyTemplate(build, ObjectAt(*found, "spec"));
  if (!applied.ok()) return applied.status();
  build = *std::move(applied);
  return absl::OkStatus();
}

}  // namespace eventreactor::kube
