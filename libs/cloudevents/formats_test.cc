#include "libs/cloudevents/formats.h"

#include <gtest/gtest.h>

namespace eventreactor::cloudevents {
namespace {

TEST(UriReference, AcceptsUrisAndRelativeReferences) {
  for (const char* good :
       {"https://github.com/cloudevents", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "mailto:cncf@lists.cncf.io", "/cloudevents/spec/pull/123", "1-555-123-4567",
        "http://[::1]:80/a?b=c/?#d", "//host/path", "a/b:c", "?q", "#f", "/a%20b",
        "tag:a@b,2020:c"}) {
    EXPECT_TRUE(IsUriReference(good)) << good;
  }
}

TEST(UriReference, RefusesWhatRfc3986Forbids) {
  for (const char* bad : {"/a b", "/a%2", "/a%zz", "1:b", ":b", "/a#b#c", "/a[b]", "/<a>", "/a\\b",
                          "/\xC3\xA9", "/a\"", "/{a}"}) {
    EXPECT_FALSE(IsUriReference(bad)) << bad;
  }
}

TEST(AbsoluteUri, NeedsAScheme) {
  EXPECT_TRUE(IsAbsoluteUri("https://example.com/schema.json"));
  EXPECT_TRUE(IsAbsoluteUri("urn:a:b"));
  EXPECT_FALSE(IsAbsoluteUri("/schema.json"));
  EXPECT_FALSE(IsAbsoluteUri("example.com/schema"));
  EXPECT_FALSE(IsAbsoluteUri("//example.com/schema"));
  EXPECT_FALSE(IsAbsoluteUri(""));
}

TEST(Timestamp, AcceptsRfc3339) {
  for (const char* good :
       {"2018-04-05T17:31:00Z", "2018-04-05t17:31:00z", "2018-04-05T17:31:00.123456789012Z",
        "2018-04-05T17:31:00+09:30", "2016-12-31T23:59:60Z", "2000-02-29T00:00:00-00:00"}) {
    EXPECT_TRUE(IsTimestamp(good)) << good;
  }
}

TEST(Timestamp, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "2018-04-05", "2018-04-05T17:31:00", "2018-04-05 17:31:00Z", "2018-04-05T17:31Z",
        "2018-04-05T24:00:00Z", "2018-04-05T23:60:00Z", "2018-04-05T23:00:61Z",
        "2018-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2018-13-01T00:00:00Z",
        "2018-00-01T00:00:00Z", "2018-01-00T00:00:00Z", "2018-04-05T17:31:00.Z",
        "2018-04-05T17:31:00+0930", "2018-04-05T17:31:00+24:00", "2018-04-05T17:31:00ZZ",
        "18-04-05T17:31:00Z", "2018-04-05T17:31:00+09:30 "}) {
    EXPECT_FALSE(IsTimestamp(bad)) << bad;
  }
}

}  // namespace
}  // namespace eventreactor::cloudevents
