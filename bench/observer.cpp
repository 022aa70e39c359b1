#include "bench/observer.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "bench/campaign.h"
#include "bench/corpus.h"
#include "bench/generator.h"
#include "bench/observer_messages.h"
#include "catalog/types/bytes.h"
#include "catalog/wire/convert.h"

namespace suan::bench {

namespace {

const Peer kScheduler{"scheduler"};
constexpr Duration kProgressEvery = 100ms;

struct Campaign {
  BenchSpec spec;
  Corpus corpus;
  std::vector<PlannedExecution> planned;
  std::map<size_t, SealedRun> sealed;     // by index into `planned`; a repeated run replaces
  std::map<std::string, size_t> running;  // run id to index into `planned`
  std::shared_ptr<std::atomic<bool>> is_aborted = std::make_shared<std::atomic<bool>>(false);
};

std::vector<BenchNode> targets_of(const v1::BenchPlan& plan) {
  std::vector<BenchNode> targets;
  for (const v1::BenchTarget& target : plan.targets()) {
    targets.push_back({.site = SiteId(target.site_id()), .node = NodeId(target.node_id())});
  }
  return targets;
}

bool is_same(const PlannedExecution& planned, const v1::BenchExecution& message) {
  return planned.cell == message.cell() && planned.execution == message.execution() &&
         planned.target.site.value() == message.site_id() &&
         planned.target.node.value() == message.node_id();
}

GeneratorOutcome aborted(const v1::BenchStart& message, const char* reason) {
  return {.campaign_id = message.campaign_id(),
          .run_id = message.run_id(),
          .status = "aborted",
          .reason = reason};
}

}  // namespace

struct Observer::State : std::enable_shared_from_this<Observer::State> {
  State(Loop& loop_in, Channel& channel_in, ObserverConfig config_in)
      : loop(loop_in), channel(channel_in), config(config_in) {}

  Loop& loop;
  Channel& channel;
  ObserverConfig config;
  std::map<std::string, Campaign> campaigns;
  Time last_progress{};
  std::unique_ptr<Generator> generator;

  void start_generator(TargetFactory make_target) {
    // The generator's thread reaches the state through the loop only, and only while it lives.
    const std::weak_ptr<State> weak = weak_from_this();
    Loop& home = loop;
    generator = std::make_unique<Generator>(
        std::move(make_target), config.executions_waiting_max,
        Generator::Hooks{
            .on_progress =
                [weak, &home](const GeneratorJob& job, uint32_t done, uint32_t total) {
                  home.post([weak, campaign = job.intent.campaign_id, run = job.intent.run_id,
                             done, total] {
                    if (const auto state = weak.lock()) {
                      state->tell_progress(campaign, run, done, total);
                    }
                  });
                },
            .on_end =
                [weak, &home](GeneratorOutcome outcome) {
                  home.post([weak, outcome = std::move(outcome)] {
                    if (const auto state = weak.lock()) {
                      state->take_outcome(outcome);
                    }
                  });
                }});
  }

  void receive(const v1::Envelope& message) {
    switch (message.body_case()) {
      case v1::Envelope::kBenchPlan:
        plan(message.bench_plan());
        break;
      case v1::Envelope::kBenchStart:
        start(message.bench_start());
        break;
      case v1::Envelope::kBenchAbort:
        abort(message.bench_abort().campaign_id());
        break;
      default:
        break;  // of a newer scheduler
    }
  }

  void plan(const v1::BenchPlan& message) {
    auto campaign = make_campaign(message);
    if (!campaign) {
      send(refused_message(message.campaign_id(), campaign.error()));
      return;
    }
    send(planned_message(message.campaign_id(), campaign->spec.spec_sha256, campaign->planned));
    campaigns[message.campaign_id()] = std::move(*campaign);
  }

  Result<Campaign> make_campaign(const v1::BenchPlan& message) {
    if (campaigns.size() >= config.campaigns_max &&
        !campaigns.contains(message.campaign_id())) {
      return fail(ErrorCode::NoCapacity, "{} campaigns run already", campaigns.size());
    }
    auto spec = read_spec(message.spec_json());
    if (!spec) {
      return forward(spec.error());
    }
    const auto corpus = find_corpus(spec->workload.corpus_name, spec->workload.corpus_sha256);
    if (!corpus) {
      return forward(corpus.error());
    }
    auto planned = plan_executions(*spec, message.campaign_id(), targets_of(message));
    if (!planned) {
      return forward(planned.error());
    }
    return Campaign{
        .spec = std::move(*spec), .corpus = *corpus, .planned = std::move(*planned)};
  }

