#include "services/kube-adapter/pod/pod_event_files.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// Readable by whatever user a container runs as.
constexpr int kFileMode = 0444;
// The longest key that a ConfigMap takes is 253.
constexpr size_t kMaxKey = 240;

// Fills one ConfigMap after the other.
class Packer {
 public:
  Packer(std::string prefix, size_t max_bytes)
      : prefix_(std::move(prefix)), room_of_one_(max_bytes) {
    Open();
  }

  void Add(const EventFile& file, size_t index) {
    std::string key = file.path;
    std::replace(key.begin(), key.end(), '/', '.');
    if (key.size() > kMaxKey) key = absl::StrCat("file-", index);
    if (file.data.size() <= room_) return Put(key, file.path, file.data);
    std::string_view rest = file.data;
    for (int part = 0; !rest.empty(); ++part) {
      if (room_ == 0) Open();
      const std::string_view piece = rest.substr(0, room_);
      Put(absl::StrCat(key, ".", part), absl::StrCat(file.path, ".", part), piece);
      rest.remove_prefix(piece.size());
    }
  }

  EventObjects Take() && {
    json sources = json::array();
    for (size_t i = 0; i < maps_.size(); ++i) {
      sources.push_back(
          {{"configMap", {{"name", maps_[i]["metadata"]["name"]}, {"items", items_[i]}}}});
    }
    return {std::move(maps_), {{"projected", {{"defaultMode", kFileMode}, {"sources", sources}}}}};
  }

 private:
  void Open() {
    maps_.push_back({{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"metadata", {{"name", absl::StrCat(prefix_, "-event-", maps_.size())}}},
                     {"immutable", true},
                     {"binaryData", json::object()}});
    items_.push_back(json::array());
    room_ = room_of_one_;
  }

  void Put(const std::string& key, const std::string& path, std::string_view bytes) {
    maps_.back()["binaryData"][key] =
        absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
    items_.back().push_back({{"key", key}, {"path", path}});
    room_ -= bytes.size();
  }

  const std::string prefix_;
  const size_t room_of_one_;
  size_t room_ = 0;
  std::vector<json> maps_;
  std::vector<json> items_;
};

}  // namespace

EventObjects PlaceEventFiles(const std::string& prefix, const std::vector<EventFile>& files,
                             size_t max_bytes) {
  Packer packer(prefix, max_bytes);
  for (size_t i = 0; i < files.size(); ++i) packer.Add(files[i], i);
  return std::move(packer).Take();
}

}  // namespace eventreactor::kube
