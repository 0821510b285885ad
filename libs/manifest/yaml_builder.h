// Turns yaml-cpp's events into JSON. An own builder, because yaml-cpp's nodes
// keep the last of two equal keys and expand aliases without a bound.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "libs/manifest/yaml_reader.h"

namespace eventreactor::manifest {

// Thrown through yaml-cpp's parser, which knows no other way to be stopped.
struct YamlRefusal : std::runtime_error {
  YamlRefusal(const YAML::Mark& where, const std::string& why)
      : std::runtime_error(why), mark(where) {}
  YAML::Mark mark;
};

// For one file: the bounds on aliases are the file's.
class YamlBuilder : public YAML::EventHandler {
 public:
  // The documents so far; those without content are not among them.
  std::vector<YamlDocument>& documents() { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override;
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  // A value with what an alias to it would cost.
  struct Sized {
    nlohmann::json value;
    size_t nodes = 1;
    size_t bytes = 0;
  };
  // A map or list that is being read.
  struct Open {
    Sized node;
    YAML::anchor_t anchor;
    YAML::Mark mark;
    std::string path;
    // In a map: the key whose value comes next, and where it stands.
    bool has_key = false;
    bool is_merge = false;
    std::string key;
    YAML::Mark key_mark;
    // The values of `<<`, which fill in what the map does not say itself.
    std::vector<nlohmann::json> merged;
  };

  // Counts what an anchor keeps and an alias repeats.
  void ChargeCopy(const YAML::Mark& mark, const Sized& node);
  bool WantsKey() const;
  void TakeKey(const YAML::Mark& mark, const std::string& tag, const std::string& key);
  std::string NextPath() const;
  void OpenNode(const YAML::Mark& mark, YAML::anchor_t anchor, nlohmann::json value);
  void CloseNode();
  void Add(const YAML::Mark& mark, YAML::anchor_t anchor, Sized node);
  void AddMerge(const YAML::Mark& mark, nlohmann::json value);

  std::vector<YamlDocument> documents_;
  YamlDocument document_;
  // Where it begins in the file.
  int document_begin_ = -1;
  bool is_empty_ = true;
  std::vector<Open> open_;
  // Complete nodes with an anchor, in this document.
  std::map<YAML::anchor_t, Sized> anchors_;
  size_t copied_nodes_ = 0;
  size_t copied_bytes_ = 0;
};

}  // namespace eventreactor::manifest
