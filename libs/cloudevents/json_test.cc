#include "libs/cloudevents/json.h"

#include <gtest/gtest.h>

#include "libs/cloudevents/json_object.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

constexpr char kRequired[] = R"("specversion":"1.0","id":"1","source":"/s","type":"t")";

std::string JsonWith(const std::string& members) {
  return "{" + std::string(kRequired) + "," + members + "}";
}

std::string BlamedInJson(const std::string& text) {
  const auto event = FromJson(text);
  return event.ok() ? "" : Field(event.status());
}

TEST(JsonFormat, EveryAttributeArrives) {
  const auto event = FromJson(JsonWith(
      R"("time":"2020-01-01T00:00:00Z","subject":"\u00e9 \"q\"","dataschema":"urn:s",
         "datacontenttype":"text/xml","text":"v","yes":true,"no":false,"number":-42,"gone":null,
         "data":"<a/>")"));
  ASSERT_TRUE(event.ok()) << event.status();
  CloudEvent want;
  want.id = "1";
  want.source = "/s";
  want.type = "t";
  want.time = "2020-01-01T00:00:00Z";
  want.subject = "\xC3\xA9 \"q\"";
  want.dataschema = "urn:s";
  want.datacontenttype = "text/xml";
  want.extensions = {{"text", "v"}, {"yes", "true"}, {"no", "false"}, {"number", "-42"}};
  want.data = "<a/>";
  EXPECT_EQ(*event, want);
}

TEST(JsonData, IsKeptAsItWasWritten) {
  for (const std::string data :
       {R"({ "b" : 1.50, "a":[1,2 , {"x":"}]\"\\"}],  "a":1e2 })", "[ ]", "{}", "-0.0", "1E+2",
        "12345678901234567890123", "true", R"("a \u0041 string")", R"("")"}) {
    const auto event = FromJson(JsonWith("\"data\" :\n " + data + " \t"));
    ASSERT_TRUE(event.ok()) << data << event.status();
    EXPECT_EQ(*event->data, data);
    EXPECT_EQ(event->datacontenttype, "application/json");
  }
}

TEST(JsonData, MayStandAnywhereAndBeSpelledWithEscapes) {
  const auto event =
      FromJson(R"( { "d\u0061ta" : {"id":"x","data":2} , )" + std::string(kRequired) +
               R"(,"datacontenttype":"application/vnd.x+json"} )");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(*event->data, R"({"id":"x","data":2})");
  EXPECT_EQ(event->datacontenttype, "application/vnd.x+json");
  EXPECT_EQ(event->id, "1");
}

TEST(JsonData, IsTheContentOfAStringWhereTheTypeIsNotJson) {
  const auto event = FromJson(JsonWith(R"("data":"a\nb","datacontenttype":"text/plain")"));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(*event->data, "a\nb");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("data":{"a":1},"datacontenttype":"text/plain")")), "data");
}

TEST(JsonData, AbsentNullAndEmptyAreToldApart) {
  EXPECT_FALSE(FromJson("{" + std::string(kRequired) + "}")->data.has_value());
  EXPECT_FALSE(FromJson(JsonWith(R"("data":null)"))->data.has_value());
  EXPECT_EQ(FromJson(JsonWith(R"("data":"","datacontenttype":"text/plain")"))->data, "");
  EXPECT_EQ(FromJson(JsonWith(R"("data_base64":"")"))->data, "");
  EXPECT_EQ(FromJson("{" + std::string(kRequired) + "}")->datacontenttype, "");
}

TEST(JsonData, Base64IsDecoded) {
  const auto event = FromJson(JsonWith(R"("data_base64":"AAH\u002f","datacontenttype":"a/b")"));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->data, std::string("\x00\x01\xFF", 3));
  EXPECT_EQ(event->datacontenttype, "a/b");
  EXPECT_EQ(FromJson(JsonWith(R"("data_base64":"AA==")"))->datacontenttype, "");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("data_base64":"AAA=A")")), "data_base64");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("data_base64":"%%%")")), "data_base64");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("data_base64":1)")), "data_base64");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("data":1,"data_base64":"AA==")")), "data_base64");
}

TEST(JsonFormat, NamesTheMemberOfTheWrongType) {
  EXPECT_EQ(BlamedInJson(R"({"specversion":1.0})"), "specversion");
  EXPECT_EQ(BlamedInJson(R"({"id":1})"), "id");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("time":5)")), "time");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("ext":1.5)")), "ext");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("ext":2147483648)")), "ext");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("ext":-2147483648)")), "");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("ext":{"a":1})")), "ext");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("ext":[])")), "ext");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("My Ext":{})")), "extensions");
}

TEST(JsonFormat, NamesWhatIsMissing) {
  EXPECT_EQ(BlamedInJson("{}"), "specversion");
  EXPECT_EQ(BlamedInJson(R"({"specversion":"1.0","id":"1","source":"/s"})"), "type");
  EXPECT_EQ(BlamedInJson(R"({"specversion":"1.0","id":null,"source":"/s","type":"t"})"), "id");
  EXPECT_EQ(BlamedInJson(R"({"specversion":"0.3"})"), "specversion");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("subject":"")")), "subject");
}

TEST(JsonFormat, MembersMayNotComeTwice) {
  const auto event = FromJson(JsonWith(R"("x":"1","\u0078":"2")"));
  EXPECT_EQ(Message(event.status()), "body: has the member \"x\" more than once");
  EXPECT_EQ(BlamedInJson(JsonWith(R"("data":1,"data":2)")), "body");
}

TEST(JsonFormat, RefusesWhatIsNoJsonObject) {
  for (const char* bad :
       {"", " ", "[]", "1", "\"a\"", "null", "{", "{\"a\":1", "{\"a\":1,}", "{}{}", "{} x",
        "{'a':1}", "{\"a\":01}", "{\"a\":\"\x01\"}", "{\"a\":\"\xFF\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":NaN}", "{\"a\":1 /* */}"}) {
    EXPECT_EQ(BlamedInJson(bad), "body") << bad;
  }
  EXPECT_EQ(Message(FromJson("{\"a\":x}").status()), "body: is not valid JSON at byte 6");
}

TEST(JsonFormat, DepthIsBounded) {
  const auto nested = [](int levels) {
    return JsonWith("\"data\":" + std::string(static_cast<size_t>(levels), '[') +
                    std::string(static_cast<size_t>(levels), ']'));
  };
  EXPECT_EQ(BlamedInJson(nested(kMaxJsonDepth - 1)), "");
  EXPECT_EQ(BlamedInJson(nested(kMaxJsonDepth)), "body");
  EXPECT_EQ(BlamedInJson(JsonWith("\"data\":" + std::string(100'000, '['))), "body");
}

TEST(JsonObject, PlacesOfValuesLeaveBlanksOut) {
  const std::string text = "\n{ \"a\" : 1 ,\t\"b\":\"x\" , \"c\" : [ 1 ]\r\n}";
  const auto members = ParseJsonObject(text, 8);
  ASSERT_TRUE(members.ok()) << members.status();
  ASSERT_EQ(members->size(), 3U);
  EXPECT_EQ((*members)[0].raw, "1");
  EXPECT_EQ((*members)[1].raw, "\"x\"");
  EXPECT_EQ((*members)[2].raw, "[ 1 ]");
}

}  // namespace
}  // namespace eventreactor::cloudevents
