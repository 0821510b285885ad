#include "services/kube-adapter/store/kube_table.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/kube_stream.h"
#include "services/kube-adapter/store/page_order.h"
#include "services/kube-adapter/store/selectors.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kFieldManager[] = "eventreactor";
constexpr size_t kMaxToken = 4096;

ObjectName NameOf(const v1::ObjectMeta& metadata) {
  return {metadata.namespace_(), metadata.name()};
}

WriteOptions Writing() { return {.field_manager = kFieldManager}; }

absl::Status Conflict(const KindInfo& kind, const v1::ObjectMeta& metadata) {
  return MakeStatus(absl::StatusCode::kAborted, "CONFLICT",
                    absl::StrCat("the ", kind.resource.kind, " ", metadata.name(), " in namespace ",
                                 metadata.namespace_(), " was changed meanwhile; read it again"));
}

// One page while it is read.
template <class T>
struct Filling {
  const ListQuery& query;
  const OnRefused& refused;
  Page<T> page{};
  size_t bytes = 0;
  // Objects of the chunk that is being read, before the one that was too much.
  size_t taken = 0;
  bool full = false;

  void Take(json&& object) {
    if (full) return;
    std::optional<T> decoded = DecodeOrTell<T>(std::move(object), refused);
    const size_t size = decoded ? decoded->ByteSizeLong() : 0;
    full = !page.items.empty() && bytes + size > query.page_bytes;
    if (full) return;
    ++taken;
    bytes += size;
    if (decoded) page.items.push_back(*std::move(decoded));
  }
};

// What the server writes its tokens with.
bool CouldBeToken(const std::string& token) {
  return token.size() <= kMaxToken && std::all_of(token.begin(), token.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '=' || c == '+' || c == '/';
         });
}

}  // namespace

template <class T>
KubeTable<T>::KubeTable(Client& client, std::string scope, OnRefused refused)
    : client_(client),
      api_(client),
      scope_(std::move(scope)),
      refused_(std::move(refused)),
      chunks_(client, KindOf<T>().resource) {}

template <class T>
absl::StatusOr<T> KubeTable<T>::Answer(absl::StatusOr<json> answer, const ObjectName& name) const {
  if (!answer.ok()) return ToStoreError(answer.status(), kind_, name);
  absl::StatusOr<T> decoded = Decode<T>(*std::move(answer));
  if (decoded.ok()) return decoded;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "OBJECT_NOT_UNDERSTOOD",
                    absl::StrCat("the ", kind_.resource.kind, " ", ToString(name), ": ",
                                 Message(decoded.status())),
                    Field(decoded.status()));
}

template <class T>
absl::StatusOr<T> KubeTable<T>::Create(const T& object) {
  absl::StatusOr<T> created = std::move(CreateEach({&object}).front());
  if constexpr (std::is_same_v<T, v1::Pipeline>) {
    // What else a creation would leave behind, at the price of a second write;
    // where that fails, the Pipeline's keeper makes up for it.
    if (created.ok() && object.has_status()) {
      T with_status = *created;
      *with_status.mutable_status() = object.status();
      absl::StatusOr<T> written = UpdateStatus(with_status);
      if (written.ok()) return written;
    }
  }
  return created;
}

template <class T>
std::vector<absl::StatusOr<T>> KubeTable<T>::CreateEach(const std::vector<const T*>& objects) {
  std::vector<json> encoded;
  encoded.reserve(objects.size());
  for (const T* object : objects) {
    json& metadata = encoded.emplace_back(Encode(*object))["metadata"];
    for (const char* key : {"uid", "resourceVersion", "generation", "creationTimestamp"}) {
      metadata.erase(key);
    }
  }
  std::vector<absl::StatusOr<json>> answers = api_.CreateEach(kind_.resource, encoded, Writing());
  std::vector<absl::StatusOr<T>> created;
  created.reserve(objects.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    // What was sent is not read again: the answer is for what the server sets.
    if (answers[i].ok() && answers[i]->is_object()) answers[i]->erase("spec");
    created.push_back(Answer(std::move(answers[i]), NameOf(objects[i]->metadata())));
    if (created.back().ok()) *created.back()->mutable_spec() = objects[i]->spec();
  }
  return created;
}

template <class T>
absl::StatusOr<T> KubeTable<T>::Get(const std::string& ns, const std::string& name) {
  return Answer(api_.Get(kind_.resource, {ns, name}), {ns, name});
}

template <class T>
std::vector<absl::StatusOr<T>> KubeTable<T>::GetEach(
    const std::vector<std::pair<std::string, std::string>>& names) {
  std::vector<ObjectName> asked;
  asked.reserve(names.size());
  for (const auto& [ns, name] : names) asked.push_back({ns, name});
  std::vector<absl::StatusOr<json>> answers = api_.GetEach(kind_.resource, asked);
  std::vector<absl::StatusOr<T>> found;
  found.reserve(asked.size());
  for (size_t i = 0; i < asked.size(); ++i) {
    found.push_back(Answer(std::move(answers[i]), asked[i]));
  }
  return found;
}

