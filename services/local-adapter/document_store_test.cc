#include "services/local-adapter/document_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/local-adapter/document_fixtures.h"
#include "services/local-adapter/sqlite_store.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor::local {
namespace {

using testing::ElementsAre;

class DocumentStoreTest : public testing::Test {
 protected:
  DocumentStoreTest() { Open(); }

  void Open() {
    store_.reset();
    auto store = SqliteStore::Open({.path = directory_.path() + "/er.db"});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  DocumentStore& documents() { return store_->documents(); }

  v1::ApplyResult Apply(const v1::Document& document) {
    const auto applied = documents().Apply(document);
    EXPECT_TRUE(applied.ok()) << applied.status();
    return applied.ok() ? applied->result : v1::APPLY_RESULT_UNSPECIFIED;
  }

  TestDirectory directory_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(DocumentStoreTest, KeepsWhatWasApplied) {
  const v1::Document secret = StoredDocument(kSecret, "s", R"({"stringData": {"a": "b"}})");
  EXPECT_EQ(Apply(secret), v1::APPLY_RESULT_CREATED);
  Open();
  const auto stored = documents().Get(kSecret, "default", "s");
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(ValuesOf(*stored).at("a"), "b");
  EXPECT_FALSE(stored->metadata().uid().empty());
}

TEST_F(DocumentStoreTest, SaysWhetherAnythingChanged) {
  const v1::Document map = StoredDocument(kConfigMap, "m", R"({"data": {"a": "1"}})");
  EXPECT_EQ(Apply(map), v1::APPLY_RESULT_CREATED);
  const auto first = documents().Get(kConfigMap, "default", "m");
  EXPECT_EQ(Apply(map), v1::APPLY_RESULT_UNCHANGED);
  EXPECT_EQ(Apply(StoredDocument(kConfigMap, "m", R"({"data": {"b": "2"}})")),
            v1::APPLY_RESULT_CONFIGURED);
  const auto second = documents().Get(kConfigMap, "default", "m");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->metadata().uid(), second->metadata().uid());
  EXPECT_NE(first->metadata().resource_version(), second->metadata().resource_version());
  // Replaced as a whole.
  EXPECT_EQ(ValuesOf(*second), (std::map<std::string, std::string>{{"b", "2"}}));
}

TEST_F(DocumentStoreTest, ANameIsOfOneKindInOneNamespace) {
  Apply(StoredDocument(kConfigMap, "n", "{}"));
  Apply(StoredDocument(kSecret, "n", "{}"));
  Apply(StoredDocument(kConfigMap, "n", "{}", "other"));
  EXPECT_TRUE(documents().Delete(kConfigMap, "default", "n").ok());
  EXPECT_EQ(Reason(documents().Get(kConfigMap, "default", "n").status()), "DOCUMENT_NOT_FOUND");
  EXPECT_EQ(Reason(documents().Delete(kConfigMap, "default", "n")), "DOCUMENT_NOT_FOUND");
  EXPECT_TRUE(documents().Get(kSecret, "default", "n").ok());
  EXPECT_TRUE(documents().Get(kConfigMap, "other", "n").ok());
}

TEST_F(DocumentStoreTest, ListsInPagesWithoutWhatTheyHold) {
  for (const char* name : {"b", "a", "c"}) {
    Apply(StoredDocument(kSecret, name, R"({"stringData": {"k": "v"}})"));
  }
  Apply(StoredDocument(kClusterBuildTemplate, "t", R"({"spec": {"steps": [{"image": "i"}]}})"));
  Apply(StoredDocument(kConfigMap, "m", "{}", "other"));
  ListQuery query;
  query.ns = "default";
  query.page_size = 2;
  std::vector<std::string> names;
  do {
    const auto page = documents().List("", query);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->documents.size(), 2U);
    for (const v1::Document& each : page->documents) {
      names.push_back(each.kind() + " " + each.metadata().name());
      EXPECT_FALSE(each.has_body());
    }
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_THAT(names, ElementsAre("ClusterBuildTemplate t", "Secret a", "Secret b", "Secret c"));
  query.page_token = "x";
  EXPECT_EQ(Reason(documents().List("", query).status()), "INVALID_PAGE_TOKEN");
}

TEST_F(DocumentStoreTest, ListsOneKind) {
  Apply(StoredDocument(kSecret, "s", "{}"));
  Apply(StoredDocument(kConfigMap, "m", "{}"));
  ListQuery query;
  query.page_size = 10;
  const auto page = documents().List(kConfigMap, query);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->documents.size(), 1U);
  EXPECT_EQ(page->documents[0].metadata().name(), "m");
}

TEST_F(DocumentStoreTest, KeepsWhatARunBeganWithUntilItIsForgotten) {
  v1::RunDocuments first;
  *first.add_documents() = StoredDocument(kConfigMap, "m", "{}");
  EXPECT_TRUE(documents().KeepForRun("u", first).ok());
  EXPECT_TRUE(documents().KeepForRun("u", v1::RunDocuments()).ok());
  Open();
  const auto kept = documents().OfRun("u");
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->documents_size(), 1);
  EXPECT_TRUE(documents().ForgetRun("u").ok());
  EXPECT_TRUE(documents().ForgetRun("u").ok());
  const auto forgotten = documents().OfRun("u");
  ASSERT_TRUE(forgotten.ok());
  EXPECT_FALSE(forgotten->has_value());
}

}  // namespace
}  // namespace eventreactor::local
