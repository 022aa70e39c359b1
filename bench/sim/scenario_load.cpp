#include "bench/sim/scenario_load.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "bench/sim/replica_model.h"
#include "catalog/types/uuid.h"

namespace suan::bench {

namespace {

constexpr uint32_t kTokensPerHash = 256 / kModelledBytesPerToken;
// As many as the real gateway sends (web_api/openai/prefix_hasher.h).
constexpr size_t kHashesMax = 256;

}  // namespace

ScenarioLoad::ScenarioLoad(SimLoop& loop,
                           web_api::Gateway& gateway,
                           const Scenario& scenario,
                           const std::vector<ScenarioRequest>& requests,
                           uint64_t seed)
    : loop_(loop), gateway_(gateway), scenario_(scenario), requests_(requests), random_(seed) {
  seen_.reserve(requests.size());
  for (uint32_t i = 0; i < scenario.load.accounts; ++i)
    accounts_.emplace_back(fmt::format("account-{}", i));
}

void ScenarioLoad::start() {
  started_at_ = loop_.now();
  send_due();
}

void ScenarioLoad::send_due() {
  while (seen_.size() < requests_.size()) {
    const ScenarioRequest& next = requests_[seen_.size()];
    if (started_at_ + next.at > loop_.now()) {
      loop_.at(started_at_ + next.at, [this] { send_due(); });
      return;
    }
    send(next);
  }
}

void ScenarioLoad::send(const ScenarioRequest& request) {
  const LoadSpec& load = scenario_.load;
  RequestFacts facts;
  facts.request = RequestId(make_uuid_v7(loop_.wall_now(), random_));
  facts.account = accounts_[request.account];
  facts.model = scenario_.models[request.model].model;
  facts.prompt_bytes = request.prompt_tokens * kModelledBytesPerToken;
  facts.tokens_max = load.tokens_max == 0 ? request.output_tokens : load.tokens_max;
  facts.deadline = Duration(static_cast<int64_t>(load.deadline_s * 1e6));
  if (request.blocks > 0) {
    const auto blocks =
        std::span(scenario_.trace.blocks).subspan(request.first_block, request.blocks);
    facts.prefix_hashes = prefix_hashes_of(blocks, request.lap, request.prompt_tokens);
  }
  auto seen = std::make_shared<SeenRequest>();
  seen->request = facts.request;
  seen->asked = loop_.now();
  seen_.push_back(seen);
  RequestBody& body = bodies_[request.output_tokens];
  if (!body) {
    body = std::make_shared<const std::string>(modelled_body(request.output_tokens));
  }
  gateway_.submit(std::move(facts), body,
                  std::make_shared<RecordingStream>(loop_, std::move(seen), digest_));
}

std::vector<uint64_t> prefix_hashes_of(std::span<const uint64_t> blocks,
                                       uint32_t lap,
                                       uint32_t prompt_tokens) {
  const size_t whole = prompt_tokens / kTokensPerHash;
  std::vector<uint64_t> hashes;
  hashes.reserve(std::min(whole, kHashesMax));
  uint64_t chain = lap;
  for (const uint64_t block : blocks) {
    for (uint32_t part = 0; part < kBlockTokens / kTokensPerHash; ++part) {
      if (hashes.size() == std::min(whole, kHashesMax)) return hashes;
      chain = splitmix64(chain ^ splitmix64(block * 8 + part + 1));
      hashes.push_back(chain);
    }
  }
  return hashes;
}

}  // namespace suan::bench
