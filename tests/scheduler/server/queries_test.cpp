#include <gtest/gtest.h>

#include "catalog/types/uuid.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

struct TwoSites : ServerWorld {
  TwoSites() {
    join("bj-1", "beijing");
    join("sh-1", "shanghai").decode_tokens_per_s = 300;
    deploy();
    advance(3s);
  }

  std::string path_of(const RequestFacts& facts) {
    return "decisions/" + to_string(facts.request.value());
  }
};

TEST(Queries, ADecisionTellsWhatWasChosenAndWhy) {
  TwoSites world;
  world.submit(request(1), 1);

  const Json decision = world.query(world.path_of(request(1)));

  EXPECT_EQ(decision.at("verdict"), "placed");
  EXPECT_EQ(decision.at("chosen").at("site"), world.placed(request(1))->site_id());
  ASSERT_EQ(decision.at("candidates").size(), 2U);
  for (const Json& candidate : decision.at("candidates")) {
    EXPECT_TRUE(candidate.at("refused").is_null());
    EXPECT_GT(candidate.at("terms").at("score_us").get<int64_t>(), 0);
    EXPECT_NE(candidate.at("estimate_id"), "0");
  }
  EXPECT_FALSE(decision.at("runner_up").is_null());
  EXPECT_EQ(decision.at("relied_on").size(), 2U) << "both nodes' measurements at joining";
  EXPECT_FALSE(decision.at("reason").get<std::string>().empty());
}

TEST(Queries, ARefusalNamesTheWishThatBinds) {
  TwoSites world;
  RequestFacts facts = request(1);
  facts.wishes.sites = {SiteId("lanzhou")};
  world.submit(facts, 1);

  const Json decision = world.query(world.path_of(facts));

  EXPECT_EQ(decision.at("verdict"), "refused");
  EXPECT_TRUE(decision.at("chosen").is_null());
  EXPECT_EQ(decision.at("binding_constraint").at("rule"), "only_on_site");
  EXPECT_EQ(decision.at("error").at("code"), "unsatisfiable");
}

TEST(Queries, DecisionsSurviveARestart) {
  TwoSites world;
  world.submit(request(1), 1);
  const std::string site = world.placed(request(1))->site_id();
  world.advance(2s);

  world.restart();

  EXPECT_EQ(world.query(world.path_of(request(1))).at("chosen").at("site"), site);
}

TEST(Queries, A5_DecisionsOfOthersAreNotFound) {
  TwoSites world;
  world.submit(request(1), 1);

  EXPECT_EQ(world.ask(world.path_of(request(1)), "tenant", false).code(), "");
  EXPECT_EQ(world.ask(world.path_of(request(1)), "other", false).code(), "not_found");
  EXPECT_EQ(world.ask(world.path_of(request(1)), "other", true).code(), "");
  world.advance(2s);
  world.restart();
  EXPECT_EQ(world.ask(world.path_of(request(1)), "other", false).code(), "not_found");
}

TEST(Queries, EarlierAttemptsAreKept) {
  TwoSites world;
  world.submit(request(1), 1);
  RequestFacts again = request(1);
  again.attempt = 2;
  again.excluded = {ReplicaId(world.placed(request(1))->replica_id())};
  world.submit(again, 2);

  const Json decision = world.query(world.path_of(again));

  EXPECT_EQ(decision.at("attempt"), 2);
  ASSERT_EQ(decision.at("earlier").size(), 1U);
  EXPECT_NE(decision.at("chosen").at("site"),
            decision.at("earlier").at(0).at("chosen").at("site"));
}

TEST(Queries, WhatTheGatewaySawIsPartOfTheDecision) {
  TwoSites world;
  world.submit(request(1), 1);
  v1::Envelope delivered;
  delivered.mutable_delivered()->set_request_id(write_request_id(request(1).request));
  delivered.mutable_delivered()->set_attempt(1);
  delivered.mutable_delivered()->set_status("done");
  delivered.mutable_delivered()->set_ttft_us(40'000);

  world.deliver(Side::Gateway, Peer("gateway:main"), delivered);

  const Json decision = world.query(world.path_of(request(1)));
  EXPECT_EQ(decision.at("outcome").at("ttft_ms"), 40.0);
}

TEST(Queries, TheViewHasServicesAndLiveLoad) {
  TwoSites world;
  world.must("offer.set", {{"site", "beijing"}, {"output_n_per_token", 8000}});
  world.must("offer.set", {{"site", "shanghai"}, {"output_n_per_token", 6500}});
  world.advance(1s);

  const auto views = world.sent(Side::Gateway, v1::Envelope::kView);
  ASSERT_FALSE(views.empty());
  const v1::View& view = views.back().view();
  EXPECT_TRUE(view.can_serve());
  ASSERT_EQ(view.models_size(), 1);
  EXPECT_EQ(view.models(0).model_id(), "stories-moe");
  EXPECT_EQ(view.models(0).context_tokens(), 512U);
  EXPECT_EQ(view.models(0).site_ids_size(), 2);
  EXPECT_EQ(view.models(0).output_n_per_token(), 6500);
  const Json json = parse_json(view.json()).value();
  EXPECT_EQ(json.at("sites").size(), 2U);
  EXPECT_EQ(json.at("nodes").size(), 2U);
  EXPECT_EQ(json.at("replicas").size(), 2U);
}

TEST(Queries, TheViewComesEachSecond) {
  TwoSites world;
  world.clear();

  world.advance(10s);

  EXPECT_EQ(world.sent(Side::Gateway, v1::Envelope::kView).size(), 10U);
}

TEST(Queries, EveryListingIsAList) {
  TwoSites world;

  for (const std::string path : {"sites", "nodes", "models", "replicas", "links", "offers",
                                 "deployments", "tickets", "measurements", "benchmarks/runs"}) {
    const Json list = world.query(path);
    EXPECT_TRUE(list.at("items").is_array()) << path;
    EXPECT_TRUE(list.at("next").is_null()) << path;
  }
  EXPECT_TRUE(world.query("plan").at("is_settled").get<bool>());
  EXPECT_TRUE(world.query("metrics").contains("suan_scheduler_placed_total"));
  EXPECT_EQ(world.ask("no/such/path", "tenant", true).code(), "not_found");
}

TEST(Queries, JoiningIsAMeasurement) {
  TwoSites world;

  const Json items = world.query("measurements").at("items");

  ASSERT_EQ(items.size(), 4U) << "decode and prefill of two nodes";
  EXPECT_EQ(items.at(0).at("run_id"), "join:bj-1:boot-1");
  EXPECT_EQ(items.at(0).at("evidence"), "micro");
}

}  // namespace
}  // namespace suan::scheduler
