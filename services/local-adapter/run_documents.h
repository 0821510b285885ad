// The documents that a run refers to: where they are kept, and those of one
// run, as they were when it began.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/document.pb.h"

namespace eventreactor::local {

// Where they are kept. Thread-safe. Any error but NOT_FOUND may pass.
class Documents {
 public:
  virtual ~Documents() = default;

  // NOT_FOUND (DOCUMENT_NOT_FOUND) if there is none. `ns` is empty for kinds
  // without namespaces.
  virtual absl::StatusOr<v1::Document> Get(const std::string& kind, const std::string& ns,
                                           const std::string& name) = 0;

  // What was kept for the run of that uid; nothing if nothing was.
  virtual absl::StatusOr<std::optional<v1::RunDocuments>> OfRun(const std::string& uid) = 0;
  // Stored before it returns; what was kept before stays.
  virtual absl::Status KeepForRun(const std::string& uid, const v1::RunDocuments& documents) = 0;
  // Repeatable.
  virtual absl::Status ForgetRun(const std::string& uid) = 0;
};

// Those of one run, by kind and name. For one thread at a time.
class DocumentSet {
 public:
  // None.
  DocumentSet() = default;
  explicit DocumentSet(const v1::RunDocuments& documents);
  // For a Pipeline that is looked at before anything runs: nothing is known,
  // so nothing is missing.
  static DocumentSet Unknown();

  // Null where there is none.
  const v1::Document* Find(const std::string& kind, const std::string& name) const;
  bool unknown() const { return unknown_; }

 private:
  std::map<std::pair<std::string, std::string>, v1::Document> documents_;
  bool unknown_ = false;
};

// What the Action refers to of what is there now: its template, its
// ServiceAccount ("default" where it names none) with its Secrets, and the
// ConfigMaps and Secrets of volumes and variables. What is not there is left
// to PlanRun to tell. INVALID_ARGUMENT if it is too much.
absl::StatusOr<v1::RunDocuments> CollectDocuments(Documents& documents, const v1::Action& action);

// The same, once for each run: for one that an earlier process began it is
// what that one kept.
absl::StatusOr<v1::RunDocuments> DocumentsOfRun(Documents& documents, const v1::Action& action);

// The Action's build with its template, if it names one, put in.
// INVALID_ARGUMENT naming the field.
absl::StatusOr<v1::BuildSpec> BuildOf(const v1::Action& action, const DocumentSet& documents);

}  // namespace eventreactor::local
