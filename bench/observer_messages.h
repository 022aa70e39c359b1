#pragma once

#include <string>
#include <vector>

#include "bench/campaign.h"
#include "bench/generator.h"
#include "catalog/wire/convert.h"

// Heavy (protobuf): only .cpp files include this header.

namespace suan::bench {

// What the observer says to the scheduler, one function per message.

[[nodiscard]] v1::Envelope planned_message(const std::string& campaign_id,
                                           const std::string& spec_sha256,
                                           const std::vector<PlannedExecution>& executions);
[[nodiscard]] v1::Envelope refused_message(const std::string& campaign_id, const Error& error);
[[nodiscard]] v1::Envelope progress_message(const std::string& campaign_id,
                                            const std::string& run_id,
                                            uint32_t done,
                                            uint32_t total);
/// The record in pieces of at most 256 KiB.
[[nodiscard]] std::vector<v1::Envelope> lines_messages(const GeneratorOutcome& outcome);
[[nodiscard]] v1::Envelope seal_message(const GeneratorOutcome& outcome);
[[nodiscard]] v1::Envelope measured_message(const std::string& campaign_id,
                                            const std::vector<Measurement>& measurements,
                                            const std::string& summary_json);

}  // namespace suan::bench