template <class T>
absl::StatusOr<Page<T>> KubeTable<T>::List(const ListQuery& query) {
  if (!CouldBeToken(query.page_token)) return InvalidPageToken();
  const auto page_size = static_cast<size_t>(std::max(query.page_size, 1));
  Filling<T> filling{.query = query, .refused = refused_};
  Page<T>& page = filling.page;
  ChunkReader::Ask ask;
  ask.ns = query.ns.empty() ? scope_ : query.ns;
  ask.label_selector = query.selector.text();
  ask.field_selector = FieldSelector(query);
  ask.bytes = 2 * query.page_bytes;
  ask.continue_token = query.page_token;
  ask.cached = query.recent;
  while (true) {
    filling.taken = 0;
    ask.most = page_size - page.items.size();
    const absl::StatusOr<ListMeta> meta = chunks_.Read(ask, [&](json&& object) {
      filling.Take(std::move(object));
      return absl::OkStatus();
    });
    if (absl::IsInvalidArgument(meta.status()) && !query.page_token.empty()) {
      return InvalidPageToken();
    }
    if (!meta.ok()) return ToStoreError(meta.status(), kind_, {query.ns, ""});
    page.resource_version = meta->resource_version;
    page.next_page_token = meta->continue_token;
    if (query.recent) break;
    if (filling.full) {
      const absl::StatusOr<std::string> token =
          chunks_.ContinueAfter(ask, filling.taken, meta->resource_version);
      if (!token.ok()) return ToStoreError(token.status(), kind_, {query.ns, ""});
      page.next_page_token = *token;
      break;
    }
    if (page.next_page_token.empty() || page.items.size() >= page_size) break;
    ask.continue_token = page.next_page_token;
  }
  SortByCreation(page.items);
  return std::move(page);
}

template <class T>
absl::StatusOr<T> KubeTable<T>::Base(const T& object) {
  absl::StatusOr<T> stored = Get(object.metadata().namespace_(), object.metadata().name());
  if (stored.ok() &&
      stored->metadata().resource_version() != object.metadata().resource_version()) {
    return Conflict(kind_, object.metadata());
  }
  return stored;
}

template <class T>
absl::StatusOr<T> KubeTable<T>::Update(const T& object) {
  const ObjectName name = NameOf(object.metadata());
  if constexpr (std::is_same_v<T, v1::Event>) {
    absl::StatusOr<T> stored = Base(object);
    if (!stored.ok()) return stored;
    T next = object;
    next.clear_status();
    if (stored->has_status()) next.mutable_status()->Swap(stored->mutable_status());
    return Answer(api_.Update(kind_.resource, Encode(next), Writing()), name);
  } else {
    return Answer(api_.Update(kind_.resource, Encode(object), Writing()), name);
  }
}

template <class T>
absl::StatusOr<T> KubeTable<T>::UpdateStatus(const T& object) {
  const ObjectName name = NameOf(object.metadata());
  if constexpr (std::is_same_v<T, v1::Event>) {
    absl::StatusOr<T> stored = Base(object);
    if (!stored.ok()) return stored;
    *stored->mutable_status() = object.status();
    return Answer(api_.Update(kind_.resource, Encode(*stored), Writing()), name);
  } else {
    return Answer(api_.UpdateStatus(kind_.resource, EncodeStatus(object), Writing()), name);
  }
}

template <class T>
absl::Status KubeTable<T>::Delete(const std::string& ns, const std::string& name,
                                  const std::string& uid) {
  const absl::StatusOr<json> answer = api_.Delete(kind_.resource, {ns, name}, {.uid = uid});
  return ToStoreError(answer.status(), kind_, {ns, name});
}

template <class T>
absl::StatusOr<std::unique_ptr<ChangeStream<T>>> KubeTable<T>::Watch(const WatchQuery& query) {
  if (!query.resource_version.empty() && !ParseVersion(query.resource_version)) {
    return InvalidVersion(query.resource_version);
  }
  return std::make_unique<KubeStream<T>>(client_,
                                         ObjectWatch::Options{
                                             .resource = kind_.resource,
                                             .ns = query.ns.empty() ? scope_ : query.ns,
                                             .label_selector = query.selector.text(),
                                             .field_selector = FieldSelector(query),
                                             .version = query.resource_version,
                                         },
                                         refused_);
}

template class KubeTable<v1::Event>;
template class KubeTable<v1::Pipeline>;
template class KubeTable<v1::Action>;

}  // namespace eventreactor::kube
