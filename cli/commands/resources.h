// What the nouns share when they print resources.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

// Names alone, one a line; with the namespace before it where several are
// listed.
template <class Resource>
std::string NamesOf(const std::vector<Resource>& resources) {
  std::string names;
  for (const auto& resource : resources) names += resource.metadata().name() + "\n";
  return names;
}

// Prints resources in a format for programs: names, or a List of manifests.
template <class Resource>
void PrintList(const std::vector<Resource>& resources, Format format) {
  if (format == Format::kName) {
    Print(NamesOf(resources));
    return;
  }
  std::vector<nlohmann::json> items;
  items.reserve(resources.size());
  for (const auto& resource : resources) items.push_back(ToManifest(resource));
  Print(Render(ListOf(std::move(items)), format));
}

// One resource for programs: its name, or its manifest.
template <class Resource>
void PrintOne(const Resource& resource, Format format) {
  if (format == Format::kName) {
    Print(resource.metadata().name() + "\n");
    return;
  }
  Print(Render(ToManifest(resource), format));
}

// The same as -o asked for it. For programs only.
template <class Resource>
absl::Status PrintOneAs(const Resource& resource, const Output& output) {
  if (output.path) return PrintJson(ToManifest(resource), output);
  PrintOne(resource, output.format);
  return absl::OkStatus();
}
template <class Resource>
absl::Status PrintListAs(const std::vector<Resource>& resources, const Output& output) {
  if (!output.path) {
    PrintList(resources, output.format);
    return absl::OkStatus();
  }
  std::vector<nlohmann::json> items;
  items.reserve(resources.size());
  for (const auto& resource : resources) items.push_back(ToManifest(resource));
  return PrintJson(ListOf(std::move(items)), output);
}

// What a list says when it is empty; `filtered`: when it was asked for some only.
inline std::string NoneText(const std::string& kind, const std::string& ns, bool all,
                            bool filtered) {
  return absl::StrCat("no ", kind, filtered ? " like that" : "", all ? "" : " in namespace ",
                      all ? "" : ns);
}

// "a=b, c=d", in order of key.
template <class Map>
std::string PairsText(const Map& map) {
  const std::map<std::string, std::string> sorted(map.begin(), map.end());
  std::string text;
  for (const auto& [key, value] : sorted) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", key, "=", value);
  }
  return text;
}

// The condition of that type, or an empty one.
template <class Conditions>
auto FindCondition(const Conditions& conditions, const std::string& type) {
  for (const auto& condition : conditions) {
    if (condition.type() == type) return condition;
  }
  return typename Conditions::value_type();
}

}  // namespace eventreactor::cli
