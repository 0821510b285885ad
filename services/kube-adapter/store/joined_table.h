// One kind of our resources in a set of namespaces, each with a store of its
// own, as one store.
//
// Lists come namespace by namespace, in the order of their names. A page's
// version is that of the first one: a namespace that is listed later may be
// newer, and whoever watches from there hears of some changes again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/adapter/store.h"
#include "services/kube-adapter/store/joined_stream.h"
#include "services/kube-adapter/store/page_order.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {

// Where a list of several namespaces goes on.
struct JoinedToken {
  std::string ns;
  // That of the first page.
  std::string version;
  // That namespace's own; empty: from its start.
  std::string token;
};
std::string ToString(const JoinedToken& token);
// Nothing if it is none.
std::optional<JoinedToken> ParseJoinedToken(const std::string& text);

// NOT_FOUND, as for a namespace that is not there: for this adapter it is not.
absl::Status NotServed(const std::string& ns);

// Thread-safe, as its members are.
template <class T>
class JoinedTable : public Store<T> {
 public:
  // By namespace; at least one, none owned.
  explicit JoinedTable(std::map<std::string, Store<T>*> members) : members_(std::move(members)) {}

  absl::StatusOr<T> Create(const T& object) override {
    return Of(object, [&](Store<T>& store) { return store.Create(object); });
  }
  absl::StatusOr<T> Update(const T& object) override {
    return Of(object, [&](Store<T>& store) { return store.Update(object); });
  }
  absl::StatusOr<T> UpdateStatus(const T& object) override {
    return Of(object, [&](Store<T>& store) { return store.UpdateStatus(object); });
  }
  absl::StatusOr<T> Get(const std::string& ns, const std::string& name) override {
    Store<T>* store = Find(ns);
    if (store == nullptr) return NotServed(ns);
    return store->Get(ns, name);
  }
  absl::Status Delete(const std::string& ns, const std::string& name,
                      const std::string& uid) override {
    Store<T>* store = Find(ns);
    return store == nullptr ? NotServed(ns) : store->Delete(ns, name, uid);
  }

  absl::StatusOr<Page<T>> List(const ListQuery& query) override {
    if (!query.ns.empty()) {
      Store<T>* store = Find(query.ns);
      if (store == nullptr) return NotServed(query.ns);
      return store->List(query);
    }
    JoinedToken at{.ns = members_.begin()->first, .version = "", .token = ""};
    if (!query.page_token.empty()) {
      std::optional<JoinedToken> token = ParseJoinedToken(query.page_token);
      if (!token || !members_.contains(token->ns)) return InvalidPageToken();
      at = *std::move(token);
    }
    return ListFrom(query, std::move(at));
  }

  absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Watch(const WatchQuery& query) override {
    if (!query.ns.empty()) {
      Store<T>* store = Find(query.ns);
      if (store == nullptr) return NotServed(query.ns);
      return store->Watch(query);
    }
    std::vector<std::unique_ptr<ChangeStream<T>>> parts;
    parts.reserve(members_.size());
    for (const auto& [ns, store] : members_) {
      WatchQuery part = query;
      part.ns = ns;
      absl::StatusOr<std::unique_ptr<ChangeStream<T>>> stream = store->Watch(part);
      if (!stream.ok()) return stream.status();
      parts.push_back(*std::move(stream));
    }
    return std::make_unique<JoinedStream<T>>(std::move(parts), query.resource_version);
  }

 private:
  Store<T>* Find(const std::string& ns) const {
    const auto found = members_.find(ns);
    return found == members_.end() ? nullptr : found->second;
  }

  template <class Do>
  absl::StatusOr<T> Of(const T& object, const Do& act) const {
    Store<T>* store = Find(object.metadata().namespace_());
    if (store == nullptr) return NotServed(object.metadata().namespace_());
    return act(*store);
  }

  absl::StatusOr<Page<T>> ListFrom(const ListQuery& query, JoinedToken at) const {
    Page<T> page;
    size_t bytes = 0;
    for (auto member = members_.find(at.ns); member != members_.end(); ++member) {
      at.ns = member->first;
      const bool full = page.items.size() >= static_cast<size_t>(query.page_size);
      // The next page would have an object that is larger than what is left.
      if (full || bytes > query.page_bytes / 2) {
        page.next_page_token = ToString(at);
        break;
      }
      ListQuery part = query;
      part.ns = at.ns;
      part.page_token = std::exchange(at.token, "");
      part.page_size = query.page_size - static_cast<int>(page.items.size());
      part.page_bytes = query.page_bytes - bytes;
      absl::StatusOr<Page<T>> found = member->second->List(part);
      if (!found.ok()) return found.status();
      if (at.version.empty()) at.version = found->resource_version;
      for (T& item : found->items) {
        bytes += item.ByteSizeLong();
        page.items.push_back(std::move(item));
      }
      if (!found->next_page_token.empty()) {
        at.token = std::move(found->next_page_token);
        page.next_page_token = ToString(at);
        break;
      }
    }
    page.resource_version = at.version;
    SortByCreation(page.items);
    return page;
  }

  const std::map<std::string, Store<T>*> members_;
};

}  // namespace eventreactor::kube
