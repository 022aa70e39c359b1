#include "bench/observer_messages.h"

namespace suan::bench {

namespace {

constexpr size_t kLineBytesPerMessage = 256U << 10U;

void write(const PlannedExecution& planned, v1::BenchExecution& message) {
  message.set_cell(planned.cell);
  message.set_execution(planned.execution);
  message.set_block(planned.block);
  message.set_site_id(planned.target.site.value());
  message.set_node_id(planned.target.node.value());
  message.set_deadline_us(planned.deadline.count());
}

}  // namespace

v1::Envelope planned_message(const std::string& campaign_id,
                             const std::string& spec_sha256,
                             const std::vector<PlannedExecution>& executions) {
  v1::Envelope envelope;
  v1::BenchPlanned& planned = *envelope.mutable_bench_planned();
  planned.set_campaign_id(campaign_id);
  planned.set_spec_sha256(spec_sha256);
  for (const PlannedExecution& each : executions) {
    write(each, *planned.add_executions());
  }
  return envelope;
}

v1::Envelope refused_message(const std::string& campaign_id, const Error& error) {
  v1::Envelope envelope;
  v1::BenchPlanned& planned = *envelope.mutable_bench_planned();
  planned.set_campaign_id(campaign_id);
  planned.set_code(std::string(to_string(error.code)));
  planned.set_message(error.message);
  planned.set_param(error.param);
  return envelope;
}

v1::Envelope progress_message(const std::string& campaign_id,
                              const std::string& run_id,
                              uint32_t done,
                              uint32_t total) {
  v1::Envelope envelope;
  v1::BenchProgress& progress = *envelope.mutable_bench_progress();
  progress.set_campaign_id(campaign_id);
  progress.set_run_id(run_id);
  progress.set_done(done);
  progress.set_total(total);
  progress.set_text(fmt::format("{} of {} requests", done, total));
  return envelope;
}

std::vector<v1::Envelope> lines_messages(const GeneratorOutcome& outcome) {
  std::vector<v1::Envelope> envelopes;
  size_t bytes = 0;
  for (const std::string& line : outcome.lines) {
    if (envelopes.empty() || bytes + line.size() > kLineBytesPerMessage) {
      envelopes.emplace_back().mutable_bench_lines()->set_run_id(outcome.run_id);
      bytes = 0;
    }
    envelopes.back().mutable_bench_lines()->add_lines(line);
    bytes += line.size();
  }
  return envelopes;
}

v1::Envelope seal_message(const GeneratorOutcome& outcome) {
  v1::Envelope envelope;
  v1::BenchSeal& seal = *envelope.mutable_bench_seal();
  seal.set_campaign_id(outcome.campaign_id);
  seal.set_run_id(outcome.run_id);
  seal.set_status(outcome.status);
  seal.set_reason(outcome.reason);
  for (const std::string& flag : outcome.flags) {
    seal.add_flags(flag);
  }
  return envelope;
}

v1::Envelope measured_message(const std::string& campaign_id,
                              const std::vector<Measurement>& measurements,
                              const std::string& summary_json) {
  v1::Envelope envelope;
  v1::Measured& measured = *envelope.mutable_measured();
  measured.set_campaign_id(campaign_id);
  for (const Measurement& each : measurements) {
    suan::write(each, *measured.add_rows());
  }
  measured.set_summary_json(summary_json);
  return envelope;
}

}  // namespace suan::bench
