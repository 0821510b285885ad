// Documents in short, for tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "libs/domain/document_fixtures.h"
#include "libs/status/status.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

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
