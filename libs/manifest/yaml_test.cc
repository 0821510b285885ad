// YAML to JSON and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "libs/manifest/manifest.h"
#include "libs/manifest/yaml_reader.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using manifest::ReadYaml;
using nlohmann::json;
using ::testing::HasSubstr;

json Read(const std::string& text) {
  const auto documents = ReadYaml(text);
  EXPECT_TRUE(documents.ok()) << documents.status() << "\n" << text;
  if (!documents.ok() || documents->size() != 1) return "no single document";
  return documents->front().root;
}

std::string RefusalOfYaml(const std::string& text) {
  const auto documents = ReadYaml(text);
  EXPECT_EQ(documents.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return Message(documents.status());
}

TEST(YamlTest, PlainScalarsFollowTheCoreSchema) {
  EXPECT_EQ(Read("[~, null, NULL, true, False, 12, -3, +4, 0x1F, 0o17, 1.5, 1e3, .5, 2.]"),
            json::parse("[null, null, null, true, false, 12, -3, 4, 31, 15, 1.5, 1000.0, 0.5, "
                        "2.0]"));
  EXPECT_EQ(Read("[yes, no, on, off, y, 1_000, 1:30, 2026-01-02, 10m, 0b1, 1.2.3, nULL]"),
            json::parse(R"(["yes", "no", "on", "off", "y", "1_000", "1:30", "2026-01-02", "10m",
                            "0b1", "1.2.3", "nULL"])"));
  EXPECT_EQ(Read("[9223372036854775807, -9223372036854775808, 18446744073709551615]"),
            json::parse("[9223372036854775807, -9223372036854775808, 18446744073709551615]"));
}

TEST(YamlTest, WhatLooksLikeAModeIsOctal) {
  EXPECT_EQ(Read("[0400, 07777, -007, +010, 00, 0]"), json::parse("[256, 4095, -7, 8, 0, 0]"));
  EXPECT_EQ(Read("[0.5, 01.5, '0400']"), json::parse(R"([0.5, 1.5, "0400"])"));
}

TEST(YamlTest, QuotedScalarsAndBlocksAreStrings) {
  EXPECT_EQ(Read(R"(["1", 'true', "", !!str 12])"), json::parse(R"(["1", "true", "", "12"])"));
  EXPECT_EQ(Read("a: |\n  12\nb: >-\n  13\n"), json::parse(R"({"a": "12\n", "b": "13"})"));
}

TEST(YamlTest, NumbersThatReadersDisagreeOnAreRefused) {
  EXPECT_THAT(RefusalOfYaml("mode: 0689"), HasSubstr("\"0689\" has a leading zero"));
  EXPECT_THAT(RefusalOfYaml("a: -08"), HasSubstr("leading zero"));
  // Of a revision nobody means this.
  EXPECT_THAT(RefusalOfYaml("a: 0123456"), HasSubstr("leave it out, or quote it"));
  EXPECT_THAT(RefusalOfYaml("a: .inf"), HasSubstr("JSON"));
  EXPECT_THAT(RefusalOfYaml("a: -.INF"), HasSubstr("JSON"));
  EXPECT_THAT(RefusalOfYaml("a: .NaN"), HasSubstr("JSON"));
  EXPECT_THAT(RefusalOfYaml("a: 1e999"), HasSubstr("JSON"));
}

TEST(YamlTest, WhatFollowsAValueIsRefused) {
  for (const char* text : {"\"a\",\"b\"\n", "a: 1\n---\n'x', y", "[a]: b\n]"}) {
    EXPECT_NE(RefusalOfYaml(text), "") << text;
  }
  EXPECT_THAT(RefusalOfYaml("\"a\",\"b\"\n"), HasSubstr("line 1, column 4: belongs to no value"));
  EXPECT_EQ(ReadYaml("---\n---\na: 1\n---\n...\n---\nb: 2\n")->size(), 2U);
}

TEST(YamlTest, RefusalsNameLineAndColumn) {
  EXPECT_THAT(RefusalOfYaml("a: 1\nb:\n  c: 0689\n"), HasSubstr("line 3, column 6: "));
  EXPECT_THAT(RefusalOfYaml("a: 1\nb: [\n"), HasSubstr("line "));
  EXPECT_THAT(RefusalOfYaml("a: 1\nb: x\xff\n"), HasSubstr("line 2, column 5: not UTF-8"));
  EXPECT_THAT(RefusalOfYaml(std::string("a: 1\nb: \0\n", 10)),
              HasSubstr("line 2, column 4: a NUL byte"));
}

TEST(YamlTest, AKeyGivenTwiceIsRefused) {
  EXPECT_EQ(RefusalOfYaml("a: 1\nb: 2\na: 3\n"), "line 3, column 1: the key \"a\" is given twice");
  EXPECT_THAT(RefusalOfYaml(R"({"x": {"a": 1, "a": 2}})"),
              HasSubstr("the key \"a\" is given twice"));
}

TEST(YamlTest, KeysAreText) {
  EXPECT_EQ(Read("1: a\ntrue: b\n\"c d\": e\n"),
            json::parse(R"({"1": "a", "true": "b", "c d": "e"})"));
  EXPECT_THAT(RefusalOfYaml("? [a]\n: b\n"), HasSubstr("a key must be a plain value"));
  EXPECT_THAT(RefusalOfYaml("{: b}"), HasSubstr("key is missing"));
  EXPECT_THAT(RefusalOfYaml("a: &x b\n*x : c\n"), HasSubstr("alias cannot be a key"));
}

TEST(YamlTest, TagsThatDoNotFitAreRefused) {
  EXPECT_EQ(Read("[!!int 1, !!float 2, !!bool true, !!null ~, !!map {}, !!seq []]"),
            json::parse("[1, 2, true, null, {}, []]"));
  EXPECT_THAT(RefusalOfYaml("a: !!int x"), HasSubstr("does not fit \"x\""));
  EXPECT_THAT(RefusalOfYaml("a: !!binary AA=="), HasSubstr("does not fit"));
  EXPECT_THAT(RefusalOfYaml("a: !custom {}"), HasSubstr("is not known"));
}

TEST(YamlTest, AliasesStandForTheirAnchor) {
  EXPECT_EQ(Read("a: &x {b: [1]}\nc: *x\nd: [*x, *x]\n"),
            json::parse(R"({"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}, {"b": [1]}]})"));
  EXPECT_THAT(RefusalOfYaml("a: &x [*x]"), HasSubstr("within its own value"));
  EXPECT_THAT(RefusalOfYaml("a: *nobody"), HasSubstr("line 1"));
}

