#include "services/kube-adapter/executor/pod_surroundings.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kDefaultServiceAccount[] = "default";

std::map<std::string, std::string> Texts(const json& object) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) texts[key] = value.get<std::string>();
  }
  return texts;
}

absl::StatusOr<SecretInfo> ReadSecret(Api& api, const std::string& ns, const std::string& account,
                                      const std::string& name) {
  const absl::StatusOr<json> secret = api.Get(Secrets(), {ns, name});
  if (absl::IsNotFound(secret.status())) {
    return InvalidField("spec.serviceAccountName",
                        absl::StrCat("the ServiceAccount ", account, " names the Secret ", name,
                                     ", which is not in the namespace ", ns));
  }
  if (!secret.ok()) return secret.status();
  SecretInfo info;
  info.name = name;
  info.type = StringAt(*secret, "type");
  info.annotations = Texts(ObjectAt(ObjectAt(*secret, "metadata"), "annotations"));
  return info;
}

}  // namespace

absl::StatusOr<PodSurroundings> LookAround(Api& api, const v1::Action& action) {
  const std::string& ns = action.metadata().namespace_();
  PodSurroundings around;
  const absl::StatusOr<json> space = api.Get(Namespaces(), {"", ns}, {.metadata_only = true});
  if (space.ok()) {
    around.security = EnforcedSecurity(Texts(ObjectAt(ObjectAt(*space, "metadata"), "labels")));
  } else if (!absl::IsPermissionDenied(space.status())) {
    return space.status();
  }
  const std::string& named = action.spec().build().service_account_name();
  const std::string account = named.empty() ? kDefaultServiceAccount : named;
  const absl::StatusOr<json> found = api.Get(ServiceAccounts(), {ns, account});
  if (absl::IsNotFound(found.status())) {
    // The controller makes "default" soon after the namespace.
    if (named.empty()) return found.status();
    return InvalidField("spec.serviceAccountName",
                        absl::StrCat("there is no ServiceAccount ", account, " in the namespace ",
                                     ns, "; create it, and publish the event again"));
  }
  if (!found.ok()) return found.status();
  for (const json& reference : ArrayAt(*found, "secrets")) {
    absl::StatusOr<SecretInfo> secret = ReadSecret(api, ns, account, StringAt(reference, "name"));
    if (!secret.ok()) return secret.status();
    around.secrets.push_back(*std::move(secret));
  }
  return around;
}

}  // namespace eventreactor::kube
