// Subjects: er.event.<namespace>.<type>, er.action.<namespace>.<pipeline>.<phase>,
// er.log.<namespace>.<action>.<step>, er.dead.<the original without er.>.
// Dots in a type divide subject tokens. In every other place, and for empty
// tokens (a type such as "a..b" or ".a"), a dot is %2E; other characters that
// a subject token cannot hold (space, control, *, >, %) and bytes above 0x7E
// are %XX. A subject is cut at 255 bytes at a token's end and then ends in
// "%", which no encoding yields: the true type is always in the ce-type header.
// An empty value, which nothing valid has, is the token "%".
#pragma once

#include <string>

namespace eventreactor::bus {

std::string EventSubject(const std::string& ns, const std::string& type);
// er.dispatched.<namespace>.<type>: told on the feed only.
std::string DispatchedSubject(const std::string& ns, const std::string& type);
// `phase` is the completion in lower case: success, failure, neutral, unknown;
// on the feed also created, started, step.
std::string ActionSubject(const std::string& ns, const std::string& pipeline,
                          const std::string& phase);
// Never cut: an Action of more than 120 bytes as a token, and a step of more
// than 63, is its beginning, "%~" and 32 hexadecimal digits of its SHA-256.
std::string LogSubject(const std::string& ns, const std::string& action, const std::string& step);
// Every step of one Action.
std::string LogFilter(const std::string& ns, const std::string& action);
// er.event.a.b -> er.dead.event.a.b
std::string DeadSubject(const std::string& subject);
// er.event.a.b -> er.feed.event.a.b, where taps listen.
std::string FeedSubject(const std::string& subject);

// True for what one can publish to: tokens of printable characters divided by
// dots, none empty and none a wildcard; at most 255 bytes.
bool IsConcreteSubject(const std::string& subject);

// As the server matches: '*' is one token, a last '>' one or more.
bool SubjectMatches(const std::string& filter, const std::string& subject);

}  // namespace eventreactor::bus
