// The store that other tests use behaves as those that it stands for.
#include "libs/adapter/memory_store.h"

#include "libs/adapter/store_contract.h"

namespace eventreactor {
namespace {

struct MemoryStoreHolder {
  ResourceStore& store() { return memory; }
  MemoryStore memory;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryStoreHolder);

}  // namespace
}  // namespace eventreactor
