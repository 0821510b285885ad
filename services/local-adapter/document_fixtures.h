// Documents in short, for tests.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "libs/manifest/manifest.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"
#include "services/local-adapter/document_check.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

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

// In memory; `error` is what each call fails with.
class FakeDocuments : public Documents {
 public:
  void Put(const v1::Document& document) {
    documents_[{document.kind(), document.metadata().namespace_(), document.metadata().name()}] =
        document;
  }

  absl::StatusOr<v1::Document> Get(const std::string& kind, const std::string& ns,
                                   const std::string& name) override {
    if (!error.ok()) return error;
    const auto found = documents_.find({kind, ns, name});
    if (found != documents_.end()) return found->second;
    return MakeStatus(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND", "there is none");
  }
  absl::StatusOr<std::optional<v1::RunDocuments>> OfRun(const std::string& uid) override {
    if (!error.ok()) return error;
    const auto found = runs.find(uid);
    return found == runs.end() ? std::nullopt : std::optional(found->second);
  }
  absl::Status KeepForRun(const std::string& uid, const v1::RunDocuments& documents) override {
    if (error.ok()) runs.emplace(uid, documents);
    return error;
  }
  absl::Status ForgetRun(const std::string& uid) override {
    if (error.ok()) runs.erase(uid);
    return error;
  }

  absl::Status error = absl::OkStatus();
  std::map<std::string, v1::RunDocuments> runs;

 private:
  std::map<std::tuple<std::string, std::string, std::string>, v1::Document> documents_;
};

}  // namespace eventreactor::local
