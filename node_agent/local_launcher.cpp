#include "node_agent/local_launcher.h"

#include <algorithm>
#include <exception>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "catalog/types/bounded_queue.h"
#include "engine/engine.h"
#include "engine/weights/model_file.h"
#include "node_agent/engine_thread.h"
#include "node_agent/measure_model.h"

namespace suan::node_agent {

namespace {

constexpr size_t kJobsMax = 256;
constexpr Duration kDrainCheckEvery = 100ms;

/// What comes of a load; the engine is shared only because a posted task must be copyable.
struct Loaded {
  std::shared_ptr<std::unique_ptr<engine::Engine>> engine;
  ReplicaCapacity capacity;
  std::string error;
};

Loaded load_engine(const std::shared_ptr<const engine::ModelFile>& file,
                   const LocalLauncherConfig& config) {
  Loaded loaded;
  try {
    engine::EngineConfig wanted;
    wanted.slots = config.slots;
    wanted.kv_tokens = config.kv_tokens;
    wanted.threads = config.threads;
    wanted.backend = config.backend;
    wanted.speculation = engine::speculation_named(config.speculation);
    wanted.output_promised = config.output_promised;
    auto engine = engine::make_engine(file, wanted);
    loaded.capacity = measure_model(*engine, config.measure_max);
    loaded.engine = std::make_shared<std::unique_ptr<engine::Engine>>(std::move(engine));
  } catch (const std::exception& error) {
    loaded.error = error.what();
  }
  return loaded;
}

}  // namespace

struct LocalLauncher::State : std::enable_shared_from_this<State> {
  using Job = std::function<void()>;

  Loop& loop;
  const ModelDepot models;
  const LocalLauncherConfig config;
  std::vector<LaunchedReplica> replicas;
  std::map<ReplicaId, std::unique_ptr<EngineThread>> runners;
  std::map<ReplicaId, Time> drain_until;
  std::function<void()> changed = [] {};
  std::shared_ptr<BoundedQueue<Job>> jobs = std::make_shared<BoundedQueue<Job>>(kJobsMax);
  std::jthread worker;

  State(Loop& the_loop, ModelDepot the_depot, LocalLauncherConfig the_config)
      : loop(the_loop), models(std::move(the_depot)), config(std::move(the_config)) {}

