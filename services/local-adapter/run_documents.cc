#include "services/local-adapter/run_documents.h"

#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/domain/build_template.h"
#include "libs/domain/document_check.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

using google::protobuf::Struct;
using nlohmann::json;

constexpr char kDefaultAccount[] = "default";
// What one run may refer to; it is kept in memory while the run is planned.
constexpr size_t kMaxRunBytes = size_t{16} << 20;

using Reference = std::pair<std::string, std::string>;

std::string TextAt(const json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

json ItemAt(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto member = object.find(key);
  return member != object.end() ? *member : json();
}

void AddReference(const char* kind, const std::string& name, std::set<Reference>& references) {
  if (!name.empty()) references.emplace(kind, name);
}

void AddReferences(const Struct& container, std::set<Reference>& references) {
  const json fields = manifest::StructToJson(container);
  for (const json& variable : ItemAt(fields, "env")) {
    const json from = ItemAt(variable, "valueFrom");
    AddReference(kConfigMap, TextAt(ItemAt(from, "configMapKeyRef"), "name"), references);
    AddReference(kSecret, TextAt(ItemAt(from, "secretKeyRef"), "name"), references);
  }
  for (const json& from : ItemAt(fields, "envFrom")) {
    AddReference(kConfigMap, TextAt(ItemAt(from, "configMapRef"), "name"), references);
    AddReference(kSecret, TextAt(ItemAt(from, "secretRef"), "name"), references);
  }
}

std::set<Reference> ReferencesOf(const v1::BuildSpec& build) {
  std::set<Reference> references;
  for (const Struct& step : build.steps()) AddReferences(step, references);
  AddReferences(build.source().custom(), references);
  for (const v1::SourceSpec& source : build.sources()) AddReferences(source.custom(), references);
  for (const Struct& fields : build.volumes()) {
    const json volume = manifest::StructToJson(fields);
    AddReference(kConfigMap, TextAt(ItemAt(volume, "configMap"), "name"), references);
    AddReference(kSecret, TextAt(ItemAt(volume, "secret"), "secretName"), references);
  }
  return references;
}

// Reads documents of one namespace, each once.
class Collector {
 public:
  Collector(Documents& documents, std::string ns) : documents_(documents), ns_(std::move(ns)) {}

  // Null if it is not there; also after an error.
  const v1::Document* Take(const std::string& kind, const std::string& name) {
    if (!status_.ok() || !seen_.emplace(kind, name).second) return nullptr;
    absl::StatusOr<v1::Document> found = documents_.Get(kind, NamespaceOfDocument(kind, ns_), name);
    if (!found.ok()) {
      if (!absl::IsNotFound(found.status())) status_ = found.status();
      return nullptr;
    }
    bytes_ += found->ByteSizeLong();
    if (bytes_ > kMaxRunBytes) {
      status_ = InvalidField("spec", absl::StrCat("refers to documents of more than ",
                                                  kMaxRunBytes >> 20, " MiB together"));
      return nullptr;
    }
    v1::Document& kept = *collected_.add_documents();
    kept.CopyFrom(*found);
    return &kept;
  }

  absl::StatusOr<v1::RunDocuments> Finish() && {
    if (!status_.ok()) return status_;
    return std::move(collected_);
  }

 private:
  Documents& documents_;
  const std::string ns_;
  std::set<Reference> seen_;
  v1::RunDocuments collected_;
  size_t bytes_ = 0;
  absl::Status status_;
};

std::string TemplateKind(const v1::BuildSpec& build) {
  return build.template_().kind() == kClusterBuildTemplate ? kClusterBuildTemplate : kBuildTemplate;
}

}  // namespace

DocumentSet::DocumentSet(const v1::RunDocuments& documents) {
  for (const v1::Document& document : documents.documents()) {
    documents_.emplace(Reference(document.kind(), document.metadata().name()), document);
  }
}

DocumentSet DocumentSet::Unknown() {
  DocumentSet set;
  set.unknown_ = true;
  return set;
}

const v1::Document* DocumentSet::Find(const std::string& kind, const std::string& name) const {
  const auto found = documents_.find(Reference(kind, name));
  return found == documents_.end() ? nullptr : &found->second;
}

absl::StatusOr<v1::BuildSpec> BuildOf(const v1::Action& action, const DocumentSet& documents) {
  const v1::BuildSpec& build = action.spec().build();
  if (!build.has_template_()) return build;
  const std::string kind = TemplateKind(build);
  const std::string& name = build.template_().name();
  const v1::Document* const found = documents.Find(kind, name);
  if (found == nullptr) {
    const std::string where = kind == kClusterBuildTemplate
                                  ? ""
                                  : absl::StrCat(" in namespace ", action.metadata().namespace_());
    return InvalidField("spec.template.name", absl::StrCat("there is no ", kind, " ", name, where,
                                                           "; apply it, and run the Action again"));
  }
  return ApplyTemplate(build, ItemAt(manifest::StructToJson(found->body()), "spec"));
}

absl::StatusOr<v1::RunDocuments> CollectDocuments(Documents& documents, const v1::Action& action) {
  const v1::BuildSpec& build = action.spec().build();
  Collector collector(documents, action.metadata().namespace_());
  v1::RunDocuments templates;
  if (build.has_template_()) {
    const v1::Document* found = collector.Take(TemplateKind(build), build.template_().name());
    if (found != nullptr) *templates.add_documents() = *found;
  }
  // What is wrong with the template, PlanRun tells.
  const absl::StatusOr<v1::BuildSpec> applied = BuildOf(action, DocumentSet(templates));
  if (applied.ok()) {
    for (const auto& [kind, name] : ReferencesOf(*applied)) collector.Take(kind, name);
  }
  const std::string& named = build.service_account_name();
  const v1::Document* account =
      collector.Take(kServiceAccount, named.empty() ? kDefaultAccount : named);
  if (account != nullptr) {
    const json secrets = ItemAt(manifest::StructToJson(account->body()), "secrets");
    for (const json& secret : secrets) collector.Take(kSecret, TextAt(secret, "name"));
  }
  return std::move(collector).Finish();
}

absl::StatusOr<v1::RunDocuments> DocumentsOfRun(Documents& documents, const v1::Action& action) {
  const std::string& uid = action.metadata().uid();
  absl::StatusOr<std::optional<v1::RunDocuments>> kept = documents.OfRun(uid);
  if (!kept.ok()) return kept.status();
  if (kept->has_value()) return **std::move(kept);
  // It began when there were none.
  if (action.status().has_start_time()) return v1::RunDocuments();
  absl::StatusOr<v1::RunDocuments> found = CollectDocuments(documents, action);
  if (!found.ok() || found->documents().empty()) return found;
  if (absl::Status status = documents.KeepForRun(uid, *found); !status.ok()) return status;
  return found;
}

}  // namespace eventreactor::local
