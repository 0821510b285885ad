#include "libs/domain/document_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/build_check.h"
#include "libs/domain/build_template.h"
#include "libs/domain/container_check.h"
#include "libs/domain/naming.h"
#include "libs/manifest/field_path.h"
#include "libs/manifest/struct_json.h"
#include "libs/manifest/suggestion.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using cloudevents::Quoted;
using nlohmann::json;

// As Kubernetes has it for ConfigMaps and Secrets.
constexpr size_t kMaxDocumentBytes = size_t{1} << 20;
constexpr size_t kMaxKeyBytes = 253;

struct DocumentKind {
  std::string name;
  std::string api_version;
  std::vector<std::string> fields;
};

const std::vector<DocumentKind>& DocumentKinds() {
  static const auto* const kKinds = new std::vector<DocumentKind>{
      {kConfigMap, "v1", {"data", "binaryData", "immutable"}},
      {kSecret, "v1", {"data", "stringData", "type", "immutable"}},
      {kServiceAccount, "v1", {"secrets", "imagePullSecrets", "automountServiceAccountToken"}},
      {kBuildTemplate, "build.knative.dev/v1alpha1", {"spec", "status"}},
      {kClusterBuildTemplate, "build.knative.dev/v1alpha1", {"spec", "status"}}};
  return *kKinds;
}

const DocumentKind* FindKind(const std::string& name) {
  const auto found = std::find_if(DocumentKinds().begin(), DocumentKinds().end(),
                                  [&](const DocumentKind& kind) { return kind.name == name; });
  return found == DocumentKinds().end() ? nullptr : &*found;
}

std::string Meant(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = manifest::Closest(word, known);
  return near.empty() ? "" : absl::StrCat("; did you mean \"", near, "\"?");
}

absl::Status CheckFields(const DocumentKind& kind, const json& body) {
  for (const auto& [name, value] : body.items()) {
    if (std::find(kind.fields.begin(), kind.fields.end(), name) == kind.fields.end()) {
      return InvalidField(name,
                          absl::StrCat("is no field of a ", kind.name, Meant(name, kind.fields)),
                          "UNKNOWN_FIELD");
    }
  }
  return absl::OkStatus();
}

bool IsKeyCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

// A key becomes a file's name.
absl::Status CheckKeyName(const std::string& field, const std::string& key) {
  const bool valid = !key.empty() && key.size() <= kMaxKeyBytes && key != "." &&
                     key.rfind("..", 0) != 0 && std::all_of(key.begin(), key.end(), IsKeyCharacter);
  if (valid) return absl::OkStatus();
  return InvalidField(manifest::Below(field, key),
                      absl::StrCat(Quoted(key),
                                   " is no key; expected at most 253 of a-z A-Z 0-9 - _ . "
                                   "that do not begin with .."));
}

// An object of texts, in base64 or as they are; counts their bytes.
absl::Status CheckTexts(const json& body, const std::string& field, bool base64, size_t& bytes) {
  const auto member = body.find(field);
  if (member == body.end() || member->is_null()) return absl::OkStatus();
  if (!member->is_object()) return InvalidField(field, "is no object of keys and texts");
  for (const auto& [key, value] : member->items()) {
    if (absl::Status status = CheckKeyName(field, key); !status.ok()) return status;
    if (!value.is_string()) {
      return InvalidField(manifest::Below(field, key),
                          "is no string; put numbers and true or false into quotes");
    }
    const auto& text = value.get_ref<const std::string&>();
    std::string decoded;
    if (base64 && !absl::Base64Unescape(text, &decoded)) {
      // The value may be a secret that was put in plainly: it is not shown.
      return InvalidField(manifest::Below(field, key), "is no base64");
    }
    bytes += base64 ? decoded.size() : text.size();
  }
  return absl::OkStatus();
}

