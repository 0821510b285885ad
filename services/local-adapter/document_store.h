// Documents in the database, and what each run was begun with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/document.pb.h"
#include "eventreactor/v1/pipeline_service.pb.h"
#include "libs/adapter/store.h"
#include "services/local-adapter/database.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

// Thread-safe. Errors are the database's, and DOCUMENT_NOT_FOUND.
class DocumentStore : public Documents {
 public:
  explicit DocumentStore(Database& database) : database_(database) {}

  // Creates or replaces it; what has been checked.
  struct Applied {
    v1::Document document;
    v1::ApplyResult result = v1::APPLY_RESULT_UNCHANGED;
  };
  absl::StatusOr<Applied> Apply(const v1::Document& document);

  // Without bodies, in order of kind, namespace and name. `kind` empty: all;
  // of the query namespace, selector and page are looked at. Those without a
  // namespace are in each.
  struct Listed {
    std::vector<v1::Document> documents;
    std::string next_page_token;
  };
  absl::StatusOr<Listed> List(const std::string& kind, const ListQuery& query);

  absl::Status Delete(const std::string& kind, const std::string& ns, const std::string& name);

  absl::StatusOr<v1::Document> Get(const std::string& kind, const std::string& ns,
                                   const std::string& name) override;
  absl::StatusOr<std::optional<v1::RunDocuments>> OfRun(const std::string& uid) override;
  absl::Status KeepForRun(const std::string& uid, const v1::RunDocuments& documents) override;
  absl::Status ForgetRun(const std::string& uid) override;

 private:
  Database& database_;
};

}  // namespace eventreactor::local
