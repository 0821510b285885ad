// The checks stop at the first error; so the field at fault is mended in a
// copy, and the checks run again.
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/manifests.h"
#include "cli/validate/mend.h"
#include "cli/validate/problems.h"
#include "libs/domain/document_check.h"
#include "libs/domain/fragment_check.h"
#include "libs/domain/matching.h"
#include "libs/domain/metadata_check.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using nlohmann::json;

constexpr size_t kMostErrors = 50;
// How often one copy is mended.
constexpr int kMostMends = 200;

// The name in `is unknown; did you mean "steps"?`; empty if there is none.
std::string Suggestion(const std::string& message) {
  constexpr char kBefore[] = "did you mean \"";
  const size_t begin = message.find(kBefore);
  if (begin == std::string::npos) return "";
  const size_t name = begin + sizeof(kBefore) - 1;
  return message.substr(name, message.find('"', name) - name);
}

v1::Pipeline Decoded(const json& body) {
  v1::Pipeline pipeline;
  FromJson(body, pipeline).IgnoreError();
  return pipeline;
}

// Two that exclude each other: what is said of both, where the one that goes
// stands, and the one without which it is looked at by itself.
struct Alternative {
  const char* field;
  const char* message;
  const char* looked_at;
  const char* without;
};
constexpr Alternative kAlternatives[] = {
    {"spec.trigger", "has both", "spec.trigger.pipeline", "spec.trigger.event"},
    {"spec.template", "stands beside", "spec.template", "spec.steps"},
    {"spec.sources", "stands beside", "spec.sources", "spec.source"},
};

void Erase(json& body, const std::string& path) {
  auto parts = PartsOf(path);
  const std::string last = parts.back();
  parts.pop_back();
  json* parent = Find(body, parts);
  if (parent != nullptr && parent->is_object()) parent->erase(last);
}

class Search {
 public:
  using Check = std::function<absl::Status(const json&)>;

  explicit Search(json body, Stock stock = Stock::kPipeline)
      : body_(std::move(body)), stock_(stock) {}

  Findings RunWith(const Check& check) {
    UntilNone(check);
    return std::move(found_);
  }

  Findings Run() {
    UntilNone([](const json& body) {
      v1::Pipeline pipeline;
      return FromJson(body, pipeline);
    });
    found_.readable = Decoded(body_);
    CheckFragments();
    CheckMeaning();
    return std::move(found_);
  }

 private:
  bool IsFull() {
    if (found_.errors.size() < kMostErrors && mends_ < kMostMends) return false;
    found_.not_looked_at.insert("what comes after");
    return true;
  }

  void UntilNone(const Check& check) {
    while (true) {
      const absl::Status status = check(body_);
      if (status.ok() || IsFull()) return;
      Add(status);
      if (TakeAlternative(status)) continue;
      if (!MendOne(status)) return;
    }
  }

  void CheckMeaning() {
    UntilNone([](const json& body) { return Matcher::Compile(Decoded(body)).status(); });
  }

  // These are all told at once; but what is below a mistyped name, or seems
  // to be missing for it, only when that is put right.
  void CheckFragments() {
    while (RenameFragments()) {
    }
    const bool knows_volumes = KnowsVolumes();
    for (const absl::Status& problem : FragmentProblems(Decoded(body_).spec().build())) {
      if (IsFull()) return;
      if (!knows_volumes && absl::StrContains(Message(problem), "there is no volume")) continue;
      const absl::Status status = InField("spec", problem);
      AddOnce(status);
      if (Find(body_, PartsOf(Field(status))) == nullptr) continue;
      // What goes with it was looked at.
      Mend(body_, Field(status), 0);
      ++mends_;
    }
  }

  bool RenameFragments() {
    bool is_renamed = false;
    for (const absl::Status& problem : FragmentProblems(Decoded(body_).spec().build())) {
      if (Suggestion(Message(problem)).empty() || IsFull()) continue;
      const absl::Status status = InField("spec", problem);
      Add(status);
      if (!Rename(status)) continue;
      is_renamed = true;
      ++mends_;
    }
    return is_renamed;
  }

  // Whether no volume was mended away.
  bool KnowsVolumes() const {
    for (const FieldError& error : found_.errors) {
      const bool names_member = absl::StrContains(error.message, "is unknown") &&
                                error.field.rfind('.') == std::string("spec").size();
      if (names_member || IsWithin(error.field, "spec.volumes")) return false;
    }
    return true;
  }

