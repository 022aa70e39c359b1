#include "engine/chat/output_parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace suan::engine {
namespace {

using Style = ToolCallStyle;

const std::vector<std::string> kFunctions = {"get_weather", "now"};

/// `thoughts=... content=... call=name{arguments}`, so that one text tells it all.
struct Told {
  std::string reasoning;
  std::string content;
  std::string calls;

  void add(const OutputPiece& piece) {
    reasoning += piece.reasoning;
    content += piece.content;
    for (const ToolCall& call : piece.calls)
      calls += call.name + call.arguments + ";";
  }

  friend bool operator==(const Told&, const Told&) = default;

  friend std::ostream& operator<<(std::ostream& out, const Told& told) {
    return out << "[" << told.reasoning << "] [" << told.content << "] [" << told.calls << "]";
  }
};

Told told_in_pieces(const std::string& text,
                    size_t piece,
                    const ChatFormat& format,
                    const OutputParser::Options& options) {
  OutputParser parser(format, options);
  Told told;
  for (size_t at = 0; at < text.size(); at += piece)
    told.add(parser.push(std::string_view(text).substr(at, piece)));
  told.add(parser.finish());
  return told;
}

/// What comes out, which must not depend on how the text was cut.
Told told(const std::string& text,
          const ChatFormat& format,
          const OutputParser::Options& options = {.functions = kFunctions}) {
  Told whole = told_in_pieces(text, text.size() + 1, format, options);
  for (size_t piece = 1; piece < 40; ++piece)
    EXPECT_EQ(told_in_pieces(text, piece, format, options), whole) << "in pieces of " << piece;
  return whole;
}

constexpr ChatFormat kThinking{.has_reasoning = true, .tools = Style::None};
constexpr ChatFormat kQwen{.has_reasoning = true, .tools = Style::Hermes};
constexpr ChatFormat kV3{.has_reasoning = false, .tools = Style::DeepSeekFenced};
constexpr ChatFormat kV31{.has_reasoning = true, .tools = Style::DeepSeekPlain};
constexpr ChatFormat kLlama{.has_reasoning = false, .tools = Style::LlamaJson};

TEST(OutputParser, ThoughtsAreApartFromTheAnswer) {
  EXPECT_EQ(told("<think>\nHm, a < b.\n</think>\n\nYes.\n", kThinking),
            (Told{"Hm, a < b.", "Yes.\n", ""}));
  EXPECT_EQ(told("\n<think></think>\n\nYes.", kThinking), (Told{"", "Yes.", ""}));
  EXPECT_EQ(told("Just text <think> quoted", kThinking),
            (Told{"", "Just text <think> quoted", ""}));
  EXPECT_EQ(told("<thin air>", kThinking), (Told{"", "<thin air>", ""}));
  EXPECT_EQ(told("<think>never ends", kThinking), (Told{"never ends", "", ""}));
}

TEST(OutputParser, ThoughtsThatTheTemplateOpenedNeedNoMark) {
  const OutputParser::Options opened{.begins_in_reasoning = true};

  EXPECT_EQ(told("Hm.</think>Yes.", kThinking, opened), (Told{"Hm.", "Yes.", ""}));
}

TEST(OutputParser, ThoughtsAreShownAsTheyCome) {
  OutputParser parser(kThinking, {});

  EXPECT_EQ(parser.push("<think>One, ").reasoning, "One,");
  EXPECT_EQ(parser.push("two</th").reasoning, " two");
  EXPECT_EQ(parser.push("ree").reasoning, "</three");
}

TEST(OutputParser, HermesCallsAreRead) {
  EXPECT_EQ(told("<think>\nhm\n</think>\n\nLet me see.\n<tool_call>\n"
                 R"({"name": "get_weather", "arguments": {"city": "Paris", "n": 1.50}})"
                 "\n</tool_call>\n<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n"
                 "</tool_call>",
                 kQwen),
            (Told{"hm", "Let me see.", R"(get_weather{"city": "Paris", "n": 1.5};now{};)"}));
}

TEST(OutputParser, DeepSeekCallsAreReadInBothForms) {
  EXPECT_EQ(
      told("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n"
           "```json\n{\"city\":\"Paris\"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>"
           "function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜>"
           "<｜tool▁calls▁end｜>",
           kV3),
      (Told{"", "", R"(get_weather{"city":"Paris"};now{};)"}));
  EXPECT_EQ(told("I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>"
                 "{\"city\":\"```\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
                 kV31),
            (Told{"", "I look.", "get_weather{\"city\":\"```\"};"}));
}

TEST(OutputParser, LlamaCallsAreWholeAnswers) {
  EXPECT_EQ(told(R"(<|python_tag|>{"name": "now", "parameters": {"zone": "}\"{"}})", kLlama),
            (Told{"", "", R"(now{"zone": "}\"{"};)"}));
  EXPECT_EQ(told(R"(The object {"name": "now", "parameters": {}})", kLlama),
            (Told{"", R"(The object {"name": "now", "parameters": {}})", ""}));
  EXPECT_EQ(told(R"({"name": "Ada", "parameters": {}})", kLlama),
            (Told{"", R"({"name": "Ada", "parameters": {}})", ""}));
  EXPECT_EQ(told(R"({"name": "now", "parameters": {)", kLlama),
            (Told{"", R"({"name": "now", "parameters": {)", ""}));
}

