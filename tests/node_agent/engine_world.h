#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "engine/engine.h"
#include "engine/weights/model_file.h"
#include "node_agent/engine_thread.h"
#include "tests/support/threaded_loop.h"

namespace suan::node_agent {

inline std::filesystem::path bundled_model_path() {
  return std::filesystem::path(SUAN_SOURCE_DIR) / "models" / "stories-moe";
}

inline std::shared_ptr<const engine::ModelFile> bundled_model() {
  static const auto kModel = engine::open_model(bundled_model_path(), {});
  return kModel;
}

/// What one stream's listener saw.
struct Seen {
  std::optional<AcceptedEvent> accepted;
  std::map<uint32_t, std::string> texts;  // by choice
  std::vector<TokenEvent> pieces;
  std::vector<LogprobEntry> logprobs;
  uint32_t tokens = 0;
  uint32_t messages = 0;
  std::optional<DoneEvent> done;
  std::optional<FailedEvent> failed;
  int ends = 0;

  void take(RunnerEvent event) {
    if (auto* one = std::get_if<AcceptedEvent>(&event)) accepted = *one;
    if (auto* one = std::get_if<TokensEvent>(&event)) {
      ++messages;
      for (TokenEvent& piece : one->pieces) {
        texts[piece.choice] += piece.text;
        tokens += piece.tokens;
        logprobs.insert(logprobs.end(), piece.logprobs.begin(), piece.logprobs.end());
        pieces.push_back(std::move(piece));
      }
    }
    if (auto* one = std::get_if<DoneEvent>(&event)) done = std::move(*one);
    if (auto* one = std::get_if<FailedEvent>(&event)) failed = std::move(*one);
    ends = (done ? 1 : 0) + (failed ? 1 : 0);
  }
};

/// The bundled model behind an EngineThread, on a real loop.
struct EngineWorld {
  explicit EngineWorld(const engine::EngineConfig& config = {.slots = 4},
                       uint32_t streams_max = 256) {
    EngineThreadConfig settings;
    settings.model = ModelId("stories-moe");
    settings.capacity.slots = config.slots;
    settings.streams_max = streams_max;
    runner = std::make_unique<EngineThread>(
        loop, bundled_model(), engine::make_engine(bundled_model(), config), settings);
    runner->on_event([this](StreamId stream, RunnerEvent event) {
      seen[stream.value()].take(std::move(event));
      if (on_any) on_any();
    });
  }

  void submit(uint64_t stream, RequestKind kind, const Json& body) {
    RequestFacts facts;
    facts.request = RequestId(Uuid{1, stream});
    facts.model = ModelId("stories-moe");
    facts.kind = kind;
    submit(stream, std::move(facts), dump_json(body));
  }

  void submit(uint64_t stream, RequestFacts facts, std::string body) {
    runner->submit({StreamId(stream), std::move(facts),
                    std::make_shared<const std::string>(std::move(body))});
  }

  bool run_until(const std::function<bool()>& is_done) { return loop.run_until(is_done); }

  const Seen& finish(uint64_t stream) {
    EXPECT_TRUE(run_until([&] { return seen[stream].ends > 0; }));
    return seen[stream];
  }

  ThreadedLoop loop;
  std::map<uint64_t, Seen> seen;
  std::function<void()> on_any;
  std::unique_ptr<EngineThread> runner;  // ends what runs when it goes, so it goes first
};

}  // namespace suan::node_agent
