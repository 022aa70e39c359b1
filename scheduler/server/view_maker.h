#pragma once

#include <map>
#include <memory>
#include <vector>

#include "scheduler/placement/cluster_view.h"
#include "scheduler/placement/estimator.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/deployer.h"
#include "scheduler/server/dispatcher.h"
#include "scheduler/server/learning.h"
#include "scheduler/server/membership.h"

namespace suan::scheduler {

/// Freezes what is known into the `ClusterView` that placement reads, and keeps the load table's
/// replicas in step with it.
///
/// When: 20 ms after slow facts have changed at the earliest, or at once when a request would be
/// refused by a view older than them; otherwise each second if beliefs have moved a little
/// (estimates, round trips), each 10 s if not even that.
/// Threads:  the scheduler loop only.
class ViewMaker {
 public:
  struct Parts {
    Catalog& catalog;
    Membership& membership;
    Deployer& deployer;
    Estimator& estimator;
    Learning& learning;
    LoadTable& load;
    Dispatcher& dispatcher;
  };

  explicit ViewMaker(Parts parts) : parts_(parts) {}

  /// Slow facts have changed: nodes, replicas, offers, deployments.
  void touch() { is_touched_ = true; }

  /// Slow facts have changed between the views of which others have been told and this one.
  [[nodiscard]] bool has_news() const { return has_news_; }

  void told() { has_news_ = false; }

  /// Beliefs have moved a little.
  void nudge() { is_nudged_ = true; }

  /// Renews the view when due.
  void turn(const Moment& moment);

  /// Renews the view now if slow facts have changed since the last; true when it did.
  bool renew_if_touched(const Moment& moment);

  [[nodiscard]] const std::shared_ptr<const ClusterView>& view() const { return view_; }

 private:
  void renew(const Moment& moment);
  void add_nodes(ClusterViewBuilder& builder) const;
  void add_replicas(ClusterViewBuilder& builder, const Moment& moment);

  Parts parts_;
  std::shared_ptr<const ClusterView> view_ = std::make_shared<const ClusterView>();
  std::map<ModelId, ServiceCapacity> capacities_;
  std::vector<ReplicaId> in_load_;  // ascending
  uint64_t last_view_ = 0;
  Time made_at_ = Time::min();
  bool is_touched_ = true;
  bool is_nudged_ = false;
  bool has_news_ = false;
};

}  // namespace suan::scheduler
