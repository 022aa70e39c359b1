#include "bench/sim/sim_client.h"

#include <utility>

#include <fmt/core.h>

#include "catalog/types/uuid.h"

namespace suan::bench {

SimClients::SimClients(SimLoop& loop, web_api::Gateway& gateway, Options options, uint64_t seed)
    : loop_(loop), gateway_(gateway), options_(std::move(options)), random_(seed) {
  seen_.reserve(options_.requests_max);
}

void SimClients::start() {
  arrive();
}

void SimClients::arrive() {
  if (seen_.size() >= options_.requests_max) return;
  const double gap_s = random_.exponential() / options_.requests_per_s;
  loop_.after(Duration(static_cast<int64_t>(gap_s * 1e6)), [this] {
    ask();
    arrive();
  });
}

void SimClients::ask() {
  RequestFacts facts;
  facts.request = RequestId(make_uuid_v7(loop_.wall_now(), random_));
  facts.account = AccountId(fmt::format("account-{}", random_.below(options_.accounts)));
  facts.model = options_.model;
  facts.prompt_bytes = static_cast<uint32_t>(200 + random_.below(4000));
  facts.tokens_max = static_cast<uint32_t>(16 + random_.below(200));
  facts.deadline = options_.deadline;

  auto seen = std::make_shared<SeenRequest>();
  seen->request = facts.request;
  seen->asked = loop_.now();
  seen_.push_back(seen);
  const RequestId id = facts.request;
  auto stream = std::make_shared<RecordingStream>(loop_, seen, digest_);
  static const RequestBody kBody = std::make_shared<const std::string>("{}");
  gateway_.submit(std::move(facts), kBody, std::move(stream));

  if (random_.uniform() >= options_.leave_share) return;
  loop_.after(Duration(static_cast<int64_t>(random_.below(4'000'000))), [this, id, seen] {
    seen->has_left = seen->ends == 0;
    gateway_.cancel(id);
  });
}

}  // namespace suan::bench