  [[nodiscard]] LaunchedReplica* find(ReplicaId id);
  void want(const WantedReplica& wanted);
  void begin(LaunchedReplica& replica);
  void finish(ReplicaId id, uint64_t lease_epoch, Loaded loaded);
  void drain(ReplicaId id);
  void unload(ReplicaId id);
};

LaunchedReplica* LocalLauncher::State::find(ReplicaId id) {
  const auto found = std::ranges::find(replicas, id, &LaunchedReplica::replica);
  return found == replicas.end() ? nullptr : &*found;
}

void LocalLauncher::State::want(const WantedReplica& wanted) {
  LaunchedReplica* known = find(wanted.replica);
  if (known == nullptr) {
    LaunchedReplica replica;
    replica.replica = wanted.replica;
    replica.lease_epoch = wanted.lease_epoch;
    replica.model = wanted.model;
    replica.digest = wanted.digest;
    replicas.push_back(std::move(replica));
    return begin(replicas.back());
  }
  if (wanted.lease_epoch < known->lease_epoch) return;
  const bool is_granted_anew = wanted.lease_epoch > known->lease_epoch;
  known->lease_epoch = wanted.lease_epoch;
  if (known->state == ReplicaState::Draining) {
    known->state = ReplicaState::Ready;
    drain_until.erase(known->replica);
  }
  // A new grant of a failed replica is the scheduler's wish to try again.
  if (known->state == ReplicaState::Failed && is_granted_anew) begin(*known);
}

void LocalLauncher::State::begin(LaunchedReplica& replica) {
  const DepotEntry* entry = models.find(replica.model);
  replica.error.clear();
  if (entry == nullptr) {
    replica.state = ReplicaState::Failed;
    replica.error = fmt::format("the depot has no model {}", replica.model.value());
    return;
  }
  if (!replica.digest.empty() && replica.digest != entry->model.digest) {
    replica.state = ReplicaState::Failed;
    replica.error = fmt::format("the depot's {} has digest {}", replica.model.value(),
                                entry->model.digest.substr(0, 16));
    return;
  }
  replica.digest = entry->model.digest;
  replica.memory_bytes = entry->model.weight_bytes;
  replica.state = ReplicaState::Loading;
  Job job = [weak = weak_from_this(), &target = loop, file = entry->file, settings = config,
             id = replica.replica, epoch = replica.lease_epoch] {
    Loaded loaded = load_engine(file, settings);
    target.post([weak, id, epoch, loaded = std::move(loaded)] {
      if (const auto self = weak.lock()) self->finish(id, epoch, loaded);
    });
  };
  if (jobs->try_push(std::move(job))) return;
  replica.state = ReplicaState::Failed;
  replica.error = "too many models wait to be loaded";
}

void LocalLauncher::State::finish(ReplicaId id, uint64_t lease_epoch, Loaded loaded) {
  LaunchedReplica* replica = find(id);
  const bool is_wanted = replica != nullptr && replica->state == ReplicaState::Loading &&
                         replica->lease_epoch >= lease_epoch;
  if (!is_wanted) return;
  if (loaded.engine == nullptr) {
    replica->state = ReplicaState::Failed;
    replica->error = std::move(loaded.error);
    return changed();
  }
  EngineThreadConfig settings;
  settings.model = replica->model;
  settings.capacity = loaded.capacity;
  settings.seed = config.seed ^ id.value();
  auto runner = std::make_unique<EngineThread>(loop, models.find(replica->model)->file,
                                               std::move(*loaded.engine), settings);
  replica->runner = runner.get();
  replica->state = ReplicaState::Ready;
  runners[id] = std::move(runner);
  changed();
}

/// Waits until nothing runs on the replica, or its time is over; then unloads it.
void LocalLauncher::State::drain(ReplicaId id) {
  const LaunchedReplica* replica = find(id);
  if (replica == nullptr || replica->state != ReplicaState::Draining) return;
  const ReplicaLoad load = replica->runner->load();
  const bool is_idle = load.running + load.waiting == 0;
  if (is_idle || loop.now() >= drain_until[id]) return unload(id);
  loop.after(kDrainCheckEvery, [weak = weak_from_this(), id] {
    if (const auto self = weak.lock()) self->drain(id);
  });
}

void LocalLauncher::State::unload(ReplicaId id) {
  auto node = runners.extract(id);
  node.mapped()->shut_down();
  std::erase_if(replicas, [&](const LaunchedReplica& one) { return one.replica == id; });
  drain_until.erase(id);
  changed();
  // Joining its threads may take a step's time; the loop must not wait for that.
  std::shared_ptr<EngineThread> runner = std::move(node.mapped());
  (void)jobs->try_push([runner = std::move(runner)]() mutable { runner.reset(); });
}

LocalLauncher::LocalLauncher(Loop& loop, ModelDepot depot, LocalLauncherConfig config)
    : state_(std::make_shared<State>(loop, std::move(depot), std::move(config))) {
  state_->worker = std::jthread([jobs = state_->jobs] {
    while (auto job = jobs->pop())
      (*job)();
  });
}

LocalLauncher::~LocalLauncher() {
  // A load that is under way ends first; those that wait are dropped.
  while (state_->jobs->try_pop()) {
  }
  state_->jobs->close();
  state_->worker.join();
  state_->runners.clear();
}

void LocalLauncher::want(std::vector<WantedReplica> wanted) {
  const auto is_wanted = [&](const LaunchedReplica& launched) {
    return std::ranges::find(wanted, launched.replica, &WantedReplica::replica) != wanted.end();
  };
  std::erase_if(state_->replicas, [&](const LaunchedReplica& one) {
    return one.runner == nullptr && !is_wanted(one);
  });
  std::vector<ReplicaId> leaving;
  for (LaunchedReplica& launched : state_->replicas) {
    if (is_wanted(launched) || launched.state == ReplicaState::Draining) continue;
    launched.state = ReplicaState::Draining;
    state_->drain_until[launched.replica] = state_->loop.now() + state_->config.drain_max;
    leaving.push_back(launched.replica);
  }
  for (const WantedReplica& one : wanted)
    state_->want(one);
  state_->changed();
  for (const ReplicaId id : leaving) {
    state_->loop.after(0us, [weak = state_->weak_from_this(), id] {
      if (const auto self = weak.lock()) self->drain(id);
    });
  }
}

const std::vector<LaunchedReplica>& LocalLauncher::replicas() const {
  return state_->replicas;
}

std::vector<DepotModel> LocalLauncher::depot() const {
  return state_->models.models();
}

void LocalLauncher::on_change(std::function<void()> handler) {
  state_->changed = std::move(handler);
}

}  // namespace suan::node_agent
