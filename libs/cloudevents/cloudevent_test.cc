#include "libs/cloudevents/cloudevent.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

CloudEvent Minimal() {
  CloudEvent event;
  event.id = "1";
  event.source = "/test";
  event.type = "com.example.test";
  return event;
}

// The field that Validate blames; "" if it is content.
std::string BlamedBy(const CloudEvent& event, const Limits& limits = {}) {
  const absl::Status status = Validate(event, limits);
  if (status.ok()) return "";
  EXPECT_EQ(Reason(status).empty(), false) << status;
  return Field(status);
}

TEST(Validate, TheRequiredAttributesSuffice) { EXPECT_EQ(BlamedBy(Minimal()), ""); }

TEST(Validate, AcceptsEveryAttribute) {
  CloudEvent event = Minimal();
  event.datacontenttype = "text/plain; charset=utf-8";
  event.dataschema = "https://example.com/schema";
  event.subject = "a subject, in UTF-8: \xC3\xA9\xF0\x9F\x98\x80";
  event.time = "2020-01-02T03:04:05.678+09:00";
  event.extensions = {{"traceparent", "00-1-2-3"}, {"empty", ""}, {"0", "x"}};
  event.data = std::string("\0\xFF", 2);
  EXPECT_EQ(BlamedBy(event), "");
}

TEST(Validate, NamesTheMissingAttribute) {
  for (auto member : {&CloudEvent::id, &CloudEvent::source, &CloudEvent::type}) {
    CloudEvent event = Minimal();
    (event.*member).clear();
    EXPECT_NE(BlamedBy(event), "");
  }
  CloudEvent event = Minimal();
  event.type.clear();
  EXPECT_EQ(Message(Validate(event, {})), "type: is required");
}

TEST(Validate, NamesTheAttributeWhoseFormatIsWrong) {
  CloudEvent event = Minimal();
  event.source = "not a uri";
  EXPECT_EQ(BlamedBy(event), "source");
  EXPECT_EQ(Message(Validate(event, {})),
            "source: must be a URI or a relative reference (RFC 3986), not \"not a uri\"");
  event = Minimal();
  event.dataschema = "/relative";
  EXPECT_EQ(BlamedBy(event), "dataschema");
  event = Minimal();
  event.time = "yesterday";
  EXPECT_EQ(BlamedBy(event), "time");
  event = Minimal();
  event.datacontenttype = "json";
  EXPECT_EQ(BlamedBy(event), "datacontenttype");
}

TEST(Validate, RefusesControlCharactersNoncharactersAndBadUtf8InEveryAttribute) {
  for (const char* bad :
       {"a\nb", "a\x7F", "a\xC2\x80", "a\xEF\xBF\xBE", "a\xEF\xB7\x90", "a\xFF"}) {
    CloudEvent event = Minimal();
    event.id = bad;
    EXPECT_EQ(BlamedBy(event), "id") << bad;
    event = Minimal();
    event.subject = bad;
    EXPECT_EQ(BlamedBy(event), "subject") << bad;
    event = Minimal();
    event.extensions["ext"] = bad;
    EXPECT_EQ(BlamedBy(event), "ext") << bad;
  }
}

TEST(Validate, ExtensionNamesAreLowerCaseLettersAndDigits) {
  for (const char* bad : {"", "Ext", "my_ext", "my-ext", "\xC3\xA9"}) {
    CloudEvent event = Minimal();
    event.extensions[bad] = "x";
    EXPECT_EQ(BlamedBy(event), "extensions") << bad;
  }
  CloudEvent event = Minimal();
  event.extensions[std::string(64, 'a')] = "x";
  EXPECT_EQ(BlamedBy(event), "");
  event.extensions[std::string(65, 'a')] = "x";
  EXPECT_EQ(BlamedBy(event), "extensions");
}

TEST(Validate, ExtensionsCannotTakeReservedNames) {
  for (const char* reserved : {"id", "specversion", "time", "data"}) {
    CloudEvent event = Minimal();
    event.extensions[reserved] = "x";
    EXPECT_EQ(BlamedBy(event), reserved);
  }
}

TEST(Validate, EveryBoundIsExact) {
  Limits limits;
  limits.max_data = 3;
  limits.max_attribute = 20;
  limits.max_extensions = 2;
  CloudEvent event = Minimal();
  event.data = "123";
  event.subject = std::string(20, 'a');
  event.extensions = {{"a", ""}, {"b", ""}};
  EXPECT_EQ(BlamedBy(event, limits), "");

  event.subject += 'a';
  EXPECT_EQ(BlamedBy(event, limits), "subject");
  event.subject.clear();
  event.extensions["c"] = "";
  EXPECT_EQ(BlamedBy(event, limits), "extensions");
  event.extensions.clear();
  event.data = "1234";
  const absl::Status status = Validate(event, limits);
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Reason(status), "DATA_TOO_LARGE");
  EXPECT_EQ(Field(status), "data");
}

}  // namespace
}  // namespace eventreactor::cloudevents
