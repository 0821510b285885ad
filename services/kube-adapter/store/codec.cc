#include "services/kube-adapter/store/codec.h"

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/domain/run.h"
#include "libs/manifest/fields.h"
#include "libs/manifest/manifest.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

// Text that takes more than this in JSON is written in the shorter form.
constexpr size_t kLongText = size_t{1} << 20;

// Null if messages of that type have no such field.
const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!manifest::IsInline(field)) {
      if (field.json_name() == name) return &field;
    } else if (const FieldDescriptor* found = FindField(*field.message_type(), name)) {
      return found;
    }
  }
  return nullptr;
}

// Leaves out the fields that messages of that type do not have: those that are
// the server's own, such as managedFields, and those of a later version of us.
void Prune(const Descriptor& type, json& value) {
  if (!value.is_object() || manifest::ShapeOf(type) != manifest::Shape::kFields) return;
  for (auto member = value.begin(); member != value.end();) {
    const FieldDescriptor* field = FindField(type, member.key());
    if (field == nullptr) {
      member = value.erase(member);
      continue;
    }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
      if (field->is_repeated() && member->is_array()) {
        for (json& each : *member) Prune(*field->message_type(), each);
      } else {
        Prune(*field->message_type(), *member);
      }
    }
    ++member;
  }
}

void Complete(v1::Event& /*event*/) {}
void Complete(v1::Pipeline& /*pipeline*/) {}
void Complete(v1::Action& action) {
  if (action.has_status()) return;
  const auto& created = action.metadata().creation_timestamp();
  *action.mutable_status() = InitialStatus(absl::FromUnixSeconds(created.seconds()));
}

json StatusOf(json manifest) {
  const json& metadata = manifest["metadata"];
  json identity = json::object();
  for (const char* key : {"name", "namespace", "uid", "resourceVersion"}) {
    if (const auto value = metadata.find(key); value != metadata.end()) identity[key] = *value;
  }
  json object = {{"apiVersion", manifest["apiVersion"]},
                 {"kind", manifest["kind"]},
                 {"metadata", std::move(identity)}};
  if (manifest.contains("status")) object["status"] = std::move(manifest["status"]);
  return object;
}

}  // namespace

template <class T>
absl::StatusOr<T> Decode(json object) {
  Prune(*T::descriptor(), object);
  T decoded;
  if (absl::Status status = FromJson(object, decoded); !status.ok()) return status;
  Complete(decoded);
  return decoded;
}

template <class T>
T DecodeIdentityOf(const json& object) {
  const json& metadata = ObjectAt(object, "metadata");
  T identity;
  identity.mutable_metadata()->set_namespace_(StringAt(metadata, "namespace"));
  identity.mutable_metadata()->set_name(StringAt(metadata, "name"));
  identity.mutable_metadata()->set_uid(StringAt(metadata, "uid"));
  identity.mutable_metadata()->set_resource_version(StringAt(metadata, "resourceVersion"));
  identity.mutable_metadata()->set_generation(IntAt(metadata, "generation"));
  return identity;
}

template absl::StatusOr<v1::Event> Decode<v1::Event>(json);
template absl::StatusOr<v1::Pipeline> Decode<v1::Pipeline>(json);
template absl::StatusOr<v1::Action> Decode<v1::Action>(json);
template v1::Event DecodeIdentityOf<v1::Event>(const json&);
template v1::Pipeline DecodeIdentityOf<v1::Pipeline>(const json&);
template v1::Action DecodeIdentityOf<v1::Action>(const json&);

size_t EscapedSize(const std::string& text) {
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') {
      size += 2;
    } else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
      size += 6;
    } else if (c == 0xE2 && (text.compare(i, 3, "\xE2\x80\xA8") == 0 ||
                             text.compare(i, 3, "\xE2\x80\xA9") == 0)) {
      size += 6;
      i += 2;
    } else {
      ++size;
    }
  }
  return size;
}

json Encode(const v1::Event& event) {
  v1::Event encoded = event;
  if (event.status().has_dispatch_time()) {
    (*encoded.mutable_metadata()->mutable_annotations())[kDispatchedAnnotation] = "true";
  }
  const std::string& data = event.spec().data();
  const size_t as_text = EscapedSize(data);
  if (as_text > kLongText && as_text > (data.size() + 2) / 3 * 4) {
    encoded.mutable_spec()->set_data_base64(data);
    encoded.mutable_spec()->clear_data();
  }
  return ToManifest(encoded);
}

json Encode(const v1::Pipeline& pipeline) { return ToManifest(pipeline); }
json Encode(const v1::Action& action) { return ToManifest(action); }

json EncodeStatus(const v1::Pipeline& pipeline) { return StatusOf(ToManifest(pipeline)); }
json EncodeStatus(const v1::Action& action) { return StatusOf(ToManifest(action)); }

}  // namespace eventreactor::kube
