// SqliteStore does what every store does.
#include "libs/adapter/store_contract.h"
#include "services/local-adapter/sqlite_store.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor {
namespace {

struct SqliteStoreHolder {
  ResourceStore& store() { return *sqlite; }
  local::TestDirectory directory;
  std::unique_ptr<local::SqliteStore> sqlite =
      *local::SqliteStore::Open({.path = directory.path() + "/er.db"});
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteStoreHolder);

}  // namespace
}  // namespace eventreactor
