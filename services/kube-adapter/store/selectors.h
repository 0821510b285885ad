// Queries as the selectors of the API server. Pure.
#pragma once

#include <string>

#include "libs/adapter/store.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// What the CRDs of deploy/crds declare selectable. Empty: all.
std::string FieldSelector(const ListQuery& query);
std::string FieldSelector(const WatchQuery& query);

// A value as a field selector holds it.
std::string EscapeField(const std::string& value);

}  // namespace eventreactor::kube
