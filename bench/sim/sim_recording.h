#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/sim/sim_loop.h"
#include "web_api/gateway/token_stream.h"

namespace suan::bench {

/// What one simulated requester saw of its request.
struct SeenRequest {
  RequestId request;
  Time asked{};
  uint32_t placements = 0;
  uint32_t tokens = 0;
  uint32_t ends = 0;
  bool has_left = false;  // the client hung up
  std::optional<ErrorCode> error;
  Usage usage;
  Duration ttft{};
  Time last_token_at{};
  SiteId site;                      // of the last placement
  std::vector<std::string> broken;  // promises of TokenStream that were not kept
};

/// Records what arrives, and that the order of calls is the promised one.
///
/// Threads:  the loop's.
class RecordingStream final : public web_api::TokenStream {
 public:
  /// `digest` takes in everything that happens, in order.
  RecordingStream(SimLoop& loop,
                  std::shared_ptr<SeenRequest> seen,
                  std::shared_ptr<uint64_t> digest);

  void placed(const PlacedAt& where) override;
  bool push(TokenEvent event) override;
  void end(Outcome outcome, std::string answer_json) override;

 private:
  void note(uint64_t kind, uint64_t value);

  SimLoop& loop_;
  std::shared_ptr<SeenRequest> seen_;
  std::shared_ptr<uint64_t> digest_;
};

}  // namespace suan::bench
