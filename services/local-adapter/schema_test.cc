// Databases that released programs left, opened by this one.
#include "services/local-adapter/schema.h"

#include <gtest/gtest.h>

#include "services/local-adapter/document_fixtures.h"
#include "services/local-adapter/sqlite_store.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor::local {
namespace {

// As it was released with version 1; never edited.
constexpr char kReleased1[] = R"sql(
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  dispatched INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_name ON events (namespace, name);
CREATE INDEX events_by_type ON events (type);

CREATE TABLE pipelines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  uid TEXT NOT NULL,
  generation INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX pipelines_by_name ON pipelines (namespace, name);

CREATE TABLE actions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  pipeline TEXT NOT NULL,
  event TEXT NOT NULL,
  unfinished INTEGER NOT NULL,
  undispatched INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX actions_by_name ON actions (namespace, name);
CREATE INDEX actions_by_pipeline ON actions (pipeline);
CREATE INDEX actions_by_event ON actions (event);
CREATE INDEX actions_unfinished ON actions (id) WHERE unfinished = 1;
CREATE INDEX actions_undispatched ON actions (id) WHERE undispatched = 1;

CREATE TABLE changes (
  version INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  type INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  previous INTEGER NOT NULL,
  body BLOB
);
CREATE INDEX changes_deletions ON changes (previous) WHERE type = 3;
)sql";

class SchemaTest : public testing::Test {
 protected:
  // A database as the program of that version left it.
  void Leave(const std::string& sql, int version) {
    auto connection = Connection::Open(path_, Connection::Mode::kReadWrite, 512);
    ASSERT_TRUE(connection.ok()) << connection.status();
    const absl::Status made =
        (*connection)->Execute(sql + "PRAGMA user_version = " + std::to_string(version));
    ASSERT_TRUE(made.ok()) << made;
    v1::Action action = MakeTestAction("left");
    action.mutable_metadata()->set_uid("u");
    action.mutable_metadata()->set_resource_version("7");
    const std::string body = action.SerializeAsString();
    const std::string ns = action.metadata().namespace_();
    const std::string name = action.metadata().name();
    const absl::Status change =
        (*connection)
            ->Prepare(
                "INSERT INTO changes (version, kind, type, namespace, name, previous) "
                "VALUES (7, 3, 1, ?, ?, 0)")
            .Bind(ns)
            .Bind(name)
            .Run();
    ASSERT_TRUE(change.ok()) << change;
    const absl::Status row =
        (*connection)
            ->Prepare(
                "INSERT INTO actions (namespace, name, version, pipeline, event, unfinished, "
                "undispatched, body) VALUES (?, ?, 7, 'p', 'e', 1, 1, ?)")
            .Bind(ns)
            .Bind(name)
            .BindBlob(body)
            .Run();
    ASSERT_TRUE(row.ok()) << row;
  }

  TestDirectory directory_;
  const std::string path_ = directory_.path() + "/er.db";
};

TEST_F(SchemaTest, WhatVersion1LeftIsThereAndGoesOn) {
  Leave(kReleased1, 1);
  for (int opened = 0; opened < 2; ++opened) {
    const auto store = SqliteStore::Open({.path = path_});
    ASSERT_TRUE(store.ok()) << store.status();
    const auto left = (*store)->actions().Get("default", "left");
    ASSERT_TRUE(left.ok()) << left.status();
    EXPECT_EQ(left->metadata().uid(), "u");
    // The version goes on from where it was, and what is new has its place.
    const auto created =
        (*store)->actions().Create(MakeTestAction("new-" + std::to_string(opened)));
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_EQ(created->metadata().resource_version(), std::to_string(8 + opened));
    const auto applied = (*store)->documents().Apply(StoredDocument(kConfigMap, "m", "{}"));
    ASSERT_TRUE(applied.ok()) << applied.status();
    EXPECT_EQ(applied->result, opened == 0 ? v1::APPLY_RESULT_CREATED : v1::APPLY_RESULT_UNCHANGED);
  }
}

}  // namespace
}  // namespace eventreactor::local
