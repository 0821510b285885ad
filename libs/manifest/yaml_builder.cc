#include "libs/manifest/yaml_builder.h"

#include "libs/manifest/field_path.h"
#include "libs/manifest/refusal.h"
#include "libs/manifest/yaml_scalar.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::manifest {
namespace {

using nlohmann::json;

constexpr size_t kMaxLevels = 50;
constexpr size_t kMaxCopiedNodes = 10'000;
constexpr size_t kMaxCopiedBytes = 4 << 20;
// Positions are a courtesy; a file of more fields has those of the first.
constexpr size_t kMaxLines = 10'000;

// What yaml-cpp calls an untagged plain scalar, and an untagged quoted one.
constexpr char kPlainTag[] = "?";
constexpr char kQuotedTag[] = "!";
constexpr char kTagPrefix[] = "tag:yaml.org,2002:";

json Resolve(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  if (tag == kQuotedTag || tag == std::string(kTagPrefix) + "str") return text;
  const auto resolved = ResolvePlain(text);
  if (!resolved.ok()) throw YamlRefusal(mark, Message(resolved.status()));
  if (tag == kPlainTag || tag.empty()) return *resolved;
  const std::string name = tag.rfind(kTagPrefix, 0) == 0 ? tag.substr(sizeof(kTagPrefix) - 1) : "";
  const bool fits = (name == "int" && resolved->is_number_integer()) ||
                    (name == "float" && resolved->is_number()) ||
                    (name == "bool" && resolved->is_boolean()) ||
                    (name == "null" && resolved->is_null());
  if (!fits) {
    throw YamlRefusal(mark, "the tag " + ValidUtf8(tag, 64) + " does not fit " + Shown(text));
  }
  return *resolved;
}

void CheckCollectionTag(const YAML::Mark& mark, const std::string& tag, const char* name) {
  if (tag.empty() || tag == kPlainTag || tag == kQuotedTag || tag == std::string(kTagPrefix) + name)
    return;
  throw YamlRefusal(mark, "the tag " + ValidUtf8(tag, 64) + " is not known");
}

}  // namespace

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  // yaml-cpp would begin one empty document after the other there, for ever.
  if (mark.pos == document_begin_) {
    throw YamlRefusal(mark, "belongs to no value; expected one value, and --- before another");
  }
  document_begin_ = mark.pos;
  document_ = {};
  is_empty_ = true;
  open_.clear();
  anchors_.clear();
}

void YamlBuilder::OnDocumentEnd() {
  if (!is_empty_) documents_.push_back(std::move(document_));
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (WantsKey()) throw YamlRefusal(mark, "a key is missing before the colon");
  Add(mark, anchor, {json(nullptr)});
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (WantsKey()) throw YamlRefusal(mark, "an alias cannot be a key");
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw YamlRefusal(mark, "an alias within its own value");
  ChargeCopy(mark, found->second);
  Add(mark, /*anchor=*/0, found->second);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  if (WantsKey()) return TakeKey(mark, tag, value);
  Add(mark, anchor, {Resolve(mark, tag, value), 1, value.size()});
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  CheckCollectionTag(mark, tag, "seq");
  OpenNode(mark, anchor, json::array());
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  CheckCollectionTag(mark, tag, "map");
  OpenNode(mark, anchor, json::object());
}

void YamlBuilder::OnSequenceEnd() { CloseNode(); }
void YamlBuilder::OnMapEnd() { CloseNode(); }

void YamlBuilder::ChargeCopy(const YAML::Mark& mark, const Sized& node) {
  copied_nodes_ += node.nodes;
  copied_bytes_ += node.bytes;
  if (copied_nodes_ > kMaxCopiedNodes || copied_bytes_ > kMaxCopiedBytes) {
    throw YamlRefusal(mark, "the file's anchors and aliases hold more than 10000 nodes or 4 MiB");
  }
}

bool YamlBuilder::WantsKey() const {
  return !open_.empty() && open_.back().node.value.is_object() && !open_.back().has_key;
}

void YamlBuilder::TakeKey(const YAML::Mark& mark, const std::string& tag, const std::string& key) {
  Open& map = open_.back();
  map.is_merge = key == "<<" && tag == kPlainTag;
  if (!map.is_merge && map.node.value.contains(key)) {
    throw YamlRefusal(mark, "the key " + Shown(key) + " is given twice");
  }
  map.has_key = true;
  map.key = key;
  map.key_mark = mark;
  map.node.bytes += key.size();
}

std::string YamlBuilder::NextPath() const {
  if (open_.empty()) return "";
  const Open& parent = open_.back();
  return parent.node.value.is_array() ? Below(parent.path, parent.node.value.size())
                                      : Below(parent.path, parent.key);
}

void YamlBuilder::OpenNode(const YAML::Mark& mark, YAML::anchor_t anchor, json value) {
  if (WantsKey()) throw YamlRefusal(mark, "a key must be a plain value");
  if (open_.size() >= kMaxLevels) throw YamlRefusal(mark, "nested more than 50 levels deep");
  Open node;
  node.node.value = std::move(value);
  node.anchor = anchor;
  node.mark = mark;
  node.path = NextPath();
  open_.push_back(std::move(node));
}

void YamlBuilder::CloseNode() {
  Open node = std::move(open_.back());
  open_.pop_back();
  for (json& merged : node.merged) {
    // json::insert leaves the keys that are there alone.
    node.node.value.insert(merged.begin(), merged.end());
  }
  Add(node.mark, node.anchor, std::move(node.node));
}

void YamlBuilder::Add(const YAML::Mark& mark, YAML::anchor_t anchor, Sized node) {
  if (anchor != 0) {
    ChargeCopy(mark, node);
    anchors_[anchor] = node;
  }
  if (open_.empty()) {
    is_empty_ = node.value.is_null();
    document_.root = std::move(node.value);
    document_.line = mark.line + 1;
    return;
  }
  const std::string path = NextPath();
  Open& parent = open_.back();
  const YAML::Mark& place = parent.has_key ? parent.key_mark : mark;
  if (document_.lines.size() < kMaxLines) {
    document_.lines.emplace(path, place.line + 1);
    document_.columns.emplace(path, place.column + 1);
  }
  parent.node.nodes += node.nodes;
  parent.node.bytes += node.bytes;
  if (parent.node.value.is_array()) {
    parent.node.value.push_back(std::move(node.value));
    return;
  }
  parent.has_key = false;
  if (parent.is_merge) return AddMerge(mark, std::move(node.value));
  parent.node.value[parent.key] = std::move(node.value);
}

void YamlBuilder::AddMerge(const YAML::Mark& mark, json value) {
  std::vector<json>& merged = open_.back().merged;
  if (value.is_object()) {
    merged.push_back(std::move(value));
    return;
  }
  for (json& item : value) {
    if (!value.is_array() || !item.is_object()) {
      throw YamlRefusal(mark, "<< takes a map or a list of maps");
    }
    merged.push_back(std::move(item));
  }
}

}  // namespace eventreactor::manifest
