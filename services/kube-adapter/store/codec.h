// Events, Pipelines and Actions to and from the objects of the API server, by
// the codec of manifests. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor::kube {

// An annotation of Events, "true" once they are dispatched: so that a watch
// of metadata alone tells. One without it may be dispatched nevertheless, if
// it was not recorded by us.
inline constexpr char kDispatchedAnnotation[] = "eventreactor.summerwind.github.io/dispatched";

// INVALID_ARGUMENT naming the field that is not to be understood; fields that
// are not known are left out: the server keeps only what the CRDs have, and
// those may be of a later version. An Action without status, as it is created,
// has the initial one.
template <class T>
absl::StatusOr<T> Decode(nlohmann::json object);

// Of an object that Decode refuses: its metadata alone, as far as it goes.
template <class T>
T DecodeIdentityOf(const nlohmann::json& object);

// The whole object. An Event's text that would become too long by JSON's
// escapes is written as base64; an Event that is dispatched is marked so.
nlohmann::json Encode(const v1::Event& event);
nlohmann::json Encode(const v1::Pipeline& pipeline);
nlohmann::json Encode(const v1::Action& action);

// For a write of status alone: which object, which version, its status.
nlohmann::json EncodeStatus(const v1::Pipeline& pipeline);
nlohmann::json EncodeStatus(const v1::Action& action);

// Bytes of the text in JSON as the API server stores it: Go's encoder escapes
// <, > and & as well.
size_t EscapedSize(const std::string& text);

}  // namespace eventreactor::kube
