#include "scheduler/placement/cluster_view.h"

namespace suan::scheduler {

const ModelRow* ClusterView::find_model(const ModelId& model) const {
  const auto found = model_index_.find(model);
  return found == model_index_.end() ? nullptr : &models_[found->second];
}

std::optional<uint32_t> ClusterView::find_replica(const ReplicaId& replica) const {
  const auto found = replica_index_.find(replica);
  return found == replica_index_.end() ? std::nullopt : std::optional(found->second);
}

bool takes_work(NodeState state) {
  return state == NodeState::Ready || state == NodeState::Probation;
}

}  // namespace suan::scheduler
