#include "cli/model_work.h"

#include <algorithm>
#include <chrono>
#include <span>

#include <fmt/format.h>

#include "cli/command.h"
#include "engine/sampling/logprobs.h"

namespace suan::cli {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void check_tokens(const LoadedModel& model, const std::vector<int32_t>& tokens) {
  const auto capacity = model.engine->capacity();
  if (tokens.empty()) throw Failure(2, "there are no tokens");
  if (tokens.size() > capacity.context_tokens) {
    throw Failure(1, fmt::format("{} tokens do not fit into the context of {}", tokens.size(),
                                 capacity.context_tokens));
  }
  for (const int32_t token : tokens) {
    if (token < 0 || static_cast<uint32_t>(token) >= capacity.vocabulary) {
      throw Failure(1, fmt::format("token {} is not one of the vocabulary's {}", token,
                                   capacity.vocabulary));
    }
  }
}

/// Row of `all` [tokens, vocabulary].
std::span<const float> row_of(const std::vector<float>& all, size_t tokens, size_t row) {
  const size_t vocabulary = all.size() / tokens;
  return {all.data() + row * vocabulary, vocabulary};
}

const char* name_of(engine::FinishReason reason) {
  return reason == engine::FinishReason::Stop ? "stop" : "length";
}

engine::Generation generation_of(const LoadedModel& model,
                                 const GenerateWish& wish,
                                 const std::vector<int32_t>& prompt_ids) {
  check_tokens(model, prompt_ids);
  const uint32_t context = model.engine->capacity().context_tokens;
  const auto room = context - static_cast<uint32_t>(prompt_ids.size());
  if (room == 0) throw Failure(1, fmt::format("the prompt fills the context of {}", context));
  engine::Generation generation{.id = 1, .prompt = prompt_ids};
  generation.tokens_max = std::min(wish.tokens_max, room);
  generation.sampling.temperature = wish.temperature;
  generation.sampling.seed = wish.seed;
  return generation;
}

}  // namespace

LoadedModel load_model(const ModelOptions& options) {
  const auto start = Clock::now();
  LoadedModel model;
  model.file = engine::open_model(options.file, options.reader);
  if (model.manifest().tensors.empty()) {
    throw Failure(1, options.file + " holds only a vocabulary, no weights");
  }
  model.engine = engine::make_engine(
      model.file,
      {.slots = 1, .backend = options.backend, .isa = options.isa, .threads = options.threads});
  model.load_s = seconds_since(start);
  return model;
}

Generated generate(LoadedModel& model,
                   const GenerateWish& wish,
                   const std::function<void(std::string_view)>& on_text) {
  const auto tokenizer = engine::make_tokenizer(model.manifest().vocabulary);
  const bool adds_bos = model.manifest().vocabulary.adds_bos;
  Generated answer{.prompt_ids = tokenizer->encode(wish.prompt, adds_bos)};
  engine::StreamingDecoder decoder(*tokenizer);
  const auto add_text = [&](const std::string& text) {
    answer.text += text;
    on_text(text);
  };

  const auto start = Clock::now();
  const auto admission = model.engine->submit(generation_of(model, wish, answer.prompt_ids));
  if (admission != engine::Admission::Accepted)
    throw Failure(1, "the engine takes no such prompt");
  decoder.start_after(answer.prompt_ids.back());
  while (true) {
    const engine::StepResult step = model.engine->step();
    for (const engine::NewToken& made : step.tokens) {
      if (answer.ids.empty()) answer.ttft_s = seconds_since(start);
      answer.ids.push_back(made.token);
      add_text(decoder.push(made.token));
    }
    if (step.finished.empty()) continue;
    const engine::Finish& finish = step.finished.front();
    if (finish.reason == engine::FinishReason::Failed) throw Failure(1, finish.error);
    answer.finish_reason = name_of(finish.reason);
    break;
  }
  const double decode_s = seconds_since(start) - answer.ttft_s;
  add_text(decoder.finish());
  if (answer.ids.size() > 1 && decode_s > 0) {
    answer.tokens_per_s = static_cast<double>(answer.ids.size() - 1) / decode_s;
  }
  return answer;
}

std::vector<PositionLogprobs> logprobs(LoadedModel& model,
                                       const std::vector<int32_t>& tokens,
                                       uint32_t top,
                                       bool wants_all) {
  check_tokens(model, tokens);
  const std::vector<float> logits = model.engine->logits(tokens);
  std::vector<PositionLogprobs> positions;
  for (size_t i = wants_all ? 0 : tokens.size() - 1; i < tokens.size(); ++i) {
    const auto row = row_of(logits, tokens.size(), i);
    const auto count = std::min<uint32_t>(top, model.engine->capacity().vocabulary);
    PositionLogprobs position{.position = static_cast<uint32_t>(i),
                              .top = engine::top_logprobs(row, count)};
    if (wants_all && i + 1 < tokens.size()) {
      position.next = engine::logprob_of(row, tokens[i + 1]);
    }
    positions.push_back(std::move(position));
  }
  return positions;
}

Loss document_loss(LoadedModel& model, const std::vector<int32_t>& ids) {
  check_tokens(model, ids);
  if (ids.size() < 2) throw Failure(1, "a document of one token has nothing to predict");
  const std::vector<float> logits = model.engine->logits(ids);
  Loss loss{.tokens = ids.size() - 1};
  for (size_t i = 0; i + 1 < ids.size(); ++i) {
    loss.nll_sum -= engine::logprob_of(row_of(logits, ids.size(), i), ids[i + 1]);
  }
  return loss;
}

Loss text_loss(LoadedModel& model, const std::string& text) {
  const engine::Vocabulary& vocabulary = model.manifest().vocabulary;
  const std::vector<int32_t> ids = engine::make_tokenizer(vocabulary)->encode(text, false);
  const bool has_bos = vocabulary.adds_bos && vocabulary.bos >= 0;
  const size_t room = model.engine->capacity().context_tokens - (has_bos ? 1 : 0);
  Loss total;
  for (size_t first = 0; first < ids.size(); first += room) {
    std::vector<int32_t> window;
    if (has_bos) window.push_back(vocabulary.bos);
    const size_t last = std::min(ids.size(), first + room);
    window.insert(window.end(), ids.begin() + static_cast<ptrdiff_t>(first),
                  ids.begin() + static_cast<ptrdiff_t>(last));
    if (window.size() < 2) continue;  // a last token without a context predicts nothing
    const Loss loss = document_loss(model, window);
    total.nll_sum += loss.nll_sum;
    total.tokens += loss.tokens;
  }
  if (total.tokens == 0) throw Failure(1, "the text has nothing to predict");
  return total;
}

}  // namespace suan::cli
