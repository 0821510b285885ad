// Media types (RFC 2046, in the grammar of RFC 9110): what datacontenttype
// and content-type hold. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace eventreactor::cloudevents {

struct MediaType {
  // Lower case, as parameter names are; parameter values are as sent, unquoted.
  std::string type;
  std::string subtype;
  std::map<std::string, std::string> parameters;

  // type/subtype
  std::string Essence() const { return type + "/" + subtype; }
  // */json and */*+json, as the JSON event format counts them.
  bool IsJson() const;
};

// Nothing if it is no media type, or names a parameter twice.
std::optional<MediaType> ParseMediaType(const std::string& value);

// The JSON event format reads an absent datacontenttype as JSON.
bool DeclaresJson(const std::string& datacontenttype);

}  // namespace eventreactor::cloudevents
