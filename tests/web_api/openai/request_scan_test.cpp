#include "web_api/openai/request_scan.h"

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "web_api/openai/prefix_hasher.h"
#include "web_api/openai/wishes.h"

namespace suan::web_api {
namespace {

Result<ScannedRequest> scan_chat(const std::string& more, const std::string& content = "Hi") {
  std::string body = R"({"model":"stories-moe","messages":[{"role":"user","content":")" +
                     content + R"("}])" + (more.empty() ? "" : "," + more) + "}";
  return scan_request(RequestKind::Chat, body);
}

std::string param_of(const Result<ScannedRequest>& scanned) {
  return scanned ? "none" : scanned.error().param;
}

TEST(RequestScan, TakesWhatPlacementNeeds) {
  const auto scanned = scan_chat(
      R"("stream":true,"stream_options":{"include_usage":true},"max_tokens":40,"n":2,
         "temperature":0.5,"top_k":7,"seed":-1,"stop":["a","b"],"logit_bias":{"5":-3.5},
         "logprobs":true,"top_logprobs":3,"unknown":{"deep":[1,{"x":null}]})");

  ASSERT_TRUE(scanned) << scanned.error();
  EXPECT_EQ(scanned->facts.model.value(), "stories-moe");
  EXPECT_EQ(scanned->facts.tokens_max, 40U);
  EXPECT_EQ(scanned->facts.choices, 2U);
  EXPECT_EQ(scanned->facts.prompt_bytes, 3U);
  EXPECT_TRUE(scanned->facts.needs_logprobs);
  EXPECT_TRUE(scanned->is_streamed);
  EXPECT_TRUE(scanned->includes_usage);
  EXPECT_EQ(scanned->sampling.temperature, 0.5);
  EXPECT_EQ(scanned->sampling.top_k, 7U);
  EXPECT_EQ(scanned->sampling.seed, ~uint64_t{0});
  EXPECT_EQ(scanned->sampling.stop.size(), 2U);
  ASSERT_EQ(scanned->sampling.logit_bias.size(), 1U);
  EXPECT_EQ(scanned->sampling.logit_bias[0].first, 5U);
}

TEST(RequestScan, KeepsTheBodyAsItIs) {
  std::string body = R"( {"model":"m","prompt":"a\nb"}  )";
  const std::string before = body;

  ASSERT_TRUE(scan_request(RequestKind::Completion, body));
  EXPECT_EQ(body, before);
}

TEST(RequestScan, TheNewerNameForTokensWinsInEitherOrder) {
  EXPECT_EQ(scan_chat(R"("max_tokens":5,"max_completion_tokens":6)")->facts.tokens_max, 6U);
  EXPECT_EQ(scan_chat(R"("max_completion_tokens":6,"max_tokens":5)")->facts.tokens_max, 6U);
}

TEST(RequestScan, NullIsAsIfItWereNotThere) {
  const auto scanned = scan_chat(R"("temperature":null,"stop":null,"tools":null,"suan":null)");

  ASSERT_TRUE(scanned) << scanned.error();
  EXPECT_EQ(scanned->sampling.temperature, 1.0);
}

TEST(RequestScan, ReadsTextParts) {
  std::string body =
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"abc"}]}]})";
  const auto scanned = scan_request(RequestKind::Chat, body);
  std::string image =
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]})";

  ASSERT_TRUE(scanned) << scanned.error();
  EXPECT_EQ(scanned->facts.prompt_bytes, 4U);
  EXPECT_EQ(param_of(scan_request(RequestKind::Chat, image)), "messages");
}

