#include "services/local-adapter/container_variables.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/domain/document_check.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"
#include "services/local-adapter/field_reader.h"

namespace eventreactor::local {
namespace {

using google::protobuf::Value;

// configMapKeyRef, secretKeyRef.
struct KeyReference {
  std::string name;
  std::string key;
  bool optional = false;
};

FieldReader KeyReferenceReader(std::string& kind_out, const char* kind, KeyReference& reference) {
  return [&kind_out, kind, &reference](const std::string& path, const Value& value) {
    kind_out = kind;
    return ReadFields(path, value,
                      {{"name", Into(ReadText, reference.name)},
                       {"key", Into(ReadText, reference.key)},
                       {"optional", Into(ReadFlag, reference.optional)}});
  };
}

absl::Status CheckVariableText(const std::string& path, const std::string& text) {
  if (text.find('\0') == std::string::npos && FindInvalidUtf8(text) == std::string::npos) {
    return absl::OkStatus();
  }
  return InvalidField(path, "is no text that a variable could hold; mount it as a file");
}

// Nothing where it is optional and not there.
absl::Status ReadValueFrom(const std::string& path, const Value& value,
                           const DocumentSet& documents, std::optional<std::string>& text) {
  std::string kind;
  KeyReference reference;
  absl::Status status =
      ReadFields(path, value,
                 {{"configMapKeyRef", KeyReferenceReader(kind, kConfigMap, reference)},
                  {"secretKeyRef", KeyReferenceReader(kind, kSecret, reference)}});
  if (!status.ok()) return status;
  if (kind.empty()) return InvalidField(path, "names no source of a value");
  const std::string field =
      absl::StrCat(path, kind == kSecret ? ".secretKeyRef" : ".configMapKeyRef");
  if (reference.name.empty()) return InvalidField(absl::StrCat(field, ".name"), "required");
  if (reference.key.empty()) return InvalidField(absl::StrCat(field, ".key"), "required");
  text.reset();
  const v1::Document* document = documents.Find(kind, reference.name);
  if (document == nullptr) {
    if (reference.optional || documents.unknown()) return absl::OkStatus();
    return MissingDocument(absl::StrCat(field, ".name"), kind, reference.name);
  }
  auto texts = TextsOf(*document);
  const auto found = texts.find(reference.key);
  if (found != texts.end()) {
    text = std::move(found->second);
    return CheckVariableText(field, *text);
  }
  if (reference.optional) return absl::OkStatus();
  return InvalidField(
      absl::StrCat(field, ".key"),
      absl::StrCat("the ", kind, " ", reference.name, " has no \"", reference.key, "\""),
      "DOCUMENT_MISSING");
}

absl::Status ReadVariable(const std::string& at, const Value& value, const DocumentSet& documents,
                          Environment& environment) {
  std::string name;
  std::string text;
  std::optional<std::string> literal;
  bool has_source = false;
  absl::Status status = ReadFields(at, value,
                                   {{"name", Into(ReadText, name)},
                                    {"value", Into(ReadText, text)},
                                    {"valueFrom", [&](const std::string& path, const Value& from) {
                                       has_source = true;
                                       return ReadValueFrom(path, from, documents, literal);
                                     }}});
  if (!status.ok()) return status;
  if (name.empty() || name.find('=') != std::string::npos) {
    return InvalidField(at + ".name", "\"" + name + "\" is no name of a variable");
  }
  if (has_source && !text.empty()) {
    return InvalidField(at + ".valueFrom", "stands beside value; expected only one of them");
  }
  if (!has_source) {
    environment.SetExpanded(name, text);
  } else if (literal) {
    environment.Set(name, *literal);
  }
  return absl::OkStatus();
}

// As Kubernetes has it; a key that is none is passed over.
bool IsVariableName(const std::string& name) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name.front()))) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') {
      return false;
    }
  }
  return true;
}

absl::Status ReadSource(const std::string& at, const Value& value, const DocumentSet& documents,
                        Environment& environment) {
  std::string prefix;
  std::string kind;
  KeyReference reference;
  const auto of_kind = [&](const char* each) {
    return [&kind, &reference, each](const std::string& path, const Value& from) {
      kind = each;
      return ReadFields(path, from,
                        {{"name", Into(ReadText, reference.name)},
                         {"optional", Into(ReadFlag, reference.optional)}});
    };
  };
  absl::Status status = ReadFields(at, value,
                                   {{"prefix", Into(ReadText, prefix)},
                                    {"configMapRef", of_kind(kConfigMap)},
                                    {"secretRef", of_kind(kSecret)}});
  if (!status.ok()) return status;
  if (kind.empty()) return InvalidField(at, "has none of configMapRef and secretRef");
  const std::string field =
      absl::StrCat(at, kind == kSecret ? ".secretRef" : ".configMapRef", ".name");
  if (reference.name.empty()) return InvalidField(field, "required");
  const v1::Document* document = documents.Find(kind, reference.name);
  if (document == nullptr) {
    if (reference.optional || documents.unknown()) return absl::OkStatus();
    return MissingDocument(field, kind, reference.name);
  }
  for (const auto& [key, text] : TextsOf(*document)) {
    const std::string name = absl::StrCat(prefix, key);
    if (!IsVariableName(name)) continue;
    status = CheckVariableText(absl::StrCat(at, "(", key, ")"), text);
    if (!status.ok()) return status;
    environment.Set(name, text);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MissingDocument(const std::string& field, const std::string& kind,
                             const std::string& name) {
  return InvalidField(field,
                      absl::StrCat("there is no ", kind, " ", name,
                                   " in the Action's namespace; apply it with `reactorctl apply "
                                   "-f`, and publish the event again"),
                      "DOCUMENT_MISSING");
}

absl::Status ReadEnv(const std::string& path, const Value& value, const DocumentSet& documents,
                     Environment& environment) {
  return ReadItems(path, value, [&](const std::string& at, const Value& item) {
    return ReadVariable(at, item, documents, environment);
  });
}

absl::Status ReadEnvFrom(const std::string& path, const Value& value, const DocumentSet& documents,
                         Environment& environment) {
  return ReadItems(path, value, [&](const std::string& at, const Value& item) {
    return ReadSource(at, item, documents, environment);
  });
}

}  // namespace eventreactor::local
