// Puts a CloudEvent together from the attributes that a message names, one at
// a time: what all codecs share. Pure.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor::cloudevents {

// True for the names that the specification defines, specversion included.
bool IsContextAttribute(const std::string& name);

// Lower-case ASCII letters and digits, 1 to 64 of them.
bool IsAttributeName(const std::string& name);

// INVALID_ARGUMENT with the attribute as field. A name that is none itself
// becomes the fault, quoted and cut, so that hostile names stay out of fields.
absl::Status InvalidAttribute(const std::string& name, const std::string& message);

class EventBuilder {
 public:
  // INVALID_ARGUMENT for a name that is none or given twice, an empty value of an attribute
  // that the specification defines, a specversion other than 1.0, and the
  // reserved names data and data_base64.
  absl::Status Set(const std::string& name, std::string value);

  void SetData(std::string data) { event_.data = std::move(data); }

  // As set so far; "" where it is not.
  const std::string& datacontenttype() const { return event_.datacontenttype; }

  // The event; INVALID_ARGUMENT if a required attribute is missing. Whether
  // the values are good is Validate's to say.
  absl::StatusOr<CloudEvent> Finish() &&;

 private:
  CloudEvent event_;
  bool has_version_ = false;
};

}  // namespace eventreactor::cloudevents
