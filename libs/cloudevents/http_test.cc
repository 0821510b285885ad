#include "libs/cloudevents/http.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

Headers With(Headers more) {
  Headers headers = {
      {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

std::string BlamedInHttp(const Headers& headers, const std::string& body = "") {
  const auto event = FromHttp(headers, body);
  return event.ok() ? "" : Field(event.status());
}

std::string ReasonFor(const std::string& content_type) {
  const auto event = FromHttp({{"content-type", content_type}}, "{}");
  return Reason(event.status());
}

TEST(BinaryMode, EveryAttributeArrives) {
  const auto event = FromHttp(With({{"ce-time", "2020-01-01T00:00:00Z"},
                                    {"ce-subject", "sub"},
                                    {"ce-dataschema", "urn:s"},
                                    {"ce-traceparent", "00-1"},
                                    {"Content-Type", "image/png"},
                                    {"host", "example.com"}}),
                              std::string("\x89PNG\0", 5));
  ASSERT_TRUE(event.ok()) << event.status();
  CloudEvent want;
  want.id = "1";
  want.source = "/s";
  want.type = "t";
  want.time = "2020-01-01T00:00:00Z";
  want.subject = "sub";
  want.dataschema = "urn:s";
  want.datacontenttype = "image/png";
  want.extensions = {{"traceparent", "00-1"}};
  want.data = std::string("\x89PNG\0", 5);
  EXPECT_EQ(*event, want);
}

TEST(BinaryMode, HeaderNamesIgnoreCase) {
  const auto event = FromHttp({{"CE-SpecVersion", "1.0"},
                               {"Ce-Id", "1"},
                               {"CE-SOURCE", "/s"},
                               {"cE-tYPE", "T"},
                               {"Ce-MyExt", "V"}},
                              "");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, "T");
  EXPECT_EQ(event->extensions.at("myext"), "V");
}

TEST(BinaryMode, AnEmptyBodyIsNoData) {
  EXPECT_FALSE(FromHttp(With({{"content-type", "text/plain"}}), "")->data.has_value());
}

TEST(BinaryMode, ValuesAreDecodedOnce) {
  const auto event = FromHttp(With({{"ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80"},
                                    {"ce-twice", "%2525"},
                                    {"ce-plain", "a+b&c=d"}}),
                              "");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->subject, "Euro \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(event->extensions.at("twice"), "%25");
  EXPECT_EQ(event->extensions.at("plain"), "a+b&c=d");
}

TEST(BinaryMode, QuotedValuesOfOlderSendersAreUnquotedFirst) {
  const auto event =
      FromHttp(With({{"ce-a", R"("with \"quotes\" and %20")"}, {"ce-b", "\"\""}}), "");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->extensions.at("a"), "with \"quotes\" and  ");
  EXPECT_EQ(event->extensions.at("b"), "");
}

TEST(BinaryMode, NamesTheAttributeThatCannotBeDecoded) {
  EXPECT_EQ(BlamedInHttp(With({{"ce-subject", "50% off"}})), "subject");
  EXPECT_EQ(BlamedInHttp(With({{"ce-subject", "\"a\"b\""}})), "subject");
  EXPECT_EQ(BlamedInHttp(With({{"ce-subject", "\"a\\\""}})), "subject");
}

TEST(BinaryMode, NamesWhatIsMissingTwiceEmptyOrOutOfPlace) {
  EXPECT_EQ(BlamedInHttp({{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/"}}), "type");
  EXPECT_EQ(BlamedInHttp({{"ce-id", "1"}, {"ce-source", "/"}, {"ce-type", "t"}}), "specversion");
  EXPECT_EQ(BlamedInHttp(With({{"CE-ID", "2"}})), "id");
  EXPECT_EQ(BlamedInHttp(With({{"ce-specversion", "1.0"}})), "specversion");
  EXPECT_EQ(BlamedInHttp(With({{"ce-x", "1"}, {"ce-x", "1"}})), "x");
  EXPECT_EQ(BlamedInHttp(With({{"ce-subject", ""}})), "subject");
  EXPECT_EQ(BlamedInHttp(With({{"ce-datacontenttype", "text/plain"}})), "datacontenttype");
  EXPECT_EQ(BlamedInHttp(With({{"ce-data", "x"}})), "data");
  EXPECT_EQ(BlamedInHttp(With({{"content-type", "a/b"}, {"Content-Type", "a/b"}})), "content-type");
  EXPECT_EQ(BlamedInHttp(With({{"ce-my_ext", "x"}})), "extensions");
}

TEST(BinaryMode, OtherVersionsAreRefusedByName) {
  const auto event = FromHttp({{"ce-specversion", "0.3"}, {"ce-id", "1"}}, "");
  EXPECT_EQ(Message(event.status()), "specversion: must be \"1.0\", not \"0.3\"");
}

TEST(StructuredMode, IsChosenByTheMediaTypeAlone) {
  const std::string body = R"({"specversion":"1.0","id":"j","source":"/j","type":"j"})";
  for (const char* type : {"application/cloudevents+json", "Application/CloudEvents+JSON",
                           "application/cloudevents+json; charset=UTF-8",
                           "application/cloudevents+json;charset=\"utf-8\""}) {
    const auto event = FromHttp(With({{"Content-Type", type}}), body);
    ASSERT_TRUE(event.ok()) << type << ": " << event.status();
    EXPECT_EQ(event->id, "j") << "ce- headers are only copies for intermediaries";
  }
}

TEST(ContentType, WhatWeDoNotSpeakHasAReasonOfItsOwn) {
  for (const char* type :
       {"application/cloudevents-batch+json", "application/cloudevents-batch+xml",
        "application/cloudevents+xml", "application/cloudevents",
        "application/cloudevents-batch+json; charset=utf-16",
        "application/cloudevents+json; charset=utf-16"}) {
    EXPECT_EQ(ReasonFor(type), kUnsupportedContentType) << type;
  }
  EXPECT_EQ(
      Message(FromHttp({{"content-type", "application/cloudevents-batch+json"}}, "[]").status()),
      "content-type: a batch is not accepted where one event is wanted");
}

TEST(ContentType, CompressedBodiesAreRefused) {
  EXPECT_EQ(Reason(FromHttp(With({{"Content-Encoding", "gzip"}}), "x").status()),
            kUnsupportedContentType);
  EXPECT_EQ(BlamedInHttp(With({{"Content-Encoding", "identity"}}), "x"), "");
}

TEST(ContentType, APlainPostIsToldWhatACloudEventIs) {
  const auto event = FromHttp({{"content-type", "application/json"}}, "{}");
  EXPECT_EQ(Field(event.status()), "specversion");
  EXPECT_NE(Message(event.status()).find("application/cloudevents+json"), std::string::npos);
}

}  // namespace
}  // namespace eventreactor::cloudevents
