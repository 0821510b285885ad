// Whether a document is one that runs can use: its kind, its fields and their
// bounds. Pure.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "eventreactor/v1/document.pb.h"

namespace eventreactor {

inline constexpr char kConfigMap[] = "ConfigMap";
inline constexpr char kSecret[] = "Secret";
inline constexpr char kServiceAccount[] = "ServiceAccount";
inline constexpr char kBuildTemplate[] = "BuildTemplate";
inline constexpr char kClusterBuildTemplate[] = "ClusterBuildTemplate";

// Whether it is one of those above.
bool IsDocumentKind(const std::string& kind);

// INVALID_ARGUMENT for a kind that is not kept here, with what was meant
// where that is close.
absl::Status CheckDocumentKind(const std::string& kind, const std::string& field);

// The namespace that documents of that kind are kept in: of a
// ClusterBuildTemplate none.
std::string NamespaceOfDocument(const std::string& kind, const std::string& ns);

// All but the metadata: INVALID_ARGUMENT naming the field. A Secret's
// stringData is put into its data; a status is dropped.
absl::Status CheckDocument(v1::Document& document);

// The values of a ConfigMap or Secret, decoded; by key.
std::map<std::string, std::string> ValuesOf(const v1::Document& document);
// The same without a ConfigMap's binaryData, which is for files only.
std::map<std::string, std::string> TextsOf(const v1::Document& document);

// The document without a Secret's values: each is its length in words.
v1::Document WithoutSecrets(v1::Document document);

}  // namespace eventreactor
