#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/wire/loop.h"
#include "node_agent/launcher.h"

namespace suan::testing {

/// `Runner` that answers every request at once with one token; so only the network takes time.
class InstantRunner final : public node_agent::Runner {
 public:
  explicit InstantRunner(Loop& loop) : loop_(loop) {}

  void submit(node_agent::Work work) override {
    loop_.post([this, stream = work.stream] {
      handler_(stream, node_agent::AcceptedEvent{.prompt_tokens = 4});
      handler_(stream, node_agent::TokensEvent{{{.tokens = 1, .text = " there"}}});
      handler_(stream,
               node_agent::DoneEvent{.usage = {.prompt_tokens = 4, .completion_tokens = 1},
                                     .finish_reasons = {"length"}});
    });
  }

  void cancel(StreamId) override {}

  [[nodiscard]] ReplicaCapacity capacity() const override {
    return {.slots = 64,
            .kv_tokens_total = 1U << 20U,
            .context_tokens = 4096,
            .prefill_tokens_per_s = 1e6,
            .decode_tokens_per_s = 1e6,
            .decode_tokens_per_s_full = 1e7};
  }

  [[nodiscard]] ReplicaLoad load() const override { return {}; }

  void on_event(OnEvent handler) override { handler_ = std::move(handler); }

 private:
  Loop& loop_;
  OnEvent handler_;
};

/// `Launcher` whose replicas are ready at once.
class InstantLauncher final : public node_agent::Launcher {
 public:
  /// `loop` outlives the launcher.
  InstantLauncher(Loop& loop, ModelId model)
      : loop_(loop),
        runner_(loop),
        model_{.model = std::move(model),
               .digest = std::string(64, '0'),
               .architecture = "llama",
               .quantization = "f32",
               .weight_bytes = 1U << 20U,
               .context_tokens = 4096,
               .vocabulary = 32'000} {}

  void want(std::vector<node_agent::WantedReplica> replicas) override {
    replicas_.clear();
    for (const node_agent::WantedReplica& wanted : replicas) {
      replicas_.push_back({.replica = wanted.replica,
                           .lease_epoch = wanted.lease_epoch,
                           .model = wanted.model,
                           .digest = model_.digest,
                           .state = ReplicaState::Ready,
                           .memory_bytes = model_.weight_bytes,
                           .runner = &runner_});
    }
    loop_.post([this] { changed_(); });
  }

  [[nodiscard]] const std::vector<node_agent::LaunchedReplica>& replicas() const override {
    return replicas_;
  }

  [[nodiscard]] std::vector<DepotModel> depot() const override { return {model_}; }

  void on_change(std::function<void()> handler) override { changed_ = std::move(handler); }

 private:
  Loop& loop_;
  InstantRunner runner_;
  DepotModel model_;
  std::vector<node_agent::LaunchedReplica> replicas_;
  std::function<void()> changed_ = [] {};
};

}  // namespace suan::testing
