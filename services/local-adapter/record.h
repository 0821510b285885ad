// How each kind of resource lies in its table.
#pragma once

#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/status/status.h"
#include "services/local-adapter/change_log.h"
#include "services/local-adapter/sqlite.h"

namespace eventreactor::local {

// kColumns are those between version and body; BindColumns gives their values
// in the same order. kByName: listed by namespace and name rather than by
// creation.
template <class T>
struct Record;

template <>
struct Record<v1::Event> {
  static constexpr Kind kKind = Kind::kEvent;
  static constexpr char kTable[] = "events";
  static constexpr char kWord[] = "Event";
  static constexpr char kNotFound[] = "EVENT_NOT_FOUND";
  static constexpr bool kByName = false;
  static constexpr std::array kColumns = {"type", "dispatched"};
  static void BindColumns(Query& query, const v1::Event& event) {
    query.Bind(event.spec().type()).Bind(event.status().has_dispatch_time() ? 1 : 0);
  }
};

template <>
struct Record<v1::Pipeline> {
  static constexpr Kind kKind = Kind::kPipeline;
  static constexpr char kTable[] = "pipelines";
  static constexpr char kWord[] = "Pipeline";
  static constexpr char kNotFound[] = "PIPELINE_NOT_FOUND";
  static constexpr bool kByName = true;
  static constexpr std::array kColumns = {"uid", "generation"};
  static void BindColumns(Query& query, const v1::Pipeline& pipeline) {
    query.Bind(pipeline.metadata().uid()).Bind(pipeline.metadata().generation());
  }
};

template <>
struct Record<v1::Action> {
  static constexpr Kind kKind = Kind::kAction;
  static constexpr char kTable[] = "actions";
  static constexpr char kWord[] = "Action";
  static constexpr char kNotFound[] = "ACTION_NOT_FOUND";
  static constexpr bool kByName = false;
  static constexpr std::array kColumns = {"pipeline", "event", "unfinished", "undispatched"};
  static void BindColumns(Query& query, const v1::Action& action) {
    query.Bind(action.spec().pipeline().name())
        .Bind(action.spec().event().name())
        .Bind(action.status().completion() == v1::COMPLETION_UNSPECIFIED ? 1 : 0)
        .Bind(action.status().has_dispatch_time() ? 0 : 1);
  }
};

template <class T>
absl::Status NotFound(const std::string& ns, const std::string& name) {
  return MakeStatus(
      absl::StatusCode::kNotFound, Record<T>::kNotFound,
      absl::StrCat("there is no ", Record<T>::kWord, " ", name, " in namespace ", ns));
}

}  // namespace eventreactor::local