TEST(RequestScan, TakesPromptsInTheFormsThatTheAgentTakes) {
  const auto scan = [](std::string body) {
    return scan_request(RequestKind::Completion, body);
  };

  EXPECT_TRUE(scan(R"({"model":"m","prompt":"text"})"));
  EXPECT_TRUE(scan(R"({"model":"m","prompt":["text"]})"));
  EXPECT_TRUE(scan(R"({"model":"m","prompt":[1,2,3]})"));
  EXPECT_EQ(param_of(scan(R"({"model":"m","prompt":["a","b"]})")), "prompt");
  EXPECT_EQ(param_of(scan(R"({"model":"m","prompt":["a",1]})")), "prompt");
  EXPECT_EQ(param_of(scan(R"({"model":"m","prompt":[1,"a"]})")), "prompt");
  EXPECT_EQ(param_of(scan(R"({"model":"m","prompt":[]})")), "prompt");
  EXPECT_EQ(param_of(scan(R"({"model":"m"})")), "prompt");
  EXPECT_EQ(param_of(scan(R"({"model":"m","prompt":"a","suffix":"b"})")), "suffix");
}

TEST(RequestScan, RefusesTheFormsThatOnlyAnotherKindOfRequestTakes) {
  std::string ids = R"({"model":"m","prompt":[1,2]})";
  std::string counted = R"({"model":"m","prompt":"a","logprobs":3})";

  EXPECT_EQ(param_of(scan_request(RequestKind::Tokenize, ids)), "prompt");
  EXPECT_EQ(param_of(scan_chat(R"("logprobs":3)")), "logprobs");
  EXPECT_EQ(scan_request(RequestKind::Completion, counted)->sampling.top_logprobs, 3U);
}

TEST(RequestScan, NamesTheFieldOfAWrongType) {
  EXPECT_EQ(param_of(scan_chat(R"("temperature":"hot")")), "temperature");
  EXPECT_EQ(param_of(scan_chat(R"("n":1.5)")), "n");
  EXPECT_EQ(param_of(scan_chat(R"("n":-1)")), "n");
  EXPECT_EQ(param_of(scan_chat(R"("max_tokens":1e99)")), "max_tokens");
  EXPECT_EQ(param_of(scan_chat(R"("stream":1)")), "stream");
  EXPECT_EQ(param_of(scan_chat(R"("stop":[1])")), "stop");
  EXPECT_EQ(param_of(scan_chat(R"("logit_bias":{"x":1})")), "logit_bias");
  EXPECT_EQ(param_of(scan_chat(R"("seed":1.5)")), "seed");
  EXPECT_EQ(param_of(scan_chat(R"("response_format":{"type":"xml"})")), "response_format.type");
  std::string no_model = R"({"messages":[{"role":"user","content":"a"}]})";
  EXPECT_EQ(param_of(scan_request(RequestKind::Chat, no_model)), "model");
  std::string no_role = R"({"model":"m","messages":[{"content":"a"}]})";
  EXPECT_EQ(param_of(scan_request(RequestKind::Chat, no_role)), "messages");
}

TEST(RequestScan, ReadsWishesAndRefusesUnknownOnes) {
  const auto scanned = scan_chat(
      R"("suan":{"policy":"latency","priority":"batch","sites":["north","south"],
         "regions":["cn"],"max_price_per_mtok":2.5,"slo":{"ttft_ms":200,"tpot_ms":30}})");

  ASSERT_TRUE(scanned) << scanned.error();
  const Wishes& wishes = scanned->facts.wishes;
  EXPECT_EQ(wishes.policy, Policy::Latency);
  EXPECT_EQ(wishes.priority, Priority::Batch);
  EXPECT_EQ(wishes.sites.size(), 2U);
  EXPECT_EQ(wishes.price_n_per_token_max, 2'500);
  EXPECT_EQ(wishes.ttft_max, Duration(200ms));
  EXPECT_EQ(param_of(scan_chat(R"("suan":{"polizy":"latency"})")), "suan.polizy");
  EXPECT_EQ(param_of(scan_chat(R"("suan":{"policy":"fast"})")), "suan.policy");
  EXPECT_EQ(param_of(scan_chat(R"("suan":{"sites":["../x"]})")), "suan.sites");
  EXPECT_EQ(param_of(scan_chat(R"("suan":{"slo":{"ttft_ms":0}})")), "suan.slo.ttft_ms");
  EXPECT_EQ(param_of(scan_chat(R"("suan":{"max_price_per_mtok":-1})")),
            "suan.max_price_per_mtok");
}

