#include "scheduler/placement/rules.h"

#include <gtest/gtest.h>

#include "tests/scheduler/placement/small_network.h"

namespace suan::scheduler {
namespace {

/// A ready, empty replica that refuses nothing; each test spoils one thing.
struct Scene {
  RequestFacts request = long_request();
  SmallNetwork::Node node;
  std::optional<ReplicaLoad> report;
  int64_t price = 0;

  std::optional<Rule> first() { return with(first_refusal); }

  std::optional<Rule> wish() { return with(refusing_wish); }

 private:
  std::optional<Rule> with(std::optional<Rule> (*ask)(const Question&)) {
    SmallNetwork network(1);
    network.replica(1, 1, node).price(1, price, price, price);
    const ClusterView view = network.view();
    if (report) {
      network.load.report(ReplicaId(1), *report, 0, kNow);
    }
    for (int i = 0; i < failures; ++i) {
      network.load.failed(ReplicaId(1), kNow);
    }
    const ReplicaRow& replica = view.replicas()[0];
    const Work work = work_of(request, view.models()[0]);
    return ask({.request = request,
                .view = view,
                .group = view.groups()[0],
                .replica = replica,
                .node = view.node_of(replica),
                .load = is_silent ? nullptr : network.load.find(ReplicaId(1)),
                .work = work,
                .now = kNow});
  }

 public:
  int failures = 0;
  bool is_silent = false;
};

TEST(Rules, AllowAReadyEmptyReplica) {
  Scene scene;
  EXPECT_EQ(scene.first(), std::nullopt);
}

TEST(Rules, RefuseAReplicaThatFailedTheRequestBefore) {
  Scene scene;
  scene.request.excluded = {ReplicaId(1)};
  EXPECT_EQ(scene.first(), Rule::NotExcluded);
}

TEST(Rules, RefuseEveryNodeStateButReadyAndProbation) {
  for (const NodeState state :
       {NodeState::Pending, NodeState::Suspect, NodeState::Unreachable, NodeState::Lost,
        NodeState::Draining, NodeState::Quarantined, NodeState::Revoked}) {
    Scene scene;
    scene.node.state = state;
    EXPECT_EQ(scene.first(), Rule::NodeReady) << to_string(state);
  }
}

TEST(Rules, RefuseAReplicaOfWhichNothingWasHeard) {
  Scene scene;
  scene.is_silent = true;
  EXPECT_EQ(scene.first(), Rule::NodeReady);
}

TEST(Rules, RefuseOtherSitesAndRegionsThanAsked) {
  Scene sites;
  sites.request.wishes.sites = {site_id(2)};
  EXPECT_EQ(sites.first(), Rule::OnlyOnSite);

  Scene regions;
  regions.request.wishes.regions = {"west"};
  EXPECT_EQ(regions.first(), Rule::Region);
}

TEST(Rules, RefuseAPriceAboveTheCapAndAllowOneAtIt) {
  Scene scene;
  scene.price = 1000;
  scene.request.wishes.price_n_per_token_max = 1000;
  EXPECT_EQ(scene.first(), std::nullopt);

  scene.request.wishes.price_n_per_token_max = 999;
  EXPECT_EQ(scene.first(), Rule::PriceCap);
}

TEST(Rules, RefuseAReplicaThatLacksAFeature) {
  Scene scene;
  scene.request.needs_tools = true;
  EXPECT_EQ(scene.first(), Rule::Capability);

  scene.node.can.tools = true;
  EXPECT_EQ(scene.first(), std::nullopt);
}

TEST(Rules, RefuseAPromptLongerThanTheContext) {
  Scene scene;
  scene.node.context_tokens = 3000;
  EXPECT_EQ(scene.first(), Rule::ContextFits);
}

TEST(Rules, DoNotJudgeAContextThatIsNotKnownYet) {
  Scene scene;
  scene.node.context_tokens = 0;
  EXPECT_EQ(scene.first(), std::nullopt);
}

TEST(Rules, RefuseTimeLimitsOnANodeOnProbation) {
  Scene scene;
  scene.node.state = NodeState::Probation;
  EXPECT_EQ(scene.first(), std::nullopt);

  scene.request.wishes.ttft_max = 10s;
  EXPECT_EQ(scene.first(), Rule::Trusted);
}

TEST(Rules, RefuseAReplicaWhoseBreakerIsOpen) {
  Scene scene;
  scene.failures = 5;
  EXPECT_EQ(scene.first(), Rule::BreakerClosed);
}

TEST(Rules, RefuseAFullCache) {
  Scene scene;
  scene.report = {.running = 1, .kv_tokens_taken = 65'536 - 3300 + 1};
  EXPECT_EQ(scene.first(), Rule::KvRoom);

  scene.report->kv_tokens_taken = 65'536 - 3300;
  EXPECT_EQ(scene.first(), std::nullopt);
}

TEST(Rules, RefuseBusySlotsAndMoreThanASecondOfQueuedPrompts) {
  Scene slots;
  slots.report = busy(16);
  EXPECT_EQ(slots.first(), Rule::PushRoom);

  Scene queue;
  queue.report = busy(1, 10'001);
  EXPECT_EQ(queue.first(), Rule::PushRoom);
  queue.report = busy(1, 10'000);
  EXPECT_EQ(queue.first(), std::nullopt);
}

TEST(Rules, TellALimitThatIsMissedNowFromOneThatIsOutOfReach) {
  Scene scene;
  scene.report = busy(1, 9000);           // 900 ms of prompts before ours
  scene.request.wishes.ttft_max = 500ms;  // alone it needs 310
  EXPECT_EQ(scene.first(), Rule::SloPossible);
  EXPECT_EQ(scene.wish(), std::nullopt);

  scene.request.wishes.ttft_max = 300ms;
  EXPECT_EQ(scene.wish(), Rule::SloPossible);
}

TEST(Rules, NameTheFirstRuleThatRefuses) {
  Scene scene;
  scene.request.excluded = {ReplicaId(1)};
  scene.node.state = NodeState::Lost;
  scene.request.wishes.sites = {site_id(2)};
  EXPECT_EQ(scene.first(), Rule::NotExcluded);
}

TEST(Rules, HaveANameAndASentenceEach) {
  for (auto rule = Rule::ModelServed; rule <= Rule::SloPossible;
       rule = static_cast<Rule>(static_cast<int>(rule) + 1)) {
    EXPECT_FALSE(to_string(rule).empty());
    EXPECT_FALSE(explain(rule).empty());
  }
  EXPECT_EQ(to_string(Rule::SloPossible), "slo_possible");
}

}  // namespace
}  // namespace suan::scheduler
