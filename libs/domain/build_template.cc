#include "libs/domain/build_template.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/build_check.h"
#include "libs/domain/container_check.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using google::protobuf::Struct;
using nlohmann::json;

// What steps may grow to by what is put in.
constexpr size_t kMaxExpanded = size_t{1} << 20;

using Values = std::map<std::string, std::string>;

std::string Text(const json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

absl::StatusOr<Values> ValuesOf(const v1::TemplateInstantiationSpec& instance,
                                const json& parameters) {
  Values given;
  for (const v1::ArgumentSpec& argument : instance.arguments()) {
    given[argument.name()] = argument.value();
  }
  Values values;
  if (!parameters.is_array()) return values;
  if (parameters.size() > kMaxParameters) {
    return InvalidField("spec.template",
                        absl::StrCat("has more than ", kMaxParameters, " parameters"));
  }
  for (const json& parameter : parameters) {
    if (!parameter.is_object()) continue;
    const std::string name = Text(parameter, "name");
    if (const auto argument = given.find(name); argument != given.end()) {
      values[name] = argument->second;
    } else if (parameter.contains("default") && parameter["default"].is_string()) {
      values[name] = parameter["default"].get<std::string>();
    } else {
      return InvalidField("spec.template.arguments",
                          absl::StrCat("lacks \"", name, "\", a parameter of the template ",
                                       instance.name(), " that has no default"));
    }
  }
  return values;
}

class Expander {
 public:
  explicit Expander(Values values) : values_(std::move(values)) {}

  void Expand(json& value) {
    if (value.is_string()) {
      value = Expanded(value.get<std::string>());
    } else if (value.is_array() || value.is_object()) {
      for (json& item : value) Expand(item);
    }
  }
  void ExpandMember(json& object, const char* key) {
    if (object.is_object() && object.contains(key)) Expand(object[key]);
  }

  bool too_large() const { return expanded_ > kMaxExpanded; }

 private:
  std::string Expanded(const std::string& text) {
    std::string out;
    size_t at = 0;
    while (at < text.size() && !too_large()) {
      const size_t begin = text.find("${", at);
      const size_t end = begin == std::string::npos ? begin : text.find('}', begin);
      if (end == std::string::npos) break;
      const auto value = values_.find(text.substr(begin + 2, end - begin - 2));
      if (value == values_.end()) {
        // The next one may begin within: ${a${NAME}.
        out.append(text, at, begin + 2 - at);
        at = begin + 2;
        continue;
      }
      out.append(text, at, begin - at);
      out += value->second;
      expanded_ += value->second.size();
      at = end + 1;
    }
    return out.append(text, at);
  }

  const Values values_;
  size_t expanded_ = 0;
};

// The user's variables in place of those of the same name, and after the rest.
void AddEnv(const v1::TemplateInstantiationSpec& instance, json& step) {
  if (instance.env().empty() || !step.is_object()) return;
  json env = json::array();
  const auto own = step.find("env");
  if (own != step.end() && own->is_array()) {
    for (const json& variable : *own) {
      bool overridden = false;
      for (const Struct& each : instance.env()) {
        overridden = overridden ||
                     (variable.is_object() && StringField(each, "name") == Text(variable, "name"));
      }
      if (!overridden) env.push_back(variable);
    }
  }
  for (const Struct& each : instance.env()) env.push_back(manifest::StructToJson(each));
  step["env"] = std::move(env);
}

json ListOf(const json& spec, const char* key) {
  return spec.is_object() && spec.contains(key) && spec[key].is_array() ? spec[key] : json::array();
}

}  // namespace

absl::StatusOr<v1::BuildSpec> ApplyTemplate(const v1::BuildSpec& build, const json& spec) {
  const v1::TemplateInstantiationSpec& instance = build.template_();
  absl::StatusOr<Values> values = ValuesOf(instance, ListOf(spec, "parameters"));
  if (!values.ok()) return values.status();
  json steps = ListOf(spec, "steps");
  json volumes = ListOf(spec, "volumes");
  for (const json* list : {&steps, &volumes}) {
    if (list->size() > static_cast<size_t>(kMaxContainers)) {
      return InvalidField("spec.template",
                          absl::StrCat("the template ", instance.name(), " has more than ",
                                       kMaxContainers, " steps or volumes"));
    }
  }
  Expander expander(*std::move(values));
  for (json& step : steps) {
    for (const char* key : {"name", "image", "command", "args", "workingDir", "volumeMounts"}) {
      expander.ExpandMember(step, key);
    }
    if (step.is_object() && step.contains("env") && step["env"].is_array()) {
      for (json& variable : step["env"]) expander.ExpandMember(variable, "value");
    }
    AddEnv(instance, step);
  }
  for (json& volume : volumes) expander.ExpandMember(volume, "name");
  if (expander.too_large()) {
    return InvalidField("spec.template.arguments", "make the steps larger than 1 MiB");
  }

  v1::BuildSpec applied = build;
  applied.clear_template_();
  applied.clear_steps();
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string field = absl::StrCat("spec.template: steps[", i, "]");
    absl::Status status = manifest::ReadStruct(field, steps[i], *applied.add_steps());
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < volumes.size(); ++i) {
    const std::string field = absl::StrCat("spec.template: volumes[", i, "]");
    absl::Status status = manifest::ReadStruct(field, volumes[i], *applied.add_volumes());
    if (!status.ok()) return status;
  }
  if (absl::Status status = CheckBuild(applied); !status.ok()) {
    return InField(absl::StrCat("spec.template(", instance.name(), ")"), status);
  }
  return applied;
}

}  // namespace eventreactor
