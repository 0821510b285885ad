#include "services/kube-adapter/kube/testing/fake_store.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/testing/fake_refusal.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

std::string Now() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
}

std::string NewUid(uint64_t number) {
  char uid[40];
  std::snprintf(uid, sizeof(uid), "00000000-0000-4000-8000-%012llx",
                static_cast<unsigned long long>(number));
  return uid;
}

absl::Status NotFound(const FakeTarget& target) {
  return FakeRefusal(404, "NotFound", target.plural + " \"" + target.name + "\" not found", target);
}

absl::Status Conflict(const FakeTarget& target, const std::string& why) {
  return FakeRefusal(409, "Conflict",
                     absl::StrCat("Operation cannot be fulfilled on ", target.plural, " \"",
                                  target.name, "\": ", why),
                     target);
}

absl::Status Modified(const FakeTarget& target) {
  return Conflict(target,
                  "the object has been modified; please apply your changes to the latest version "
                  "and try again");
}

// What no write changes, and what each changes.
bool SameButVersion(json a, json b) {
  for (json* object : {&a, &b}) (*object)["metadata"].erase("resourceVersion");
  return a == b;
}

// What the generation counts.
bool SameSpec(json a, json b) {
  for (json* object : {&a, &b}) {
    object->erase("metadata");
    object->erase("status");
  }
  return a == b;
}

bool HasFinalizers(const json& object) {
  return !ArrayAt(ObjectAt(object, "metadata"), "finalizers").empty();
}

// The built-in groups take an update without a version; custom resources do not.
bool IsBuiltIn(const FakeTarget& target) {
  return target.group.find('.') == std::string::npos || absl::EndsWith(target.group, ".k8s.io");
}

}  // namespace

FakeObject FakeStore::Find(const FakeTarget& target) const {
  const auto collection = collections_.find(target.collection());
  if (collection == collections_.end()) return nullptr;
  const auto found = collection->second.find({target.ns, target.name});
  return found == collection->second.end() ? nullptr : found->second;
}

bool FakeStore::HasStatus(const FakeTarget& target) const {
  const auto& without = options_.without_status;
  return std::find(without.begin(), without.end(), target.plural) == without.end();
}

std::string FakeStore::KindOf(const FakeTarget& target) const {
  const auto found = kinds_.find(target.collection());
  return found == kinds_.end() ? "" : found->second;
}

absl::Status FakeStore::Validate(const FakeTarget& target, const FakeObject& before,
                                 const json& after) const {
  const auto found = validators_.find(target.plural);
  if (found == validators_.end()) return absl::OkStatus();
  const auto refusal = found->second(before == nullptr ? json() : *before, after);
  if (!refusal) return absl::OkStatus();
  return FakeRefusal(refusal->code, refusal->reason, refusal->message, target, refusal->field);
}

absl::StatusOr<json> FakeStore::Create(const FakeTarget& where, json object, bool dry_run) {
  FakeTarget target = where;
  if (!object.is_object()) return FakeRefusal(400, "BadRequest", "no object", target);
  if (!object.contains("metadata")) object["metadata"] = json::object();
  json& metadata = object["metadata"];
  const std::string ns = StringAt(metadata, "namespace");
  if (!ns.empty() && ns != target.ns) {
    return FakeRefusal(400, "BadRequest",
                       "the namespace of the provided object does not match the namespace sent on "
                       "the request",
                       target);
  }
  if (!target.ns.empty()) metadata["namespace"] = target.ns;
  if (StringAt(object, "apiVersion") != target.api_version()) {
    return FakeRefusal(400, "BadRequest",
                       "the API version in the data (" + StringAt(object, "apiVersion") +
                           ") does not match the expected API version (" + target.api_version() +
                           ")",
                       target);
  }
  ++uids_;
  if (StringAt(metadata, "name").empty() && !StringAt(metadata, "generateName").empty()) {
    metadata["name"] = absl::StrCat(StringAt(metadata, "generateName"), "g", uids_);
  }
  target.name = StringAt(metadata, "name");
  if (target.name.empty()) {
    return FakeRefusal(422, "Invalid", "name or generateName is required", target, "metadata.name");
  }
  if (!StringAt(metadata, "resourceVersion").empty()) {
    return FakeRefusal(400, "BadRequest",
                       "resourceVersion should not be set on objects to be created", target);
  }
  const FakeTarget home = TargetOf(Namespaces(), {"", target.ns});
  if (options_.require_namespaces && !target.ns.empty() && target.ns != "default" &&
      Find(home) == nullptr) {
    return NotFound(home);
  }
  if (Find(target) != nullptr) {
    return FakeRefusal(409, "AlreadyExists",
                       target.plural + " \"" + target.name + "\" already exists", target);
  }
  if (HasStatus(target)) object.erase("status");
  if (target.plural == "pods") object["status"] = {{"phase", "Pending"}};
  metadata["uid"] = NewUid(uids_);
  metadata["creationTimestamp"] = Now();
  metadata["generation"] = 1;
  metadata["managedFields"] = {
      {{"manager", "fake"}, {"operation", "Update"}, {"fieldsType", "FieldsV1"}}};
  metadata.erase("deletionTimestamp");
  if (absl::Status status = Validate(target, nullptr, object); !status.ok()) return status;
  kinds_[target.collection()] = StringAt(object, "kind");
  if (dry_run) return object;
  return Store(target, nullptr, std::move(object));
}