  // What is missing because it was mended away is no error of the file.
  void Add(const absl::Status& status) {
    for (const FieldError& error : found_.errors) {
      if (IsWithin(error.field, Field(status))) return;
    }
    AddOnce(status);
  }

  void AddOnce(const absl::Status& status) {
    const std::string field = Field(status);
    std::string message = Message(status);
    if (absl::StartsWith(message, field + ": ")) message = message.substr(field.size() + 2);
    const std::string original = Original(field);
    for (const FieldError& error : found_.errors) {
      if (error.message == message && (error.field == field || error.place == original)) return;
    }
    found_.errors.push_back({field, message, original});
  }

  // The field as the file has it.
  std::string Original(const std::string& field) const {
    for (auto each = renamed_.rbegin(); each != renamed_.rend(); ++each) {
      if (IsWithin(field, each->first)) return each->second + field.substr(each->first.size());
    }
    return field;
  }

  // Puts a mistyped name right, so that what is below it is looked at.
  bool Rename(const absl::Status& status) {
    if (Reason(status) != "UNKNOWN_FIELD") return false;
    const std::string meant = Suggestion(Message(status));
    auto parts = PartsOf(Field(status));
    if (meant.empty() || parts.empty()) return false;
    const std::string name = parts.back();
    parts.pop_back();
    json* parent = Find(body_, parts);
    if (parent == nullptr || !parent->is_object() || !parent->contains(name) ||
        parent->contains(meant)) {
      return false;
    }
    json value = std::move((*parent)[name]);
    parent->erase(name);
    (*parent)[meant] = std::move(value);
    const std::string field = Field(status);
    const std::string around = field.substr(0, field.size() - name.size());
    renamed_.emplace_back(absl::StrCat(around, meant), Original(field));
    return true;
  }

  bool TakeAlternative(const absl::Status& status) {
    for (const Alternative& each : kAlternatives) {
      if (Field(status) != each.field || !absl::StrContains(Message(status), each.message)) {
        continue;
      }
      json alone = body_;
      Erase(alone, each.without);
      Search other(std::move(alone));
      other.CheckMeaning();
      for (FieldError& error : other.found_.errors) {
        if (IsWithin(error.field, each.looked_at)) found_.errors.push_back(std::move(error));
      }
      Erase(body_, each.looked_at);
      ++mends_;
      return true;
    }
    return false;
  }

  bool MendOne(const absl::Status& status) {
    ++mends_;
    if (Rename(status)) return true;
    const std::string field = Field(status);
    // What does not get better goes with what is around it.
    const int times = times_[absl::StrCat(field, " ", Message(status))]++;
    const Mended mended = Mend(body_, field, times, stock_);
    // There is nothing to look at in what is no field, or of another type.
    const bool is_known = Reason(status) != "UNKNOWN_FIELD" && Reason(status) != "WRONG_TYPE";
    if (mended.is_more && is_known) found_.not_looked_at.insert(Original(mended.path));
    return !mended.path.empty();
  }

  json body_;
  const Stock stock_;
  Findings found_;
  int mends_ = 0;
  // How often what is said of a field was mended.
  std::map<std::string, int> times_;
  // Mistyped names that were put right, as they are and as they were.
  std::vector<std::pair<std::string, std::string>> renamed_;
};

}  // namespace

bool IsWithin(const std::string& field, const std::string& around) {
  return field == around || absl::StartsWith(field, around + ".") ||
         absl::StartsWith(field, around + "[");
}

Findings AllErrors(const Document& document) {
  return Search(json::parse(document.body, nullptr, false)).Run();
}

// The way that an adapter goes.
Findings AllErrorsOfReferred(const Document& document) {
  Document left = document;
  return Search(json::parse(document.body, nullptr, false), Stock::kDocument)
      .RunWith([&](const json& body) {
        left.body = body.dump();
        absl::StatusOr<v1::Document> referred = ParseDocument(left);
        if (!referred.ok()) return referred.status();
        const absl::Status metadata = CheckMetadata(referred->metadata());
        return metadata.ok() ? CheckDocument(*referred) : metadata;
      });
}

}  // namespace eventreactor::cli