TEST(YamlTest, MergeKeysFillInWhatAMapDoesNotSay) {
  EXPECT_EQ(Read("base: &x {a: 1, b: 2}\nuse:\n  <<: *x\n  b: 3\n")["use"],
            json::parse(R"({"a": 1, "b": 3})"));
  EXPECT_EQ(Read("use:\n  b: 3\n  <<: [{a: 1}, {a: 2, c: 4}]\n")["use"],
            json::parse(R"({"a": 1, "b": 3, "c": 4})"))
      << "the first of several wins";
  EXPECT_EQ(Read("{\"<<\": 1}"), json::parse(R"({"<<": 1})"));
  EXPECT_THAT(RefusalOfYaml("a:\n  <<: 1\n"), HasSubstr("<< takes a map"));
}

TEST(YamlTest, AliasesThatGrowAreStopped) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_THAT(RefusalOfYaml(bomb), HasSubstr("more than 10000 nodes"));
  std::string wide = "a: &a " + std::string(100'000, 'x') + "\nb:\n";
  for (int i = 0; i < 100; ++i) wide += "- *a\n";
  EXPECT_THAT(RefusalOfYaml(wide), HasSubstr("4 MiB"));
}

TEST(YamlTest, DepthIsBounded) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(ReadYaml(nested(50)).ok());
  EXPECT_THAT(RefusalOfYaml(nested(51)), HasSubstr("nested more than 50 levels deep"));
  EXPECT_THAT(RefusalOfYaml(nested(100'000)), HasSubstr("nested"));
  EXPECT_THAT(RefusalOfYaml(std::string(100'000, '[')), HasSubstr("line 1"));
  std::string maps;
  for (int i = 0; i < 60; ++i) maps += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(RefusalOfYaml(maps), HasSubstr("nested more than 50 levels deep"));
}

TEST(YamlTest, SizeIsBounded) {
  EXPECT_EQ(ReadYaml(std::string((4 << 20) + 1, ' ')).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(YamlTest, JsonIsReadWithItsOwnEscapesAndIndents) {
  EXPECT_EQ(Read("{\n\t\"a\": \"\\ud83d\\ude00 \\/\",\n\t\"b\": [1]\n}"),
            json::parse("{\"a\": \"\U0001F600 /\", \"b\": [1]}"));
}

TEST(YamlTest, EmptyDocumentsAreLeftOut) {
  const auto documents = ReadYaml("---\n---\n# only a comment\n---\na: 1\n---\n\n---\nb: 2\n...\n");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].line, 5);
  EXPECT_EQ((*documents)[1].line, 9);
  EXPECT_TRUE(ReadYaml("")->empty());
}

TEST(YamlTest, LinesAreKnownByPath) {
  const auto documents = ReadYaml("a: 1\nb:\n- c: 2\n  d: 3\n- 4\nlabels:\n  x.y/z: v\n");
  ASSERT_TRUE(documents.ok());
  EXPECT_EQ(documents->front().lines, (std::map<std::string, int>{{"a", 1},
                                                                  {"b", 2},
                                                                  {"b[0]", 3},
                                                                  {"b[0].c", 3},
                                                                  {"b[0].d", 4},
                                                                  {"b[1]", 5},
                                                                  {"labels", 6},
                                                                  {"labels[\"x.y/z\"]", 7}}));
}

TEST(YamlTest, WhatBreaksAMapIsToldInWordsThatHelp) {
  const auto refusal = [](const std::string& text) { return Message(ReadYaml(text).status()); };
  EXPECT_EQ(refusal("a: 1\nb:\n\tc: 2\n"),
            "line 3, column 3: illegal map value; YAML is indented with spaces, not tabs");
  EXPECT_EQ(refusal("a:\n- x: 1\n\ty: 2\n"),
            "line 3, column 1: illegal tab when looking for indentation; YAML is indented with "
            "spaces, not tabs");
  EXPECT_EQ(refusal("a:\n  b: 1\n c: 2\n"),
            "line 3, column 2: end of map not found; look at the indentation of this line and "
            "those above");
  EXPECT_EQ(refusal("a: 1\n  b: 2\n"),
            "line 2, column 4: illegal map value; look at the indentation of this line and those "
            "above");
  EXPECT_EQ(refusal("a: b: c\n"),
            "line 1, column 5: illegal map value; a value that holds a colon and a blank needs "
            "quotes");
}

TEST(YamlTest, IsWrittenAsKubectlWritesIt) {
  EXPECT_EQ(ToYaml(json::parse(R"({
    "metadata": {"name": "build", "creationTimestamp": "2026-01-02T03:04:05Z"},
    "spec": {"steps": [{"image": "busybox:1", "args": ["-c", "--fast", "echo a\necho b\n"]}],
             "affinity": {}, "volumes": [], "timeout": "10m", "on": "yes", "count": 3,
             "matrix": [[1, 2], [{"a": null}]]}})")),
            R"(metadata:
  creationTimestamp: "2026-01-02T03:04:05Z"
  name: build
spec:
  affinity: {}
  count: 3
  matrix:
  - - 1
    - 2
  - - a: null
  "on": "yes"
  steps:
  - args:
    - -c
    - --fast
    - |
      echo a
      echo b
    image: busybox:1
  timeout: 10m
  volumes: []
)");
}

const std::vector<std::string>& NastyStrings() {
  static const auto& strings =
      *new std::vector<std::string>{"",
                                    " ",
                                    "a",
                                    "~",
                                    "null",
                                    "true",
                                    "yes",
                                    "No",
                                    "on",
                                    "y",
                                    "1",
                                    "-1",
                                    "+1",
                                    "0644",
                                    "0x1f",
                                    "0o17",
                                    "1e5",
                                    "1_000",
                                    "1:30",
                                    "12:30:45",
                                    "2026-01-02",
                                    "2026-01-02T03:04:05Z",
                                    ".inf",
                                    "-.inf",
                                    ".nan",
                                    "=",
                                    "<<",
                                    "-",
                                    "--",
                                    "---",
                                    "...",
                                    "- a",
                                    "-a",
                                    "? a",
                                    "?",
                                    ": a",
                                    "a: b",
                                    "a:",
                                    "a #b",
                                    "#a",
                                    "a#b",
                                    "&a",
                                    "*a",
                                    "!a",
                                    "!!str a",
                                    "|",
                                    ">",
                                    "|-",
                                    "%TAG",
                                    "@a",
                                    "`a",
                                    "'a'",
                                    "\"a\"",
                                    "a'b",
                                    "a\"b",
                                    "a\\b",
                                    "\\n",
                                    "{a}",
                                    "[a]",
                                    "a, b",
                                    "a]",
                                    "}",
                                    "{}",
                                    "[]",
                                    "\n",
                                    "\n\n",
                                    "a\n",
                                    "a\nb",
                                    "a\nb\n",
                                    "a\n\n",
                                    "\na",
                                    " a\nb",
                                    "a \nb",
                                    "a\n b",
                                    "a\n\tb",
                                    "\ta\nb",
                                    "a\tb\nc",
                                    "a\n\nb\n",
                                    "a\n---\nb",
                                    "a\n...\nb\n",
                                    "#a\n#b\n",
                                    "- a\n- b\n",
                                    "a: b\nc: d",
                                    "a\r\nb",
                                    "\r",
                                    "\t",
                                    "a\t",
                                    "\x01",
                                    "\x7f",
                                    "\x1b[31m",
                                    "\u0085",
                                    "\u00a0",
                                    "\u2028a",
                                    "\ufeffa",
                                    "\ufffe",
                                    "\uffff",
                                    "\ufffd",
                                    "gr\u00fcn",
                                    "\u65e5\u672c\nb",
                                    "\U0001F600",
                                    "\U0010FFFF",
                                    "\u0080",
                                    "a\u0085b\nc",
                                    std::string("a\0b", 3),
                                    std::string(500, 'x'),
                                    std::string(3000, 'y') + "\n" + std::string(3000, ' ') + "z",
                                    std::string(2000, ' ') + "a"};
  return strings;
}

// As a value, a key, an item and in the depths.
json Around(const std::string& text) {
  return {{"apiVersion", "v"},
          {"kind", "K"},
          {"value", text},
          {"list", {text, {text, text}, {{"in", text}}}},
          {"deep", {{"er", {{text, text}}}, {"z", 1}}}};
}

TEST(YamlTest, WhatIsWrittenIsReadBackTheSame) {
  for (const std::string& text : NastyStrings()) {
    const json value = Around(text);
    EXPECT_EQ(Read(ToYaml(value)), value) << ToYaml(value);
  }
}

TEST(YamlTest, AnyMixtureIsReadBackTheSame) {
  std::mt19937 random(20260102);  // NOLINT(bugprone-random-generator-seed): repeatable.
  const std::string alphabet = " \n\t:-#'\"|>{}[],&*!%@`?=~\\/aZ0.\r";
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t length = random() % 12; length > 0; --length) {
      text += alphabet[random() % alphabet.size()];
    }
    const json value = Around(text);
    ASSERT_EQ(Read(ToYaml(value)), value) << ToYaml(value);
  }
}

TEST(YamlTest, KeysOfAnyLengthAreReadBack) {
  for (const size_t length : {999U, 1000U, 1001U, 1023U, 1024U, 1025U, 5000U}) {
    const std::string key(length, 'k');
    const json value = {{key, {{key, 1}}}, {"list", {{{key, json::array({1})}, {"a", 2}}}}};
    EXPECT_EQ(Read(ToYaml(value)), value) << length;
  }
}

TEST(YamlTest, ScalarsAndListsCanStandAlone) {
  for (const char* text : {"[1, [2]]", "\"a\\nb\"", "12", "{}", "1.5", "[[], {}]"}) {
    const json value = json::parse(text);
    EXPECT_EQ(Read(ToYaml(value)), value) << ToYaml(value);
  }
}

TEST(YamlTest, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(Read(ToYaml(json{{"a", "x\xffy"}})), json::parse("{\"a\": \"x\\ufffdy\"}"));
}

}  // namespace
}  // namespace eventreactor