absl::Status CheckConfigMap(const json& body, size_t& bytes) {
  if (absl::Status status = CheckTexts(body, "data", false, bytes); !status.ok()) return status;
  if (absl::Status status = CheckTexts(body, "binaryData", true, bytes); !status.ok()) {
    return status;
  }
  const json data = body.value("data", json::object());
  const json binary = body.value("binaryData", json::object());
  for (const auto& [key, value] : binary.items()) {
    if (data.contains(key)) {
      return InvalidField(manifest::Below("binaryData", key), "is a key of data too");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSecret(json& body, size_t& bytes) {
  if (absl::Status status = CheckTexts(body, "data", true, bytes); !status.ok()) return status;
  if (absl::Status status = CheckTexts(body, "stringData", false, bytes); !status.ok()) {
    return status;
  }
  if (body.contains("type") && body["type"].is_null()) body.erase("type");
  if (body.contains("type") && !body["type"].is_string()) {
    return InvalidField("type", "is no string");
  }
  if (body.contains("stringData") && body["stringData"].is_object()) {
    json& data = body["data"];
    if (data.is_null()) data = json::object();
    for (const auto& [key, value] : body["stringData"].items()) {
      data[key] = absl::Base64Escape(value.get<std::string>());
    }
  }
  body.erase("stringData");
  static const std::map<std::string, std::string> kRequired = {
      {"kubernetes.io/ssh-auth", "ssh-privatekey"},
      {"kubernetes.io/dockerconfigjson", ".dockerconfigjson"},
      {"kubernetes.io/dockercfg", ".dockercfg"}};
  const auto required = kRequired.find(body.value("type", ""));
  const bool lacks =
      required != kRequired.end() && !body.value("data", json::object()).contains(required->second);
  return lacks ? InvalidField(
                     manifest::Below("data", required->second),
                     absl::StrCat("is missing; a Secret of type ", required->first, " has it"))
               : absl::OkStatus();
}

absl::Status CheckServiceAccount(const json& body) {
  const auto secrets = body.find("secrets");
  if (secrets == body.end() || secrets->is_null()) return absl::OkStatus();
  if (!secrets->is_array()) return InvalidField("secrets", "is no list; expected a list of names");
  for (size_t i = 0; i < secrets->size(); ++i) {
    const json& each = (*secrets)[i];
    const bool named = each.is_object() && each.contains("name") && each["name"].is_string() &&
                       IsDnsSubdomain(each["name"].get<std::string>());
    if (!named) {
      return InvalidField(absl::StrCat("secrets[", i, "].name"), "is no Secret's name");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckParameters(const json& spec) {
  const auto parameters = spec.find("parameters");
  if (parameters == spec.end() || parameters->is_null()) return absl::OkStatus();
  if (!parameters->is_array() || parameters->size() > kMaxParameters) {
    return InvalidField("spec.parameters", absl::StrCat("is no list of at most ", kMaxParameters));
  }
  std::set<std::string> names;
  for (size_t i = 0; i < parameters->size(); ++i) {
    const json& each = (*parameters)[i];
    const std::string at = absl::StrCat("spec.parameters[", i, "].name");
    if (!each.is_object() || !each.contains("name") || !each["name"].is_string() ||
        each["name"].get<std::string>().empty()) {
      return InvalidField(at, "is missing; expected a parameter's name");
    }
    if (!names.insert(each["name"].get<std::string>()).second) {
      return InvalidField(at, "is taken by a parameter before; expected another");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTemplateSpec(const json& body) {
  static const std::vector<std::string> kFields = {"parameters", "steps", "volumes", "generation"};
  const json spec = body.value("spec", json());
  if (!spec.is_object()) return InvalidField("spec", "is missing; expected parameters and steps");
  for (const auto& [name, value] : spec.items()) {
    if (std::find(kFields.begin(), kFields.end(), name) == kFields.end()) {
      return InvalidField(absl::StrCat("spec.", name),
                          absl::StrCat("is no field of a template", Meant(name, kFields)),
                          "UNKNOWN_FIELD");
    }
  }
  if (absl::Status status = CheckParameters(spec); !status.ok()) return status;
  const json steps = spec.value("steps", json());
  if (!steps.is_array() || steps.empty() || steps.size() > size_t{kMaxContainers}) {
    return InvalidField("spec.steps",
                        absl::StrCat("is no list of 1 to ", kMaxContainers, " containers"));
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string at = absl::StrCat("spec.steps[", i, "]");
    google::protobuf::Struct step;
    absl::Status status = manifest::ReadStruct(at, steps[i], step);
    if (status.ok()) status = InField(at, CheckContainer(step));
    if (!status.ok()) return status;
  }
  const json volumes = spec.value("volumes", json::array());
  if (!volumes.is_array()) return InvalidField("spec.volumes", "is no list");
  return absl::OkStatus();
}

absl::Status CheckBody(const std::string& kind, json& body, size_t& bytes) {
  if (kind == kConfigMap) return CheckConfigMap(body, bytes);
  if (kind == kSecret) return CheckSecret(body, bytes);
  bytes = body.dump().size();
  return kind == kServiceAccount ? CheckServiceAccount(body) : CheckTemplateSpec(body);
}

void AddValues(const json& body, const char* field, bool base64,
               std::map<std::string, std::string>& values) {
  const json texts = body.value(field, json::object());
  for (const auto& [key, value] : texts.items()) {
    if (!value.is_string()) continue;
    std::string& text = values[key];
    text = value.get<std::string>();
    std::string decoded;
    if (base64 && absl::Base64Unescape(text, &decoded)) text = std::move(decoded);
  }
}

}  // namespace

bool IsDocumentKind(const std::string& kind) { return FindKind(kind) != nullptr; }

absl::Status CheckDocumentKind(const std::string& kind, const std::string& field) {
  if (FindKind(kind) != nullptr) return absl::OkStatus();
  std::vector<std::string> known;
  known.reserve(DocumentKinds().size());
  for (const DocumentKind& each : DocumentKinds()) known.push_back(each.name);
  const std::string meant = Meant(kind, known);
  return InvalidField(field,
                      absl::StrCat(Quoted(kind), " is not kept here",
                                   meant.empty() ? "; expected ConfigMap, Secret, ServiceAccount, "
                                                   "BuildTemplate or ClusterBuildTemplate"
                                                 : meant));
}

std::string NamespaceOfDocument(const std::string& kind, const std::string& ns) {
  return kind == kClusterBuildTemplate ? "" : ns;
}

absl::Status CheckDocument(v1::Document& document) {
  if (absl::Status status = CheckDocumentKind(document.kind(), "kind"); !status.ok()) return status;
  const DocumentKind& kind = *FindKind(document.kind());
  if (document.api_version() != kind.api_version) {
    return InvalidField("apiVersion",
                        absl::StrCat(Quoted(document.api_version()), " is not that of ", kind.name,
                                     "; expected ", kind.api_version));
  }
  json body = manifest::StructToJson(document.body());
  body.erase("status");
  if (absl::Status status = CheckFields(kind, body); !status.ok()) return status;
  size_t bytes = 0;
  if (absl::Status status = CheckBody(kind.name, body, bytes); !status.ok()) return status;
  if (bytes > kMaxDocumentBytes) {
    return InvalidField("", absl::StrCat("the ", kind.name, " holds ", bytes, " bytes; at most ",
                                         kMaxDocumentBytes, " are kept"));
  }
  document.clear_body();
  return manifest::ReadStruct("", body, *document.mutable_body());
}

std::map<std::string, std::string> TextsOf(const v1::Document& document) {
  std::map<std::string, std::string> values;
  AddValues(manifest::StructToJson(document.body()), "data", document.kind() == kSecret, values);
  return values;
}

std::map<std::string, std::string> ValuesOf(const v1::Document& document) {
  std::map<std::string, std::string> values = TextsOf(document);
  AddValues(manifest::StructToJson(document.body()), "binaryData", true, values);
  return values;
}

v1::Document WithoutSecrets(v1::Document document) {
  if (document.kind() != kSecret) return document;
  json body = manifest::StructToJson(document.body());
  const std::map<std::string, std::string> values = ValuesOf(document);
  if (!values.empty()) body["data"] = json::object();
  for (const auto& [key, value] : values) {
    // Applied again it would be refused, as it is no base64.
    body["data"][key] = absl::StrCat("(", value.size(), " bytes)");
  }
  document.clear_body();
  // It was read from JSON of this shape; whatever happens, no value is left.
  manifest::ReadStruct("", body, *document.mutable_body()).IgnoreError();
  return document;
}

}  // namespace eventreactor
