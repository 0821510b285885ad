// Documents in short, for tests.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "libs/domain/document_check.h"
#include "libs/manifest/struct_json.h"

namespace eventreactor {

// `body`: the fields beside metadata, as JSON.
inline v1::Document DocumentOf(const std::string& kind, const std::string& name,
                               const std::string& body, const std::string& ns = "default") {
  v1::Document document;
  const bool is_template = kind == kBuildTemplate || kind == kClusterBuildTemplate;
  document.set_api_version(is_template ? "build.knative.dev/v1alpha1" : "v1");
  document.set_kind(kind);
  document.mutable_metadata()->set_name(name);
  document.mutable_metadata()->set_namespace_(NamespaceOfDocument(kind, ns));
  const absl::Status read =
      manifest::ReadStruct("", nlohmann::json::parse(body), *document.mutable_body());
  EXPECT_TRUE(read.ok()) << read;
  return document;
}

// The same, as it is stored.
inline v1::Document StoredDocument(const std::string& kind, const std::string& name,
                                   const std::string& body, const std::string& ns = "default") {
  v1::Document document = DocumentOf(kind, name, body, ns);
  const absl::Status checked = CheckDocument(document);
  EXPECT_TRUE(checked.ok()) << checked;
  return document;
}

}  // namespace eventreactor