  void start(const v1::BenchStart& message) {
    const auto found = campaigns.find(message.campaign_id());
    if (found == campaigns.end()) {
      refuse(message, "the observer does not know this campaign");
      return;
    }
    Campaign& campaign = found->second;
    const auto planned = std::ranges::find_if(
        campaign.planned, [&](const auto& each) { return is_same(each, message.execution()); });
    if (planned == campaign.planned.end()) {
      refuse(message, "this execution is not planned");
      return;
    }
    campaign.running[message.run_id()] =
        static_cast<size_t>(planned - campaign.planned.begin());
    if (!generator->push(job_of(message, campaign, *planned))) {
      take_outcome(aborted(message, "too many executions wait already"));
    }
  }

  GeneratorJob job_of(const v1::BenchStart& message,
                      const Campaign& campaign,
                      const PlannedExecution& planned) const {
    GeneratorJob job{.slo = campaign.spec.slo, .is_aborted = campaign.is_aborted};
    RunIntent& intent = job.intent;
    intent.campaign_id = message.campaign_id();
    intent.run_id = message.run_id();
    intent.block = planned.block;
    intent.cell = campaign.spec.cells().at(planned.cell);
    intent.scope = {.nonce = message.campaign_id(),
                    .spec_sha256 = campaign.spec.spec_sha256,
                    .cell = planned.cell,
                    .execution = planned.execution,
                    .site = planned.target.site,
                    .node = planned.target.node};
    intent.issued_at = loop.wall_now();
    intent.deadline = planned.deadline;
    job.timeline = make_timeline(campaign.spec, intent.cell, campaign.corpus, intent.scope);
    intent.plan_sha256 = to_hex(sha256(timeline_bytes(job.timeline)));
    return job;
  }

  void abort(const std::string& campaign_id) {
    if (const auto found = campaigns.find(campaign_id); found != campaigns.end()) {
      found->second.is_aborted->store(true);  // what runs or waits still gets its seal
      campaigns.erase(found);
    }
  }

  void tell_progress(const std::string& campaign_id,
                     const std::string& run_id,
                     uint32_t done,
                     uint32_t total) {
    if (done < total && loop.now() - last_progress < kProgressEvery) {
      return;
    }
    last_progress = loop.now();
    send(progress_message(campaign_id, run_id, done, total));
  }

  void take_outcome(const GeneratorOutcome& outcome) {
    for (v1::Envelope& lines : lines_messages(outcome)) {
      send(std::move(lines));
    }
    send(seal_message(outcome));
    const auto found = campaigns.find(outcome.campaign_id);
    if (found == campaigns.end()) {
      return;  // aborted meanwhile
    }
    Campaign& campaign = found->second;
    const auto running = campaign.running.find(outcome.run_id);
    if (running == campaign.running.end()) {
      return;
    }
    campaign.sealed[running->second] = {.run_id = outcome.run_id,
                                        .planned = campaign.planned[running->second],
                                        .status = outcome.status,
                                        .flags = outcome.flags,
                                        .summary = outcome.summary};
    campaign.running.erase(running);
    if (campaign.sealed.size() == campaign.planned.size()) {
      send_measured(outcome.campaign_id, campaign);
      campaigns.erase(found);
    }
  }

  void refuse(const v1::BenchStart& message, const char* reason) {
    send(seal_message(aborted(message, reason)));
  }

  void send_measured(const std::string& campaign_id, const Campaign& campaign) {
    std::vector<SealedRun> runs;
    for (const auto& [index, run] : campaign.sealed) {
      runs.push_back(run);
    }
    send(measured_message(campaign_id, measurements_of(campaign.spec, runs, loop.wall_now()),
                          campaign_summary_json(campaign.spec, campaign_id, runs)));
  }

  void send(v1::Envelope envelope) {
    envelope.set_schema(kWireSchema);
    // A full queue loses the message; the scheduler's own deadline seals such an execution.
    (void)channel.send(kScheduler, envelope);
  }
};

Observer::Observer(Loop& loop,
                   Channel& scheduler,
                   TargetFactory make_target,
                   ObserverConfig config)
    : state_(std::make_shared<State>(loop, scheduler, config)) {
  state_->start_generator(std::move(make_target));
  scheduler.on_message(
      [weak = std::weak_ptr<State>(state_)](const Peer& from, const v1::Envelope& message) {
        const auto state = weak.lock();
        if (state != nullptr && from == kScheduler) {
          state->receive(message);
        }
      });
}

Observer::~Observer() {
  state_->generator.reset();
}

}  // namespace suan::bench
