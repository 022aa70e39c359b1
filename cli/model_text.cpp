#include "cli/model_text.h"

#include <cmath>

#include "catalog/types/json.h"

namespace suan::cli {

namespace {

Json loss_json(const Loss& loss) {
  return {{"tokens", loss.tokens}, {"nll_sum", loss.nll_sum}};
}

}  // namespace

std::string generate_json(const LoadedModel& model, const Generated& answer) {
  return dump_json({{"prompt_ids", answer.prompt_ids},
                    {"ids", answer.ids},
                    {"text", answer.text},
                    {"finish_reason", answer.finish_reason},
                    {"usage",
                     {{"prompt_tokens", answer.prompt_ids.size()},
                      {"completion_tokens", answer.ids.size()},
                      {"total_tokens", answer.prompt_ids.size() + answer.ids.size()}}},
                    {"timings",
                     {{"load_s", model.load_s},
                      {"ttft_s", answer.ttft_s},
                      {"tokens_per_s", answer.tokens_per_s}}}});
}

std::string logits_json(const std::vector<PositionLogprobs>& positions) {
  Json list = Json::array();
  for (const PositionLogprobs& position : positions) {
    Json top = Json::array();
    for (const engine::TokenLogprob& token : position.top) {
      top.push_back({{"id", token.token}, {"logprob", token.logprob}});
    }
    Json item = {{"position", position.position}, {"top", std::move(top)}};
    if (position.next) item["next_logprob"] = *position.next;
    list.push_back(std::move(item));
  }
  return dump_json({{"positions", std::move(list)}});
}

std::string tokens_json(const std::vector<int32_t>& tokens) {
  return dump_json(Json(tokens));
}

std::string perplexity_json(const Loss& total, const std::vector<Loss>& documents) {
  Json json = {{"nll_mean", total.mean()},
               {"nll_sum", total.nll_sum},
               {"tokens", total.tokens},
               {"perplexity", std::exp(total.mean())}};
  for (const Loss& document : documents)
    json["documents"].push_back(loss_json(document));
  return dump_json(json);
}

}  // namespace suan::cli
