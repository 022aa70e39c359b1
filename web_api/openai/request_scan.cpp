#include "web_api/openai/request_scan.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "web_api/openai/scan_options.h"
#include "web_api/openai/scan_prompt.h"
#include "web_api/openai/scan_walk.h"

namespace suan::web_api {

namespace {

using Value = ScanWalk::Value;
using Type = ScanWalk::Type;

constexpr size_t kModelBytesMax = 64;
constexpr size_t kGrammarBytesMax = 64U << 10U;  // J7

/// One body on its way through the scan.
class Scan {
 public:
  explicit Scan(RequestKind kind) : kind_(kind) { out_.facts.kind = kind; }

  Result<ScannedRequest> run(std::string& body);

 private:
  Result<void> read_field(std::string_view key, Value& value);
  Result<void> read_known(std::string_view key, Value& value);
  Result<void> read_flag(std::string_view key, Value& value);
  Result<void> read_model(Value& value);
  Result<void> read_tools(Value& value);
  Result<void> read_tool(Value& value);
  Result<void> read_tool_choice(Value& value);
  Result<void> read_grammar(Value& value);
  Result<void> read_response_format(Value& value);
  Result<void> read_suffix(Value& value);
  Result<void> read_stream_options(Value& value);

  RequestKind kind_;
  ScanWalk walk_;
  ScanPrompt prompt_{walk_};
  uint64_t tool_bytes_ = 0;  // as they stand in the body: templates print them much the same
  ScannedRequest out_;
};

Result<ScannedRequest> Scan::run(std::string& body) {
  const auto walked = walk_.walk(
      body, [this](std::string_view key, Value& value) { return read_field(key, value); });
  if (!walked) return forward(walked.error());
  if (!out_.facts.model.is_set()) return must_be("model", "given");
  if (!prompt_.is_given()) {
    const bool is_chat = kind_ == RequestKind::Chat;
    const bool is_ids = kind_ == RequestKind::Detokenize;
    return must_be(is_chat ? "messages" : is_ids ? "tokens" : "prompt", "given");
  }

  RequestFacts& facts = out_.facts;
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  facts.prompt_bytes = static_cast<uint32_t>(std::min(prompt_.bytes() + tool_bytes_, kMost));
  facts.tokens_max = out_.sampling.tokens_max.value_or(0);
  facts.choices = out_.sampling.choices;
  facts.needs_logprobs = out_.sampling.logprobs;
  facts.prefix_hashes = prompt_.take_hashes();
  return std::move(out_);
}

Result<void> Scan::read_field(std::string_view key, Value& value) {
  const auto type = ScanWalk::type_of(value);
  if (!type) return forward(type.error());
  if (*type == Type::null) return walk_.skip(value);  // as if it were not there
  const auto is_option = scan_sampling(walk_, kind_, key, value, out_.sampling);
  if (!is_option) return forward(is_option.error());
  return *is_option ? Result<void>() : read_known(key, value);
}

Result<void> Scan::read_known(std::string_view key, Value& value) {
  if (key == "messages" && kind_ == RequestKind::Chat) return prompt_.messages(value);
  if (key == "prompt" && kind_ == RequestKind::Completion) return prompt_.prompt(value);
  if (key == "prompt" && kind_ == RequestKind::Tokenize) return prompt_.prompt_text(value);
  if (key == "tokens" && kind_ == RequestKind::Detokenize) return prompt_.tokens(value);
  if (key == "model") return read_model(value);
  if (key == "echo" && kind_ == RequestKind::Completion) return read_flag(key, value);
  if (key == "add_special_tokens" && kind_ == RequestKind::Tokenize)
    return read_flag(key, value);
  if (key == "stream") return walk_.read(value, "stream", out_.is_streamed);
  if (key == "stream_options") return read_stream_options(value);
  if (key == "suan") {
    return scan_wishes(walk_, value, out_.facts.wishes,
                       [this](Value& grammar) { return read_grammar(grammar); });
  }
  if (key == "tools") return read_tools(value);
  if (key == "tool_choice") return read_tool_choice(value);
  if (key == "grammar") return read_grammar(value);
  if (key == "response_format") return read_response_format(value);
  if (key == "suffix") return read_suffix(value);
  return walk_.skip(value);
}

/// A flag that only the agent needs: its type is checked here, so that it cannot fail there.
Result<void> Scan::read_flag(std::string_view key, Value& value) {
  bool flag = false;
  return walk_.read(value, key, flag);
}

Result<void> Scan::read_model(Value& value) {
  std::string_view text;
  if (auto taken = walk_.read(value, "model", text); !taken) return taken;
  if (text.empty() || text.size() > kModelBytesMax) return must_be("model", "a model's name");
  out_.facts.model = ModelId(std::string(text));
  return {};
}

Result<void> Scan::read_tools(Value& value) {
  uint32_t count = 0;
  const size_t before = walk_.bytes_walked();
  auto walked = walk_.array(value, "tools", "an array", [&](Value& item) -> Result<void> {
    if (++count > kToolsMax) return must_be("tools", "at most 128 tools");
    return read_tool(item);
  });
  out_.facts.needs_tools = count > 0;
  tool_bytes_ = count > 0 ? walk_.bytes_walked() - before : 0;
  return walked;
}

/// The agent reads all of it; here it only has to be a function with a name.
Result<void> Scan::read_tool(Value& value) {
  constexpr std::string_view kForm = "functions with names";
  bool has_name = false;
  const auto in_function = [&](std::string_view key, Value& item) -> Result<void> {
    if (key != "name") return walk_.skip(item);
    std::string_view name;
    has_name = true;
    return walk_.read(item, "tools.function.name", name);
  };
  auto walked = walk_.object(value, "tools", kForm,
                             [&](std::string_view key, Value& item) -> Result<void> {
                               if (key != "function") return walk_.skip(item);
                               return walk_.object(item, "tools", kForm, in_function);
                             });
  if (!walked) return walked;
  return has_name ? Result<void>() : must_be("tools", kForm);
}

Result<void> Scan::read_tool_choice(Value& value) {
  constexpr std::string_view kForm = "auto, none, required, or a function's name";
  const auto type = ScanWalk::type_of(value);
  if (!type) return forward(type.error());
  if (*type == Type::object) return walk_.skip(value);
  if (*type != Type::string) return must_be("tool_choice", kForm);
  std::string_view word;
  if (auto taken = walk_.read(value, "tool_choice", word); !taken) return taken;
  if (word == "auto" || word == "none" || word == "required") return {};
  return must_be("tool_choice", kForm);
}

/// GBNF: only its type and size are seen here; the agent compiles it.
Result<void> Scan::read_grammar(Value& value) {
  std::string_view text;
  if (auto taken = walk_.read(value, "grammar", text); !taken) return taken;
  if (text.empty() || text.size() > kGrammarBytesMax) {
    return must_be("grammar", "a text of 1 to 65536 bytes");
  }
  out_.facts.needs_schema = true;
  return {};
}

Result<void> Scan::read_response_format(Value& value) {
  return walk_.object(
      value, "response_format", "an object with a type",
      [&](std::string_view key, Value& item) -> Result<void> {
        if (key != "type") return walk_.skip(item);
        std::string_view type;
        auto taken = walk_.read(item, "response_format.type", type);
        if (!taken) return taken;
        if (type != "text") out_.facts.needs_schema = true;
        const bool is_known = type == "text" || type == "json_object" || type == "json_schema";
        if (is_known) return {};
        return must_be("response_format.type", "text, json_object or json_schema");
      });
}

Result<void> Scan::read_suffix(Value& value) {
  std::string_view text;
  if (auto taken = walk_.read(value, "suffix", text); !taken) return taken;
  if (text.empty()) return {};
  return fail_param(ErrorCode::BadRequest, "suffix", "suffix: no served model fills in text");
}

Result<void> Scan::read_stream_options(Value& value) {
  return walk_.object(value, "stream_options", "an object",
                      [&](std::string_view key, Value& item) -> Result<void> {
                        if (key != "include_usage") return walk_.skip(item);
                        return walk_.read(item, "stream_options.include_usage",
                                          out_.includes_usage);
                      });
}

}  // namespace

Result<ScannedRequest> scan_request(RequestKind kind, std::string& body) {
  return Scan(kind).run(body);
}

Result<void> check_request(const ScannedRequest& request, const ModelService& model) {
  const ModelLimits limits{.context_tokens = model.context_tokens,
                           .vocabulary = model.vocabulary};
  if (auto fine = check(request.sampling, limits); !fine) return fine;
  if (request.facts.needs_tools && !model.has_chat_template) {
    return fail_param(ErrorCode::BadRequest, "tools",
                      "the model {} has no chat template, so it takes no tools",
                      model.model.value());
  }
  return {};
}

}  // namespace suan::web_api
