#include "bench/sim/sim_recording.h"

#include <utility>

#include "catalog/types/random.h"

namespace suan::bench {

RecordingStream::RecordingStream(SimLoop& loop,
                                 std::shared_ptr<SeenRequest> seen,
                                 std::shared_ptr<uint64_t> digest)
    : loop_(loop), seen_(std::move(seen)), digest_(std::move(digest)) {}

void RecordingStream::placed(const PlacedAt& where) {
  note(1, where.replica.value());
  ++seen_->placements;
  seen_->site = where.site;
  if (seen_->tokens > 0) seen_->broken.emplace_back("placed again after a delivered token");
  if (seen_->ends > 0) seen_->broken.emplace_back("placed after its end");
}

bool RecordingStream::push(TokenEvent event) {
  note(2, event.tokens);
  if (seen_->placements == 0) seen_->broken.emplace_back("tokens before a placement");
  if (seen_->ends > 0) seen_->broken.emplace_back("tokens after its end");
  if (seen_->tokens == 0) seen_->ttft = loop_.now() - seen_->asked;
  seen_->tokens += event.tokens;
  seen_->last_token_at = loop_.now();
  return true;
}

void RecordingStream::end(Outcome outcome, std::string) {
  note(3, outcome.error ? static_cast<uint64_t>(outcome.error->code) + 1 : 0);
  ++seen_->ends;
  if (outcome.error) seen_->error = outcome.error->code;
  seen_->usage = outcome.usage;
}

void RecordingStream::note(uint64_t kind, uint64_t value) {
  const auto now = static_cast<uint64_t>(loop_.now().time_since_epoch().count());
  *digest_ = splitmix64(*digest_ ^ now ^ (kind << 60U) ^ (value << 40U));
}

}  // namespace suan::bench
