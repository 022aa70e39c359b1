// Every construct against Jinja2's own answer, the limits, and what is refused.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/engine/chat/render_template.h"

namespace suan::engine {
namespace {

using nlohmann::json;
using testing::render_marked;
using testing::rendered;

const std::filesystem::path kConstructs =
    std::filesystem::path(SUAN_SOURCE_DIR) / "tests/data/chat/constructs.jsonl";

void expect_refusal(std::string_view source, std::string_view words) {
  const std::string answer = rendered(source);
  EXPECT_TRUE(answer.starts_with("refused: ")) << source << " gives " << answer.substr(0, 80);
  EXPECT_NE(answer.find(words), std::string::npos) << answer;
}

std::string repeated(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

TEST(TemplateConstructs, GiveWhatJinjaGives) {
  std::ifstream lines(kConstructs);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const std::string variables = nlohmann::ordered_json::parse(line)["variables"].dump();
  size_t seen = 0;
  for (; std::getline(lines, line); ++seen) {
    const json one = json::parse(line);
    const std::string answer = rendered(one["template"].get<std::string>(), variables);
    if (one.contains("fails")) {
      EXPECT_TRUE(answer.starts_with("refused: ")) << line << "\n" << answer;
    } else {
      EXPECT_EQ(answer, one["rendered"]) << line;
    }
  }
  EXPECT_GT(seen, 500U);
}

TEST(TemplateConstructs, J8_WhatIsNotSupportedIsNamedWithItsLine) {
  expect_refusal("\n{% include 'x' %}", "line 2: the tag 'include' is not supported");
  expect_refusal("{% import 'x' as y %}", "the tag 'import'");
  expect_refusal("{% extends 'x' %}", "the tag 'extends'");
  expect_refusal("{{ x|xmlattr }}", "the filter 'xmlattr'");
  expect_refusal("{{ x|map('xmlattr') }}", "the filter 'xmlattr'");
  expect_refusal("{{ x is filter }}", "the test 'filter'");
  expect_refusal("{{ x|selectattr('a', 'filter') }}", "the test 'filter'");
  expect_refusal("{{ x.format('a') }}", "the method 'format'");
  expect_refusal("{{ x.__class__ }}", "the attribute '__class__'");
  expect_refusal("{{ open('/etc/passwd') }}", "the function 'open'");
  expect_refusal("{{ x[0](1) }}", "calling a computed value");
}

TEST(TemplateConstructs, J8_BrokenTemplatesAreRefused) {
  expect_refusal("{% if true %}", "endif is missing");
  expect_refusal("{% endif %}", "'endif' stands alone");
  expect_refusal("{{ 'a }}", "the string has no end");
  expect_refusal("{{ a ", "the tag has no end");
  expect_refusal("{# a", "the comment has no end");
  expect_refusal("{% raw %}", "the raw block has no end");
  expect_refusal("{{ 1 + }}", "the tag ends too early");
  expect_refusal("{{ a ! b }}", "'!' is no part of an expression");
  expect_refusal("{% break %}", "in no loop");
  expect_refusal("{{ 99999999999999999999 }}", "too large");
  expect_refusal("\xFF", "no UTF-8");
}

TEST(TemplateConstructs, J8_NestingHasALimit) {
  EXPECT_EQ(rendered("{{ " + repeated("(", 30) + "1" + repeated(")", 30) + " }}"), "1");
  expect_refusal("{{ " + repeated("(", 100'000) + repeated(")", 100'000) + " }}",
                 "nested more");
  expect_refusal("{{ " + repeated("[", 100'000) + repeated("]", 100'000) + " }}",
                 "nested more");
  expect_refusal("{{ " + repeated("-", 100'000) + "1 }}", "nested more than 32 deep");
  expect_refusal(repeated("{% if true %}", 10'000), "nested more than 32 deep");
  expect_refusal("{{ " + repeated("1 if 1 else ", 10'000) + "1 }}", "nested more than 32");
  EXPECT_EQ(rendered("{{ " + repeated("not ", 10'000) + "1 }}"), "True");
  EXPECT_EQ(rendered("{{ 1" + repeated(" + 1", 20'000) + " }}"), "20001");
  EXPECT_EQ(rendered("{{ a" + repeated(".a", 1) + repeated("|trim", 9'000) + " }}",
                     R"({"a": {"a": " x "}})"),
            "x");
}

TEST(TemplateConstructs, J8_StepsHaveALimit) {
  expect_refusal("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
                 "more than 1000000 steps");
  expect_refusal("{{ range(10000000000)|length }}", "more than 1000000 steps");
  expect_refusal("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "more than 16 deep");
  expect_refusal(
      "{% macro f() %}{% for i in range(9) %}{{ g() }}{% endfor %}{% endmacro %}"
      "{% macro g() %}{% for i in range(999999) %}{% endfor %}{% endmacro %}{{ f() }}",
      "more than 1000000 steps");
}

TEST(TemplateConstructs, J8_TextsHaveALimit) {
  expect_refusal(
      "{% set ns = namespace(t='x' * 1024) %}{% for i in range(99) %}"
      "{% set ns.t = ns.t + ns.t %}{% endfor %}",
      "more than 4194304 bytes");
  expect_refusal("{% for i in range(5000) %}" + std::string(1024, 'x') + "{% endfor %}",
                 "more than 4194304 bytes");
  expect_refusal("{{ 'x' * 9999999999 }}", "steps");
  expect_refusal("{{ ('x' * 100000)|replace('x', 'y' * 100000) }}", "bytes");
  expect_refusal("{{ (['x' * 100000] * 1) }}", "cannot be computed");
  expect_refusal("{{ {'a': 1}|tojson(indent=65) }}", "an indent of 65");
}

TEST(TemplateConstructs, J8_ValuesCannotNestWithoutEnd) {
  expect_refusal(
      "{% set ns = namespace(v=[]) %}{% for i in range(99999) %}"
      "{% set ns.v = [ns.v] %}{% endfor %}",
      "nests more than 96 deep");
  expect_refusal("{% set ns = namespace() %}{% set ns.me = ns %}",
                 "cannot stand in a namespace");
  expect_refusal("{% set ns = namespace() %}{% set x = [ns] %}", "cannot stand in a list");
  expect_refusal("{{ 'a'|map('map', 'map', 'trim')|list }}", "map names a filter");
}

TEST(TemplateConstructs, J8_SearchingTakesNoQuadraticTime) {
  const std::string many(2'000'000, 'a');
  const std::string variables =
      R"({"text": ")" + many + R"(", "part": ")" + many.substr(0, 1'000'000) + R"(b"})";

  EXPECT_EQ(rendered("{{ part in text }} {{ text.split(part)|length }}", variables), "False 1");
}

TEST(TemplateConstructs, WholeNumbersDoNotOverflow) {
  expect_refusal("{{ 9223372036854775807 + 1 }}", "too large");
  expect_refusal("{{ (-9223372036854775807 - 1) // -1 }}", "too large");
  expect_refusal("{{ -(-9223372036854775807 - 1) }}", "too large");
  expect_refusal("{{ 1 // 0 }}", "division by zero");
  expect_refusal("{{ 1.5 % 0 }}", "division by zero");
}

TEST(TemplateConstructs, TimesAreTold) {
  EXPECT_EQ(rendered("{{ strftime_now('%d %b %Y, %H:%M') }}"), "23 Nov 2024, 22:13");
  expect_refusal("{{ strftime_now('%99999d') }}", "not supported");
  expect_refusal("{{ strftime_now('%') }}", "not supported");
}

TEST(TemplateMarkup, FollowsEveryPieceOfAText) {
  const std::string variables = R"({"u": "user", "list": ["a", "b"]})";
  const auto markup = [&](std::string_view source) {
    const MarkedText text = render_marked(source, variables);
    std::string marked(text.text.size(), '.');
    for (const ByteRange& range : text.markup)
      for (size_t i = 0; i < range.count; ++i)
        marked[range.first + i] = text.text[range.first + i];
    return marked;
  };

  EXPECT_EQ(markup("A{{ u }}B"), "A....B");
  EXPECT_EQ(markup("{{ '[' + u + ']' }}"), "[....]");
  EXPECT_EQ(markup("{{ ('[' ~ u ~ ']')[1:] }}"), "....]");
  EXPECT_EQ(markup("{{ ('[ ' + u + ' ]').strip('[]') }}"), " .... ");
  EXPECT_EQ(markup("{{ ('a-' + u).split('-')|join('+') }}"), "a+....");
  EXPECT_EQ(markup("{{ u.replace('s', '<s>') }}"), ".<s>..");
  EXPECT_EQ(markup("{{ list|join('<sep>') }}"), ".<sep>.");
  EXPECT_EQ(markup("{{ 'x'.upper() }}{{ u.upper() }}"), "X....");
  EXPECT_EQ(markup("{% set t %}<{{ u }}>{% endset %}{{ t }}"), "<....>");
  EXPECT_EQ(markup("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(u) }}"), "<....>");
  EXPECT_EQ(markup("{{ list|tojson }}"), "..........");
}

}  // namespace
}  // namespace suan::engine
