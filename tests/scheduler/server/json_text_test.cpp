#include "scheduler/server/json_text.h"

#include <limits>

#include <gtest/gtest.h>

#include "catalog/types/json.h"

namespace suan::scheduler {
namespace {

TEST(JsonText, WhatItWritesIsJson) {
  JsonText json;
  json.begin_object()
      .field("text", "a \"quoted\" \\ line\nwith \x01 and ünïcode")
      .field("number", int64_t{-5})
      .field("big", std::numeric_limits<uint64_t>::max())
      .field("real", 0.25)
      .field("infinite", std::numeric_limits<double>::infinity())
      .field("flag", true)
      .field("nothing", std::optional<double>())
      .key("list")
      .begin_array()
      .value(1U)
      .begin_object()
      .end_object()
      .raw("[2]")
      .end_array()
      .end_object();

  const Result<Json> parsed = parse_json(json.take());

  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->at("text"), "a \"quoted\" \\ line\nwith \x01 and ünïcode");
  EXPECT_EQ(parsed->at("number"), -5);
  EXPECT_EQ(parsed->at("big"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(parsed->at("real"), 0.25);
  EXPECT_TRUE(parsed->at("infinite").is_null());
  EXPECT_TRUE(parsed->at("nothing").is_null());
  EXPECT_EQ(parsed->at("list").size(), 3U);
}

TEST(JsonText, BytesThatAreNoTextDoNotSpoilIt) {
  JsonText json;
  json.begin_object().field("name", std::string("a\xff\xfe")).end_object();

  EXPECT_TRUE(parse_json(json.take()));
}

}  // namespace
}  // namespace suan::scheduler
