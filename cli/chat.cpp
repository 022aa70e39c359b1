#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/client.h"
#include "cli/settings.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

struct ChatOptions {
  std::string model;
  std::string message;
  std::string site;
  std::string policy;
  uint32_t tokens_max = 128;
  double temperature = 1.0;
  bool as_json = false;
};

/// What one answer said, and where it came from.
struct Reply {
  std::string text;
  std::string finish_reason;
  Json where = Json::object();  // the `suan` object of the last chunk
  Json usage = Json::object();
  std::string error;
};

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string first_model(Client& client) {
  const Result<Json> models = parse_json(client.get("/v1/models"));
  if (models && models->contains("data") && !(*models)["data"].empty()) {
    return text_at((*models)["data"][0], "id");
  }
  throw Failure(3, "the network serves no model now; `suan deploy MODEL` changes that");
}

/// Takes one chunk of the stream in; `shown` gets the new text.
void read_chunk(std::string_view data,
                Reply& reply,
                const std::function<void(std::string_view)>& shown) {
  if (data == "[DONE]") return;
  const Result<Json> chunk = parse_json(data);
  if (!chunk || !chunk->is_object()) return;
  if (chunk->contains("error")) {
    reply.error = text_at((*chunk)["error"], "message");
    return;
  }
  if (chunk->contains("suan")) reply.where = (*chunk)["suan"];
  if (chunk->contains("usage") && !(*chunk)["usage"].is_null()) reply.usage = (*chunk)["usage"];
  const Json choices = chunk->value("choices", Json::array());
  if (choices.empty()) return;
  const Json& choice = choices[0];
  const std::string piece = text_at(choice.value("delta", Json::object()), "content");
  reply.text += piece;
  shown(piece);
  const std::string reason = text_at(choice, "finish_reason");
  if (!reason.empty()) reply.finish_reason = reason;
}

Reply ask(Client& client,
          const ChatOptions& options,
          const Json& messages,
          const std::function<void(std::string_view)>& shown) {
  Json body{{"model", options.model},
            {"messages", messages},
            {"stream", true},
            {"stream_options", {{"include_usage", true}}},
            {"max_tokens", options.tokens_max},
            {"temperature", options.temperature}};
  Client::Headers headers;
  if (!options.site.empty()) headers.emplace_back("X-Suan-Site", options.site);
  if (!options.policy.empty()) headers.emplace_back("X-Suan-Policy", options.policy);
  Reply reply;
  (void)client.stream("POST", "/v1/chat/completions", dump_json(body), headers, 600s,
                      [&](std::string_view data) { read_chunk(data, reply, shown); });
  if (!reply.error.empty()) throw Failure(1, printable(reply.error, 1000));
  return reply;
}

/// `site north, node north-1, first token after 12.3 ms: ...`
std::string where_line(const Json& where) {
  const double ttft_ms = where.contains("ttft_ms") && where["ttft_ms"].is_number()
                             ? where["ttft_ms"].get<double>()
                             : 0.0;
  return fmt::format("[site {}, node {}, first token after {:.1f} ms; {}; request {}]",
                     printable(text_at(where, "site")), printable(text_at(where, "node")),
                     ttft_ms, printable(text_at(where, "reason"), 400),
                     printable(text_at(where, "request_id")));
}

/// Model output may hold what a terminal obeys: only line breaks and tabs pass as they are.
std::string terminal_safe(std::string_view text) {
  std::string safe;
  size_t from = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const bool is_break = i < text.size() && (text[i] == '\n' || text[i] == '\t');
    if (i < text.size() && !is_break) continue;
    safe += printable(text.substr(from, i - from), text.size() * 4 + 1);
    if (is_break) safe += text[i];
    from = i + 1;
  }
  return safe;
}

void show(std::string_view text) {
  std::cout << (isatty(STDOUT_FILENO) == 1 ? terminal_safe(text) : std::string(text))
            << std::flush;
}

int chat_once(Client& client, const ChatOptions& options) {
  const Json messages = Json::array({{{"role", "user"}, {"content", options.message}}});
  if (options.as_json) {
    const Reply reply = ask(client, options, messages, [](std::string_view) {});
    fmt::print("{}\n", dump_json({{"text", reply.text},
                                  {"finish_reason", reply.finish_reason},
                                  {"usage", reply.usage},
                                  {"suan", reply.where}}));
    return 0;
  }
  const Reply reply = ask(client, options, messages, show);
  std::cout << "\n" << std::flush;
  std::cerr << where_line(reply.where) << "\n";
  return 0;
}

int chat_loop(Client& client, const ChatOptions& options) {
  fmt::print("Talking to {} at {}. /where: the last answer's placement; /quit: leave.\n",
             options.model, client.url());
  Json messages = Json::array();
  Json where = Json::object();
  std::string line;
  while (std::cout << "> " << std::flush, std::getline(std::cin, line)) {
    if (line == "/quit" || line == "/exit") break;
    if (line == "/where") {
      fmt::print("{}\n", where.empty() ? "nothing was asked yet" : where_line(where));
      continue;
    }
    if (line.empty()) continue;
    messages.push_back({{"role", "user"}, {"content", line}});
    try {
      const Reply reply = ask(client, options, messages, show);
      std::cout << "\n" << std::flush;
      where = reply.where;
      messages.push_back({{"role", "assistant"}, {"content", reply.text}});
    } catch (const Failure& failure) {
      // One refused question ends itself, not the conversation.
      std::cerr << "\nsuan: " << failure.what() << "\n";
      messages.erase(messages.size() - 1);
    }
  }
  return 0;
}

}  // namespace

void add_chat_command(Commands& commands) {
  CLI::App* chat = commands.app.add_subcommand("chat", "Talk to a model service");
  chat->footer("Example:  suan chat stories-moe -m \"Once upon a time\" --policy latency");
  auto options = std::make_shared<ChatOptions>();
  chat->add_option("model", options->model, "Model; the first one served without it");
  chat->add_option("-m,--message", options->message, "One question; interactive without it");
  chat->add_option("--site", options->site, "Only there");
  chat->add_option("--policy", options->policy, "latency, cost, balanced or throughput")
      ->check(CLI::IsMember({"latency", "cost", "balanced", "throughput"}));
  chat->add_option("--max-tokens", options->tokens_max, "Length of an answer at the most");
  chat->add_option("--temperature", options->temperature, "0: always the likeliest token");
  chat->add_flag("--json", options->as_json, "One JSON document (with -m)");
  chat->callback([&commands, options] {
    commands.chosen = [&commands, options] {
      Client client(find_network(commands.network));
      if (options->model.empty()) options->model = first_model(client);
      return options->message.empty() ? chat_loop(client, *options)
                                      : chat_once(client, *options);
    };
  });
}

}  // namespace suan::cli
