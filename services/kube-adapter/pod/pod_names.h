// How a Pod and what goes with it say which Action they belong to, and which
// of its containers are ours. Pure.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "eventreactor/v1/action.pb.h"

namespace eventreactor::kube {

// The name of an Action's Pod or Build: the Action's, cut at 54, and a digest
// of its uid. A DNS label.
std::string ChildName(const v1::Action& action);

// Every child of an Action has app.kubernetes.io/managed-by with this value.
inline constexpr char kManagedByLabel[] = "app.kubernetes.io/managed-by";
inline constexpr char kManagedBy[] = "eventreactor";

// Init containers of ours that are no steps.
inline constexpr char kEventFilesContainer[] = "event-files";
inline constexpr char kCredentialsContainer[] = "credentials";

// managed-by, action.GROUP/uid, and the names of Action, Event and Pipeline
// where they are label values.
std::map<std::string, std::string> ChildLabels(const v1::Action& action);

// To the Action, as its controller: deleting it deletes the child. It does
// not block its deletion, which would need a right to its finalizers.
nlohmann::json OwnerReferenceTo(const v1::Action& action);

// Whether a container of the Pod is a source or step of the Action.
bool IsRunContainer(const std::string& name);

}  // namespace eventreactor::kube