absl::StatusOr<json> FakeStore::Get(const FakeTarget& target) const {
  const FakeObject found = Find(target);
  if (found == nullptr) return NotFound(target);
  return *found;
}

absl::StatusOr<json> FakeStore::Update(const FakeTarget& target, json object, bool dry_run) {
  const FakeObject before = Find(target);
  if (before == nullptr) return NotFound(target);
  const json& metadata = ObjectAt(object, "metadata");
  if (StringAt(metadata, "name") != target.name) {
    return FakeRefusal(400, "BadRequest",
                       "the name of the object does not match the name on the URL", target);
  }
  const std::string uid = StringAt(metadata, "uid");
  const json& stored = ObjectAt(*before, "metadata");
  if (!uid.empty() && uid != StringAt(stored, "uid")) {
    return Conflict(target, "Precondition failed: UID in precondition: " + uid +
                                ", UID in object meta: " + StringAt(stored, "uid"));
  }
  const std::string version = StringAt(metadata, "resourceVersion");
  if (version.empty() && !IsBuiltIn(target)) {
    return FakeRefusal(
        422, "Invalid",
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update", target,
        "metadata.resourceVersion");
  }
  if (!version.empty() && version != StringAt(stored, "resourceVersion")) return Modified(target);
  return Write(target, before, std::move(object), dry_run);
}

absl::StatusOr<json> FakeStore::Write(const FakeTarget& target, const FakeObject& before,
                                      json object, bool dry_run) {
  json after;
  if (target.subresource == "status") {
    after = *before;
    if (object.contains("status")) {
      after["status"] = object["status"];
    } else {
      after.erase("status");
    }
  } else {
    after = std::move(object);
    json& metadata = after["metadata"];
    const json& stored = (*before)["metadata"];
    for (const char* key : {"uid", "name", "namespace", "creationTimestamp", "generation",
                            "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"}) {
      metadata.erase(key);
      if (stored.contains(key)) metadata[key] = stored[key];
    }
    if (HasStatus(target)) {
      after.erase("status");
      if (before->contains("status")) after["status"] = (*before)["status"];
    }
  }
  after["metadata"]["resourceVersion"] = (*before)["metadata"]["resourceVersion"];
  if (SameButVersion(*before, after)) return *before;
  if (!SameSpec(*before, after)) {
    after["metadata"]["generation"] = IntAt(ObjectAt(*before, "metadata"), "generation") + 1;
  }
  if (absl::Status status = Validate(target, before, after); !status.ok()) return status;
  if (dry_run) return after;
  if (after["metadata"].contains("deletionTimestamp") && !HasFinalizers(after) &&
      HasFinalizers(*before)) {
    return Store(target, before, json());
  }
  return Store(target, before, std::move(after));
}

absl::StatusOr<json> FakeStore::Patch(const FakeTarget& target, const std::string& content_type,
                                      const json& patch, bool dry_run) {
  const bool apply = content_type == "application/apply-patch+yaml";
  const FakeObject before = Find(target);
  if (before == nullptr) {
    if (apply && target.subresource.empty()) return Create(target, patch, dry_run);
    return NotFound(target);
  }
  json after = *before;
  try {
    if (apply || content_type == "application/merge-patch+json") {
      after.merge_patch(patch);
    } else if (content_type == "application/json-patch+json") {
      after = after.patch(patch);
    } else {
      return FakeRefusal(415, "UnsupportedMediaType",
                         "the body of the request was in an unknown format: " + content_type,
                         target);
    }
  } catch (const json::exception& error) {
    return FakeRefusal(422, "Invalid", error.what(), target);
  }
  if (StringAt(ObjectAt(after, "metadata"), "resourceVersion") !=
      StringAt(ObjectAt(*before, "metadata"), "resourceVersion")) {
    return Modified(target);
  }
  return Write(target, before, std::move(after), dry_run);
}