TEST(RequestScan, HeadersReplaceTheWishesOfTheBody) {
  Wishes wishes;
  wishes.sites = {SiteId("east")};

  ASSERT_TRUE(wish_headers(wishes, {{"x-suan-site", "north, south"},
                                    {"x-suan-policy", "cost"},
                                    {"x-suan-max-price-per-mtok", "1.5"}}));
  EXPECT_EQ(wishes.sites, (std::vector<SiteId>{SiteId("north"), SiteId("south")}));
  EXPECT_EQ(wishes.policy, Policy::Cost);
  EXPECT_EQ(wishes.price_n_per_token_max, 1'500);
  EXPECT_FALSE(wish_headers(wishes, {{"x-suan-wish", "gold"}}));
  EXPECT_FALSE(wish_headers(wishes, {{"x-suan-max-price-per-mtok", "nan"}}));
}

TEST(RequestScan, J1_RefusesWhatIsTooDeepTooManyOrTwice) {
  const auto refused = [](std::string body) {
    const auto scanned = scan_request(RequestKind::Chat, body);
    return !scanned && scanned.error().code == ErrorCode::BadRequest;
  };
  std::string keys = R"({"model":"m","x":{)";
  for (int i = 0; i <= 10'000; ++i)
    keys += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  std::string values = R"({"model":"m","x":[)";
  for (int i = 0; i <= 200'000; ++i)
    values += i > 0 ? ",1" : "1";

  EXPECT_TRUE(refused(std::string(100'000, '[')));
  EXPECT_TRUE(
      refused(R"({"x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"));
  std::string nested;
  for (int i = 0; i < 100'000; ++i)
    nested += "{\"a\":";
  EXPECT_TRUE(refused(nested + "1" + std::string(100'000, '}')));
  EXPECT_TRUE(refused(keys + "}}"));
  EXPECT_TRUE(refused(values + "]}"));
  EXPECT_TRUE(refused(R"({"model":"m","model":"n"})"));
  EXPECT_TRUE(refused(R"({"model":"m","x":{"a":1,"\u0061":2}})"));
  EXPECT_TRUE(refused(R"({"x":)" + std::string(65, '1') + "}"));
  EXPECT_FALSE(scan_chat(R"("x":1e400)"));
}

TEST(RequestScan, J1_AcceptsOnlyWhatTheTreeParserWouldAcceptToo) {
  for (const char* body : {"",
                           " ",
                           "{",
                           "}",
                           "[]",
                           "null",
                           "{}x",
                           "{} {}",
                           R"({"a":1,})",
                           R"({"a":NaN})",
                           R"({"a":Infinity})",
                           R"({"a":01})",
                           R"({"a":.5})",
                           R"({"a":tru})",
                           R"({"a":nul})",
                           R"({"a":"\x"})",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":\"\xc0\xaf\"}",
                           R"({"a":"\ud800"})",
                           R"({'a':1})",
                           R"({a:1})",
                           R"({"a" 1})",
                           R"({"a":--1})",
                           R"({"a":1e})"}) {
    std::string text(body);
    EXPECT_FALSE(parse_json(text) && parse_json(text)->is_object()) << "a bad case: " << body;
    const auto scanned = scan_request(RequestKind::Chat, text);
    ASSERT_FALSE(scanned) << body;
    EXPECT_EQ(scanned.error().code, ErrorCode::BadRequest);
  }
}

TEST(RequestScan, J4_ChecksRangesAgainstTheModel) {
  const ModelService model{.model = ModelId("stories-moe"),
                           .architecture = {},
                           .quantization = {},
                           .context_tokens = 512,
                           .vocabulary = 4096,
                           .has_chat_template = false,
                           .sites = {},
                           .input_n_per_token = 0,
                           .output_n_per_token = 0,
                           .created = {}};
  const auto refusal = [&](const std::string& more) {
    const auto checked = check_request(scan_chat(more).value(), model);
    return checked ? "none" : checked.error().param;
  };

  EXPECT_EQ(refusal(""), "none");
  EXPECT_EQ(refusal(R"("n":9)"), "n");
  EXPECT_EQ(refusal(R"("max_tokens":513)"), "max_tokens");
  EXPECT_EQ(refusal(R"("max_tokens":0)"), "max_tokens");
  EXPECT_EQ(refusal(R"("temperature":2.5)"), "temperature");
  EXPECT_EQ(refusal(R"("top_logprobs":21)"), "top_logprobs");
  EXPECT_EQ(refusal(R"("logit_bias":{"4096":1})"), "logit_bias");
  EXPECT_EQ(refusal(R"("tools":[{"type":"function","function":{"name":"f"}}])"), "tools");
}

TEST(RequestScan, CountsToolsAsPartOfThePrompt) {
  const std::string tools = R"([{"type":"function","function":{"name":"f"}}])";
  const auto bytes = [](const std::string& more) {
    return scan_chat(more)->facts.prompt_bytes;
  };

  EXPECT_EQ(bytes("\"tools\":[]"), bytes("\"n\":1"));
  EXPECT_EQ(bytes("\"tools\":" + tools + ",\"n\":1"), bytes("\"n\":1") + tools.size());
}

TEST(RequestScan, SeesWhatTheModelMustBeAbleToDo) {
  const std::string tool = R"({"type":"function","function":{"name":"f","parameters":{}}})";
  const auto facts = [](const std::string& more) { return scan_chat(more).value().facts; };

  EXPECT_TRUE(facts("\"tools\":[" + tool + "]").needs_tools);
  EXPECT_FALSE(facts(R"("tools":[],"tool_choice":"none")").needs_tools);
  EXPECT_TRUE(facts(R"("response_format":{"type":"json_object"})").needs_schema);
  EXPECT_FALSE(facts(R"("response_format":{"type":"text"})").needs_schema);
  EXPECT_TRUE(facts(R"("grammar":"root ::= [0-9]")").needs_schema);
  EXPECT_TRUE(facts(R"("suan":{"grammar":"root ::= [0-9]"})").needs_schema);
  EXPECT_EQ(scan_chat(R"("typical_p":0.5)")->sampling.typical_p, 0.5);
  EXPECT_EQ(param_of(scan_chat(R"("tools":[{}])")), "tools");
  EXPECT_EQ(param_of(scan_chat(R"("tool_choice":"never")")), "tool_choice");
  EXPECT_EQ(param_of(scan_chat(R"("grammar":"")")), "grammar");
  EXPECT_EQ(param_of(scan_chat("\"grammar\":\"" + std::string(65'537, 'x') + "\"")), "grammar");
}

TEST(PrefixHasher, ChainsWholeBlocks) {
  const auto hashes_of = [](const std::vector<std::string>& parts) {
    PrefixHasher hasher;
    for (const std::string& part : parts)
      hasher.add(part);
    return hasher.take();
  };
  const std::string first(256, 'a');
  const std::string second(256, 'b');

  EXPECT_TRUE(hashes_of({std::string(255, 'a')}).empty());
  const auto both = hashes_of({first + second});
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(hashes_of({first}).front(), both[0]) << "an equal beginning, an equal hash";
  EXPECT_EQ(hashes_of({first.substr(0, 100), first.substr(100) + second}), both);
  EXPECT_NE(hashes_of({second + second})[1], both[1]) << "what came before matters";
  EXPECT_EQ(hashes_of({std::string(1U << 20U, 'x')}).size(), PrefixHasher::kHashesMax);
}

}  // namespace
}  // namespace suan::web_api
