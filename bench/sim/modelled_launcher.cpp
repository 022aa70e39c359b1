#include "bench/sim/modelled_launcher.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace suan::bench {

namespace {

using node_agent::LaunchedReplica;
using node_agent::WantedReplica;

constexpr Duration kDrainCheckEvery = 100ms;

}  // namespace

struct ModelledLauncher::State : std::enable_shared_from_this<State> {
  Loop& loop;
  std::vector<ModelledModel> models;
  std::vector<LaunchedReplica> replicas;
  std::vector<std::unique_ptr<ModelledRunner>> runners;
  std::function<void()> changed = [] {};

  State(Loop& the_loop, std::vector<ModelledModel> the_models)
      : loop(the_loop), models(std::move(the_models)) {}

  [[nodiscard]] const ModelledModel* model_of(const ModelId& id) const {
    const auto found = std::ranges::find(
        models, id, [](const ModelledModel& model) { return model.depot.model; });
    return found == models.end() ? nullptr : &*found;
  }

  [[nodiscard]] LaunchedReplica* find(ReplicaId id) {
    const auto found = std::ranges::find(replicas, id, &LaunchedReplica::replica);
    return found == replicas.end() ? nullptr : &*found;
  }

  void want(const WantedReplica& wanted);
  void load(ReplicaId id, const ModelledModel& model);
  void unload_when_idle(ReplicaId id);
};

void ModelledLauncher::State::want(const WantedReplica& wanted) {
  if (LaunchedReplica* known = find(wanted.replica)) {
    if (wanted.lease_epoch < known->lease_epoch) return;
    known->lease_epoch = wanted.lease_epoch;
    if (known->state == ReplicaState::Draining) known->state = ReplicaState::Ready;
    return;
  }
  LaunchedReplica replica;
  replica.replica = wanted.replica;
  replica.lease_epoch = wanted.lease_epoch;
  replica.model = wanted.model;
  const ModelledModel* model = model_of(wanted.model);
  const bool is_here =
      model != nullptr && (wanted.digest.empty() || wanted.digest == model->depot.digest);
  if (!is_here) {
    replica.state = ReplicaState::Failed;
    replica.error = "the depot has no model " + wanted.model.value();
    replicas.push_back(std::move(replica));
    return;
  }
  replica.digest = model->depot.digest;
  replica.memory_bytes = model->depot.weight_bytes;
  replica.state = ReplicaState::Loading;
  replicas.push_back(std::move(replica));
  load(wanted.replica, *model);
}

void ModelledLauncher::State::load(ReplicaId id, const ModelledModel& model) {
  loop.after(model.load_time, [weak = weak_from_this(), id, replica = model.replica] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    LaunchedReplica* launched = self->find(id);
    if (launched == nullptr || launched->state != ReplicaState::Loading) return;
    self->runners.push_back(std::make_unique<ModelledRunner>(self->loop, replica));
    launched->runner = self->runners.back().get();
    launched->state = ReplicaState::Ready;
    self->changed();
  });
}

void ModelledLauncher::State::unload_when_idle(ReplicaId id) {
  LaunchedReplica* launched = find(id);
  if (launched == nullptr || launched->state != ReplicaState::Draining) return;
  const ReplicaLoad load = launched->runner->load();
  if (load.running + load.waiting > 0) {
    loop.after(kDrainCheckEvery, [weak = weak_from_this(), id] {
      if (const auto self = weak.lock()) self->unload_when_idle(id);
    });
    return;
  }
  const node_agent::Runner* runner = launched->runner;
  std::erase_if(replicas, [&](const LaunchedReplica& one) { return one.replica == id; });
  std::erase_if(runners, [&](const auto& one) { return one.get() == runner; });
  changed();
}

ModelledLauncher::ModelledLauncher(Loop& loop, std::vector<ModelledModel> models)
    : state_(std::make_shared<State>(loop, std::move(models))) {}

ModelledLauncher::~ModelledLauncher() = default;

void ModelledLauncher::want(std::vector<WantedReplica> wanted) {
  const auto is_wanted = [&](const LaunchedReplica& launched) {
    return std::ranges::find(wanted, launched.replica, &WantedReplica::replica) != wanted.end();
  };
  // What has no runner yet can go at once.
  std::erase_if(state_->replicas, [&](const LaunchedReplica& one) {
    return one.runner == nullptr && !is_wanted(one);
  });
  std::vector<ReplicaId> leaving;
  for (LaunchedReplica& launched : state_->replicas) {
    if (is_wanted(launched) || launched.state == ReplicaState::Draining) continue;
    launched.state = ReplicaState::Draining;
    leaving.push_back(launched.replica);
  }
  for (const WantedReplica& one : wanted)
    state_->want(one);
  state_->changed();
  for (const ReplicaId id : leaving) {
    state_->loop.after(0us, [weak = state_->weak_from_this(), id] {
      if (const auto self = weak.lock()) self->unload_when_idle(id);
    });
  }
}

const std::vector<LaunchedReplica>& ModelledLauncher::replicas() const {
  return state_->replicas;
}

std::vector<DepotModel> ModelledLauncher::depot() const {
  std::vector<DepotModel> depot;
  for (const ModelledModel& model : state_->models)
    depot.push_back(model.depot);
  return depot;
}

void ModelledLauncher::on_change(std::function<void()> handler) {
  state_->changed = std::move(handler);
}

}  // namespace suan::bench
