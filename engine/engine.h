#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace suan::engine {

class Grammar;
class ModelFile;
class Tokenizer;

/// How tokens are drawn. `temperature` 0 is greedy; ties go to the lower id.
struct Sampling {
  double temperature = 1.0;
  double top_p = 1.0;
  double min_p = 0.0;
  double typical_p = 1.0;
  uint32_t top_k = 0;  // 0: all
  double frequency_penalty = 0.0;
  double presence_penalty = 0.0;
  double repetition_penalty = 1.0;
  std::vector<std::pair<uint32_t, float>> logit_bias;
  uint64_t seed = 0;
  bool wants_logprobs = false;
  uint32_t top_logprobs = 0;
  bool ignores_eos = false;
};

/// One sequence to continue.
struct Generation {
  uint64_t id = 0;  // the caller's; unique among those that run
  std::vector<int32_t> prompt;
  uint32_t tokens_max = 0;  // of output; prompt + tokens_max must fit in the context
  Sampling sampling;
  std::shared_ptr<const Grammar> grammar{};  // what the output must look like; null: anything
  bool shares_prefix = true;  // false: computes its whole prompt and keeps nothing for others
  uint64_t prefix_scope = 0;  // beginnings are shared among generations of one scope alone
  bool takes_drafts = true;   // false: one token a step, whatever the engine is set to
};

struct TokenLogprob {
  int32_t token = 0;
  float logprob = 0;
};

/// A token that `step` made.
struct NewToken {
  uint64_t id = 0;
  int32_t token = 0;
  float logprob = 0;                // of the untouched distribution; only if wanted
  std::vector<TokenLogprob> top{};  // likeliest first
};

/// Stop: the model chose a token that ends texts; that token is not handed out.
enum class FinishReason : uint8_t { Stop, Length, Cancelled, Failed };

struct Finish {
  uint64_t id = 0;
  FinishReason reason{};
  std::string error;  // for Failed
};

/// A sequence whose prompt is being computed, told once.
struct Start {
  uint64_t id = 0;
  uint32_t cached_tokens = 0;  // of its prompt, found in the cache
};

/// What one step did.
struct StepResult {
  std::vector<Start> started;
  std::vector<NewToken> tokens;  // none, one or several of a sequence, in their order
  std::vector<Finish> finished;
  uint32_t prefill_tokens = 0;  // what is computed again after a preemption included
  uint32_t decoded_sequences = 0;
  uint32_t drafted_tokens = 0;  // guesses that were checked
  uint32_t kept_drafts = 0;     // and turned out right
  uint32_t preempted = 0;       // sequences that lost their room and will go on later
};

/// Whether a generation was taken in; a full engine is an expected outcome.
///
/// TooLong: prompt + tokens_max pass the context, or the KV room of an empty engine.
/// Invalid: no prompt or no output, an unknown token, a setting out of range, or the id runs.
enum class Admission : uint8_t { Accepted, Full, TooLong, Invalid };

/// Where guesses of the next tokens come from, which one step then checks together.
///
/// No text changes by it, only how soon it comes. Auto: by the model's prediction head or, without
/// one, from the text itself, as long as tokens come faster with guesses than without.
enum class Speculation : uint8_t { Off, Auto, Mtp, Ngram };

/// "off", "auto", "mtp" or "ngram". Throws ModelError.
[[nodiscard]] Speculation speculation_named(const std::string& name);

struct EngineConfig {
  uint32_t slots = 8;            // sequences decoded together
  uint32_t kv_tokens = 0;        // room of the KV cache; 0: slots * context
  uint32_t prefill_chunk = 256;  // prompt tokens computed in one step at the most
  std::string backend = "auto";  // auto, cpu, reference, ...
  std::string isa = "auto";      // instruction set of the cpu backend
  uint32_t threads = 1;
  bool reuses_prefixes = true;  // computes beginnings that earlier texts had, too, only once
  /// Share of `tokens_max` for which room is promised, in percent. Below 100, more sequences are
  /// taken in than might fit; when room runs out, the youngest waits and is computed again.
  uint32_t output_promised = 100;
  Speculation speculation = Speculation::Off;
  uint32_t draft_tokens = 4;  // guesses for one sequence in one step at the most
};

struct EngineCapacity {
  uint32_t slots = 0;
  uint32_t running = 0;
  uint32_t waiting = 0;
  uint32_t kv_tokens_total = 0;
  uint32_t kv_tokens_taken = 0;  // promised: prompt and output of each sequence
  uint32_t prefill_tokens_queued = 0;
  uint32_t context_tokens = 0;
  uint32_t vocabulary = 0;
};

/// A model in memory that continues many sequences at once (continuous batching).
///
/// A sequence that fails (NaN logits, no memory) ends alone; the others go on.
/// Threads:  one owner; `step` does the work.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Full: no KV room now, though the engine could hold it when empty.
  virtual Admission submit(Generation generation) = 0;

  /// Ends a sequence; its Finish comes with the next step. Unknown ids are ignored.
  virtual void cancel(uint64_t id) = 0;

  /// Computes up to `prefill_chunk` prompt tokens, and the next token or a few of each sequence
  /// whose prompt is done.
  /// An idle engine returns an empty result at once.
  virtual StepResult step() = 0;

  [[nodiscard]] virtual EngineCapacity capacity() const = 0;

  /// Logits [tokens, vocabulary] after each position of one sequence, for tools and tests.
  /// Requires: tokens.size() <= context; leaves running sequences alone.
  [[nodiscard]] virtual std::vector<float> logits(const std::vector<int32_t>& tokens) = 0;
};

/// Throws ModelError when the backend is unknown or the model does not fit in memory.
/// `model` is shared by replicas and outlives the engine.
[[nodiscard]] std::unique_ptr<Engine> make_engine(std::shared_ptr<const ModelFile> model,
                                                  const EngineConfig& config);

}  // namespace suan::engine
