#include "bench/sim/sim_client.h"

#include <utility>

#include <fmt/core.h>

#include "catalog/types/uuid.h"

namespace suan::bench {

namespace {

/// Records what arrives, and that the order of calls is the promised one.
class RecordingStream final : public web_api::TokenStream {
 public:
  RecordingStream(SimLoop& loop,
                  std::shared_ptr<SeenRequest> seen,
                  std::shared_ptr<uint64_t> digest)
      : loop_(loop), seen_(std::move(seen)), digest_(std::move(digest)) {}

  void placed(const PlacedAt& where) override {
    note(1, where.replica.value());
    ++seen_->placements;
    if (seen_->tokens > 0) seen_->broken.emplace_back("placed again after a delivered token");
    if (seen_->ends > 0) seen_->broken.emplace_back("placed after its end");
  }

  bool push(TokenEvent event) override {
    note(2, event.tokens);
    if (seen_->placements == 0) seen_->broken.emplace_back("tokens before a placement");
    if (seen_->ends > 0) seen_->broken.emplace_back("tokens after its end");
    if (seen_->tokens == 0) seen_->ttft = loop_.now() - seen_->asked;
    seen_->tokens += event.tokens;
    return true;
  }

  void end(Outcome outcome, std::string) override {
    note(3, outcome.error ? static_cast<uint64_t>(outcome.error->code) + 1 : 0);
    ++seen_->ends;
    if (outcome.error) seen_->error = outcome.error->code;
    seen_->usage = outcome.usage;
  }

 private:
  void note(uint64_t kind, uint64_t value) {
    const auto now = static_cast<uint64_t>(loop_.now().time_since_epoch().count());
    *digest_ = splitmix64(*digest_ ^ now ^ (kind << 60U) ^ (value << 40U));
  }

  SimLoop& loop_;
  std::shared_ptr<SeenRequest> seen_;
  std::shared_ptr<uint64_t> digest_;
};

}  // namespace

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
