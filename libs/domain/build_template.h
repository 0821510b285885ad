// Steps from a template: parameters put in, once, and the user's variables
// over the template's own. Pure.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "eventreactor/v1/build.pb.h"

namespace eventreactor {

// Of one template, as its CRD has it.
inline constexpr size_t kMaxParameters = 256;

// `build` with the steps and volumes of its template in place of the
// template. `spec` is that of a BuildTemplate: parameters, steps, volumes.
// ${NAME} is replaced in names, images, commands, args, workingDirs, values
// of env, volumeMounts and names of volumes; not within what was put in, and
// what is no parameter stays. INVALID_ARGUMENT naming the field: a parameter
// without argument and default, or steps that cannot run.
absl::StatusOr<v1::BuildSpec> ApplyTemplate(const v1::BuildSpec& build, const nlohmann::json& spec);

}  // namespace eventreactor
