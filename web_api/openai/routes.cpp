#include "web_api/openai/routes.h"

#include <utility>

#include "catalog/types/json.h"
#include "web_api/http/errors.h"
#include "web_api/openai/serving.h"

namespace suan::web_api {

namespace {

double yuan_per_mtok(int64_t n_per_token) {
  return static_cast<double>(n_per_token) / 1e3;
}

Json model_json(const ModelService& model) {
  Json sites = Json::array();
  for (const SiteId& site : model.sites)
    sites.push_back(site.value());
  Json json = {{"id", model.model.value()},
               {"object", "model"},
               {"created", to_us(model.created) / 1'000'000},
               {"owned_by", "suan"},
               {"context_length", model.context_tokens},
               {"architecture", model.architecture},
               {"quantization", model.quantization},
               {"chat_template", nullptr},
               {"sites", std::move(sites)},
               {"pricing",
                {{"input_yuan_per_mtok", yuan_per_mtok(model.input_n_per_token)},
                 {"output_yuan_per_mtok", yuan_per_mtok(model.output_n_per_token)}}}};
  if (model.has_chat_template) json["chat_template"] = "built-in";
  return json;
}

void list_models(const Gateway& gateway, Reply& reply) {
  Json data = Json::array();
  for (const ModelService& model : gateway.view()->models)
    data.push_back(model_json(model));
  Json list = {{"object", "list"}, {"data", std::move(data)}};
  reply.send({.status = 200, .headers = {}, .body = dump_json(list)});
}

void show_model(const Gateway& gateway, const Request& request, Reply& reply) {
  const auto model = find_model(gateway, ModelId(std::string(request.param("id"))));
  if (!model) return reply.send(error_answer(model.error()));
  reply.send({.status = 200, .headers = {}, .body = dump_json(model_json(*model))});
}

void refuse_embeddings(Reply& reply) {
  reply.send(error_answer(
      Error{ErrorCode::BadRequest, "no model that is served makes embeddings", "model"}));
}

Handler serving(Gateway& gateway, const OpenAiConfig& config, RequestKind kind) {
  return [&gateway, config, kind](Request request, const std::shared_ptr<Reply>& reply) {
    serve(gateway, config, kind, std::move(request), reply);
  };
}

}  // namespace

void add_openai_routes(Router& router, Gateway& gateway, const OpenAiConfig& config) {
  router.add({"GET", "/v1/models", Access::AnyKey, "The models that are served",
              [&gateway](const Request&, const std::shared_ptr<Reply>& reply) {
                list_models(gateway, *reply);
              }});
  router.add({"GET", "/v1/models/{id}", Access::AnyKey, "One model",
              [&gateway](const Request& request, const std::shared_ptr<Reply>& reply) {
                show_model(gateway, request, *reply);
              }});
  router.add({"POST", "/v1/chat/completions", Access::Request, "An answer to messages",
              serving(gateway, config, RequestKind::Chat)});
  router.add({"POST", "/v1/completions", Access::Request, "A continuation of a prompt",
              serving(gateway, config, RequestKind::Completion)});
  router.add({"POST", "/v1/tokenize", Access::Request, "The tokens of a text",
              serving(gateway, config, RequestKind::Tokenize)});
  router.add({"POST", "/v1/detokenize", Access::Request, "The text of tokens",
              serving(gateway, config, RequestKind::Detokenize)});
  router.add(
      {"POST", "/v1/embeddings", Access::Request, "Not served yet: a clear 400",
       [](const Request&, const std::shared_ptr<Reply>& reply) { refuse_embeddings(*reply); }});
}

}  // namespace suan::web_api
