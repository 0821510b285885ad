// The resources of one machine, in a SQLite database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/adapter/store.h"
#include "services/local-adapter/database.h"
#include "services/local-adapter/document_store.h"
#include "services/local-adapter/table.h"

namespace eventreactor::local {

class SqliteStore : public ResourceStore {
 public:
  // See Database::Open. Watches must end before the store does.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const Database::Options& options);

  Store<v1::Event>& events() override { return events_; }
  Store<v1::Pipeline>& pipelines() override { return pipelines_; }
  Store<v1::Action>& actions() override { return actions_; }
  DocumentStore& documents() { return documents_; }

  absl::StatusOr<EventState> StateOfEvent(const std::string& ns, const std::string& name) override;
  absl::StatusOr<v1::Action> CreateUnlessDispatched(const v1::Action& action) override;
  absl::StatusOr<std::vector<v1::PipelineIdentity>> PipelineIdentities(
      const std::string& ns) override;

 private:
  explicit SqliteStore(std::unique_ptr<Database> database)
      : database_(std::move(database)),
        events_(*database_),
        pipelines_(*database_),
        actions_(*database_),
        documents_(*database_) {}

  const std::unique_ptr<Database> database_;
  Table<v1::Event> events_;
  Table<v1::Pipeline> pipelines_;
  Table<v1::Action> actions_;
  DocumentStore documents_;
};

}  // namespace eventreactor::local