absl::StatusOr<json> FakeStore::Delete(const FakeTarget& target, const json& options) {
  const FakeObject before = Find(target);
  if (before == nullptr) return NotFound(target);
  const json& metadata = ObjectAt(*before, "metadata");
  const json& wanted = ObjectAt(options, "preconditions");
  for (const auto& [condition, field] :
       {std::pair("uid", "uid"), std::pair("resourceVersion", "resourceVersion")}) {
    const std::string value = StringAt(wanted, condition);
    if (!value.empty() && value != StringAt(metadata, field)) {
      return Conflict(target, absl::StrCat("Precondition failed: ", field, " in precondition: ",
                                           value, ", in object meta: ", StringAt(metadata, field)));
    }
  }
  if (options.is_object() && options.contains("dryRun")) return *before;
  const bool at_once = options.is_object() && options.contains("gracePeriodSeconds") &&
                       IntAt(options, "gracePeriodSeconds") == 0;
  const bool graceful = graceful_.contains(target.plural) && !at_once;
  const bool orphan = StringAt(options, "propagationPolicy") == "Orphan";
  if (HasFinalizers(*before) || graceful) {
    json after = *before;
    if (after["metadata"].contains("deletionTimestamp")) return *before;
    after["metadata"]["deletionTimestamp"] = Now();
    after["metadata"]["deletionGracePeriodSeconds"] = graceful ? 30 : 0;
    after["metadata"]["generation"] = IntAt(metadata, "generation") + 1;
    return Store(target, before, std::move(after));
  }
  const std::string uid = StringAt(metadata, "uid");
  if (orphan) CollectGarbage(uid, true);
  Store(target, before, json());
  return json{{"kind", "Status"},
              {"apiVersion", "v1"},
              {"status", "Success"},
              {"details", {{"name", target.name}, {"kind", target.plural}, {"uid", uid}}}};
}

absl::Status FakeStore::Change(const FakeTarget& target,
                               const std::function<void(json& object)>& change) {
  const FakeObject before = Find(target);
  if (before == nullptr) return NotFound(target);
  json after = *before;
  change(after);
  if (!SameSpec(*before, after)) {
    after["metadata"]["generation"] = IntAt(ObjectAt(*before, "metadata"), "generation") + 1;
  }
  Store(target, before, std::move(after));
  return absl::OkStatus();
}

absl::Status FakeStore::Remove(const FakeTarget& target) {
  const FakeObject before = Find(target);
  if (before == nullptr) return NotFound(target);
  Store(target, before, json());
  return absl::OkStatus();
}

json FakeStore::Store(const FakeTarget& target, const FakeObject& before, json after) {
  const std::string collection = target.collection();
  ++version_;
  FakeChange change{version_, collection, before, nullptr};
  json answer;
  if (after.is_null()) {
    collections_[collection].erase({target.ns, target.name});
    answer = *before;
    answer["metadata"]["resourceVersion"] = std::to_string(version_);
  } else {
    after["metadata"]["resourceVersion"] = std::to_string(version_);
    change.after = std::make_shared<const json>(std::move(after));
    collections_[collection][{target.ns, target.name}] = change.after;
    targets_[collection] = target;
    answer = *change.after;
  }
  const bool removed = change.after == nullptr;
  history_.push_back(std::move(change));
  while (history_.size() > options_.history) {
    floor_ = history_.front().version;
    history_.pop_front();
  }
  if (removed && options_.collect_garbage) {
    CollectGarbage(StringAt(ObjectAt(answer, "metadata"), "uid"), false);
  }
  return answer;
}

void FakeStore::CollectGarbage(const std::string& owner_uid, bool orphan) {
  std::vector<FakeTarget> children;
  for (const auto& [collection, objects] : collections_) {
    for (const auto& [name, object] : objects) {
      for (const json& owner : ArrayAt(ObjectAt(*object, "metadata"), "ownerReferences")) {
        if (StringAt(owner, "uid") != owner_uid) continue;
        FakeTarget child = targets_.at(collection);
        child.ns = name.ns;
        child.name = name.name;
        children.push_back(std::move(child));
      }
    }
  }
  for (const FakeTarget& child : children) {
    const FakeObject before = Find(child);
    if (before == nullptr) continue;
    json after = *before;
    json& owners = after["metadata"]["ownerReferences"];
    for (size_t i = owners.size(); i-- > 0;) {
      if (StringAt(owners[i], "uid") == owner_uid) owners.erase(i);
    }
    // An object goes with the last of its owners.
    if (!owners.empty() || orphan) {
      Store(child, before, std::move(after));
    } else {
      static_cast<void>(Delete(child, json::object()));
    }
  }
}

std::vector<FakeObject> FakeStore::List(const FakeTarget& target) const {
  std::vector<FakeObject> found;
  const auto collection = collections_.find(target.collection());
  if (collection == collections_.end()) return found;
  for (const auto& [name, object] : collection->second) {
    if (target.ns.empty() || name.ns == target.ns) found.push_back(object);
  }
  return found;
}

void FakeStore::ForgetHistory() {
  history_.clear();
  // Not even the latest version is known: an object was written since.
  floor_ = ++version_;
}

void FakeStore::SetGraceful(const std::string& plural, bool graceful) {
  if (graceful) {
    graceful_.insert(plural);
  } else {
    graceful_.erase(plural);
  }
}

void FakeStore::SetValidator(const std::string& plural, FakeApiServer::Validator validator) {
  validators_[plural] = std::move(validator);
}

}  // namespace eventreactor::kube
