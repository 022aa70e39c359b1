#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "scheduler/placement/cluster_view_builder.h"
#include "scheduler/placement/estimator.h"
#include "scheduler/server/events.h"

namespace suan::scheduler {

/// A finished attempt as its node's engine timed it.
struct FinishedWork {
  NodeId node;
  SiteId site;
  ModelId model;
  uint32_t prompt_bytes = 0;  // 0: not known
  Usage usage;
  Duration prefill{};
  Duration decode{};
  uint32_t batch_max = 0;
};

/// Turns real traffic into knowledge: what prompts and answers of a model are like, and how fast
/// its nodes are (evidence `Production`).
///
/// Rates are joined over windows of 10 s, one update each: a thousand short requests are not a
/// thousand independent measurements. An attempt that shared its batch proves only "at least".
/// Threads:  the scheduler loop only.
class Learning {
 public:
  explicit Learning(Estimator& estimator) : estimator_(estimator) {}

  void finished(const FinishedWork& work, const Moment& moment);

  /// What is learned of the model; defaults before the first answer.
  [[nodiscard]] ModelFacts facts(const ModelId& model) const;

 private:
  struct Answers {
    double bytes_per_token = 4;
    double output_p50 = 128;
    double output_p90 = 512;
    uint64_t answers = 0;
  };

  struct Window {
    Time began{};
    uint64_t decode_tokens = 0;
    Duration decode{};
    uint64_t prefill_tokens = 0;
    Duration prefill{};
    double at_least = 0;  // tokens/s within a shared batch
  };

  void learn_answer(const FinishedWork& work);
  void add_rates(Window& window, const FinishedWork& work);
  void close(const FinishedWork& work, const Window& window, WallTime at);

  Estimator& estimator_;
  std::map<ModelId, Answers> answers_;
  std::map<std::pair<NodeId, ModelId>, Window> windows_;
};

}  // namespace suan::scheduler