TEST(OutputParser, ACallThatCannotBeReadIsContent) {
  const std::vector<std::string> broken = {
      "a <tool_call>\n{\"name\": \"now\", \"arguments\": {}\n</tool_call> b",
      "<tool_call>{\"name\": \"unheard_of\", \"arguments\": {}}</tool_call>",
      "<tool_call>{\"arguments\": {}}</tool_call>",
      "<tool_call>[1]</tool_call>",
      "x <tool_call> never ends",
      "x <tool_cal",
  };
  for (const std::string& text : broken)
    EXPECT_EQ(told(text, kQwen), (Told{"", text, ""}));

  const std::string fenced =
      "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{]\n```"
      "<｜tool▁call▁end｜>";
  EXPECT_EQ(told(fenced, kV3), (Told{"", fenced, ""}));
  EXPECT_EQ(told("a <｜tool▁calls▁begin｜> b", kV3),
            (Told{"", "a <｜tool▁calls▁begin｜> b", ""}));
}

TEST(OutputParser, AnAnswerMayGoOnBehindABrokenCall) {
  EXPECT_EQ(told("<tool_call>?</tool_call> and <tool_call>{\"name\":\"now\"}</tool_call> done",
                 kQwen),
            (Told{"", "<tool_call>?</tool_call> and done", "now{};"}));
}

TEST(OutputParser, ACallThatTheTextsEndCutsOffIsReadIfItIsWhole) {
  EXPECT_EQ(told("<tool_call>\n{\"name\": \"now\", \"arguments\": {}}", kQwen),
            (Told{"", "", "now{};"}));
}

TEST(OutputParser, WithoutFunctionsCallsAreContent) {
  EXPECT_EQ(told("<tool_call>{\"name\":\"now\"}</tool_call>", kQwen, {}),
            (Told{"", "<tool_call>{\"name\":\"now\"}</tool_call>", ""}));
}

TEST(OutputParser, LongTextsInSmallPiecesTakeLinearTime) {
  OutputParser parser(kQwen, {.functions = kFunctions});
  size_t shown = 0;
  static_cast<void>(parser.push("<tool_call>"));
  for (int i = 0; i < 200'000; ++i)
    static_cast<void>(parser.push(" <tool "));
  shown += parser.finish().content.size();

  EXPECT_EQ(shown, 11U + 200'000 * 7);
}

TEST(OutputParser, ManySpacesAreNoBorderHoweverTheTextIsCut) {
  const OutputParser::Options options{.functions = kFunctions};
  for (const size_t count : {64U, 65U, 200U}) {
    const std::string spaces(count, '\n');
    const auto expect_same = [&](Style style, const std::string& text) {
      const ChatFormat format{.has_reasoning = true, .tools = style};
      Told whole = told_in_pieces(text, text.size(), format, options);
      for (const size_t piece : {1U, 3U, 64U})
        EXPECT_EQ(told_in_pieces(text, piece, format, options), whole) << count << text;
      return whole;
    };

    const Told thought = expect_same(Style::Hermes, spaces + "<think>a</think>b");
    EXPECT_EQ(thought.reasoning, count <= 64 ? "a" : "");
    const std::string call = R"({"name": "now", "parameters": {}})";
    EXPECT_EQ(expect_same(Style::LlamaJson, spaces + call).calls.empty(), count > 64);
    const std::string tagged = fmt::format("{}<|python_tag|>{}", spaces, call);
    EXPECT_EQ(expect_same(Style::LlamaJson, tagged).calls.empty(), count > 64);
    const std::string hermes = "<tool_call>" + call + "</tool_call>";
    expect_same(Style::Hermes, fmt::format("{0}{1}{0}", hermes, spaces));
  }
}

}  // namespace
}  // namespace suan::engine
