// Names and labels. Names are derived from causes, so that every step can be
// repeated: 26 lower-case Crockford base-32 characters (the shape of a ULID)
// of the first 128 bits of SHA-256 over length-prefixed fields. Pure.
#pragma once

#include <map>
#include <string>

namespace eventreactor {

// The Event of a CloudEvent.
std::string EventName(const std::string& ns, const std::string& source, const std::string& id);

// The Action of a cause (an Event's name, or the upstream Action's), a
// Pipeline and an attempt (empty for the first).
std::string ActionName(const std::string& cause, const std::string& pipeline,
                       const std::string& attempt = "");

// True for a DNS-1123 label (namespaces) and subdomain (names).
bool IsDnsLabel(const std::string& value);
bool IsDnsSubdomain(const std::string& value);
// True for a Kubernetes label value: at most 63 characters of [-A-Za-z0-9_.],
// beginning and ending with an alphanumeric; or empty.
bool IsLabelValue(const std::string& value);
// True for a Kubernetes label or annotation key: a name as a label value has
// it, not empty, after an optional DNS-1123 subdomain and a slash.
bool IsLabelKey(const std::string& key);

// Eight hex digits of the text's SHA-256: what tells objects of one name apart.
std::string ShortDigest(const std::string& text);

std::string ActionNameLabel();       // action.GROUP/name
std::string ActionUidLabel();        // action.GROUP/uid
std::string EventTypeLabel();        // event.GROUP/type
std::string EventNameLabel();        // event.GROUP/name
std::string PipelineNameLabel();     // pipeline.GROUP/name
std::string PipelineTriggerLabel();  // pipeline.GROUP/trigger
std::string TransactionIdLabel();    // transaction.GROUP/id

// The attempt of an Action that somebody asked for: action.GROUP/attempt.
std::string AttemptAnnotation();
// True for what an attempt may be: a label value that is not empty.
bool IsAttempt(const std::string& value);

}  // namespace eventreactor
