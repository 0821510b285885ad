// What an adapter tells those who tap the feed, beside the accepted events,
// the finished Actions and the logs, which the bus puts there by itself:
//
//   er.feed.dispatched.<namespace>.<type>            …event.dispatched
//   er.feed.action.<namespace>.<pipeline>.created    …action.created
//   er.feed.action.<namespace>.<pipeline>.started    …action.started
//   er.feed.action.<namespace>.<pipeline>.step       …action.step.ended
//
// CloudEvents in NATS' binary binding, of types that begin with
// io.github.summerwind.eventreactor; docs/guide/integrating.md has them all.
//
// For telling only: what cannot be told now is never told, and a change may be
// told twice, with the same id.
#pragma once

#include <string>
#include <vector>

#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/bus/bus.h"

namespace eventreactor {

// Pure. The time is that of the change, and left out where it is not known.
// The Event without data and extensions, and with those decisions only that
// created an Action.
bus::Message EventDispatchedMessage(const v1::Event& event);
// Without steps, volumes and logs.
bus::Message ActionCreatedMessage(const v1::Action& action);
// Started, and each step that ended, between one status and the next. The
// extension `step` is the step's name, `exitcode` its exit status.
std::vector<bus::Message> ActionChangeMessages(const v1::Action& before, const v1::Action& after);

// Never waits, and never fails.
void TellFeed(bus::Bus& bus, const bus::Message& message);

}  // namespace eventreactor
