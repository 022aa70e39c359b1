// Sites, nodes, tickets, links and offers on every Database.

#include <optional>

#include <gtest/gtest.h>

#include "catalog/store/node_tables.h"
#include "tests/contract/store/store_contract.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::kNoon;
using testing::StoreContract;

using NodeTablesContract = StoreContract;
INSTANTIATE_EACH_STORE(NodeTablesContract);

Site beijing() {
  return Site{SiteId("beijing"), "北京", "north", 39.9, 116.4};
}

NodeRow beijing_node() {
  return NodeRow{NodeId("beijing-1"),
                 SiteId("beijing"),
                 std::string(40, 'k'),
                 "",
                 NodeState::Pending,
                 R"({"cores":2})",
                 kNoon};
}

TEST_P(NodeTablesContract, UpdatesASiteOfTheSameId) {
  NodeTables tables(database());
  tables.put_site(beijing());
  auto renamed = beijing();
  renamed.name = "Beijing";

  tables.put_site(renamed);

  ASSERT_EQ(tables.sites().size(), 1U);
  EXPECT_EQ(tables.sites()[0].name, "Beijing");
  EXPECT_EQ(tables.sites()[0].latitude, 39.9);
}

TEST_P(NodeTablesContract, FindsANodeByNameAndByKey) {
  NodeTables tables(database());
  tables.put_site(beijing());

  ASSERT_TRUE(tables.insert_node(beijing_node()));

  EXPECT_EQ(tables.node_of(NodeId("beijing-1")), beijing_node());
  EXPECT_EQ(tables.node_of_key(std::string(40, 'k')), beijing_node());
  EXPECT_EQ(tables.node_of_key(std::string(40, 'x')), std::nullopt);
}

TEST_P(NodeTablesContract, GivesANodesNameAndKeyToOneMachineOnly) {
  NodeTables tables(database());
  tables.put_site(beijing());
  ASSERT_TRUE(tables.insert_node(beijing_node()));
  auto same_name = beijing_node();
  same_name.curve_public_z85 = std::string(40, 'x');
  auto same_key = beijing_node();
  same_key.node = NodeId("beijing-2");

  EXPECT_FALSE(tables.insert_node(same_name));
  EXPECT_FALSE(tables.insert_node(same_key));
  EXPECT_TRUE(tables.insert_node(beijing_node())) << "a repeat of the same";
  EXPECT_EQ(tables.nodes(), std::vector<NodeRow>{beijing_node()});
}

TEST_P(NodeTablesContract, KeepsANodesStateAndHardware) {
  NodeTables tables(database());
  tables.put_site(beijing());
  ASSERT_TRUE(tables.insert_node(beijing_node()));

  tables.set_node_state(NodeId("beijing-1"), NodeState::Draining);
  tables.set_node_hardware(NodeId("beijing-1"), "{}");

  EXPECT_EQ(tables.node_of(NodeId("beijing-1"))->state, NodeState::Draining);
  EXPECT_EQ(tables.node_of(NodeId("beijing-1"))->hardware_json, "{}");
}

class TicketsContract : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    if (IsSkipped()) return;
    tables_.emplace(database());
    tables_->put_site(beijing());
    ticket_ =
        TicketRow{"t1", SiteId("beijing"), std::string(40, 't'), kNoon + 1h, true, {}, ""};
    tables_->create_ticket(ticket_);
  }

  NodeTables& tables() { return *tables_; }

  TicketRow ticket_;

 private:
  std::optional<NodeTables> tables_;
};

INSTANTIATE_EACH_STORE(TicketsContract);

TEST_P(TicketsContract, KeepsATicketUnusedUntilANodeUsesIt) {
  EXPECT_EQ(tables().ticket_of("t1"), ticket_);
  EXPECT_EQ(tables().tickets(), std::vector<TicketRow>{ticket_});
}

TEST_P(TicketsContract, Z8_BindsATicketToTheFirstKeyThatUsesIt) {
  const auto first = tables().use_ticket("t1", "node-key", kNoon);
  const auto repeated = tables().use_ticket("t1", "node-key", kNoon + 1min);
  const auto replayed = tables().use_ticket("t1", "other-key", kNoon + 1min);

  ASSERT_TRUE(first) << first.error();
  EXPECT_EQ(first->used, kNoon);
  EXPECT_TRUE(first->is_auto_approved);
  ASSERT_TRUE(repeated) << repeated.error();
  EXPECT_EQ(*repeated, *first);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, ErrorCode::Conflict);
  EXPECT_EQ(tables().ticket_of("t1")->used_by_z85, "node-key");
}

TEST_P(TicketsContract, RefusesAnExpiredOrUnknownTicket) {
  const auto expired = tables().use_ticket("t1", "node-key", kNoon + 1h);
  const auto unknown = tables().use_ticket("t2", "node-key", kNoon);

  EXPECT_EQ(expired.error().code, ErrorCode::Forbidden);
  EXPECT_EQ(unknown.error().code, ErrorCode::NotFound);
  EXPECT_EQ(tables().ticket_of("t1")->used, std::nullopt);
}

TEST_P(TicketsContract, LetsItsNodeRepeatAfterTheTicketExpired) {
  ASSERT_TRUE(tables().use_ticket("t1", "node-key", kNoon));

  EXPECT_TRUE(tables().use_ticket("t1", "node-key", kNoon + 2h));
}

TEST_P(TicketsContract, DoesNotFreeAUsedTicketWhenItsCreationIsRepeated) {
  ASSERT_TRUE(tables().use_ticket("t1", "node-key", kNoon));

  tables().create_ticket(ticket_);

  EXPECT_FALSE(tables().use_ticket("t1", "other-key", kNoon));
}

TEST_P(NodeTablesContract, GivesTheLatestMeasuredLinkOfEachPair) {
  NodeTables tables(database());
  tables.add_link({"control", "beijing", kNoon, 4'000, 9'000});
  tables.add_link({"control", "beijing", kNoon + 1min, 5'000, 8'000});
  tables.add_link({"control", "shanghai", kNoon, 20'000, 30'000});

  const auto links = tables.links();

  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(links[0], (LinkRow{"control", "beijing", kNoon + 1min, 5'000, 8'000}));
  EXPECT_EQ(links[1].destination, "shanghai");
}

TEST_P(NodeTablesContract, KeepsWhatIsKnownOfALinkAndWhatIsNot) {
  NodeTables tables(database());
  const LinkRow told{"control", "beijing", kNoon, 4'000, 9'000, 125'000'000, 0};
  const LinkRow half_told{"control", "shanghai", kNoon, 4'000, 9'000, std::nullopt, 7};
  tables.add_link(told);
  tables.add_link(half_told);

  EXPECT_EQ(tables.links(), (std::vector<LinkRow>{told, half_told}));
}

TEST_P(NodeTablesContract, GivesTheLatestVersionOfEachOffer) {
  NodeTables tables(database());
  tables.put_site(beijing());
  tables.add_offer(Offer{SiteId("beijing"), ModelId(), 1'000, 100, 4'000}, kNoon);
  tables.add_offer(Offer{SiteId("beijing"), ModelId("stories-moe"), 1, 2, 3}, kNoon);
  tables.add_offer(Offer{SiteId("beijing"), ModelId(), 2'000, 200, 8'000}, kNoon);

  const auto offers = tables.offers();

  ASSERT_EQ(offers.size(), 2U);
  EXPECT_FALSE(offers[0].model.is_set());
  EXPECT_EQ(offers[0].output_n_per_token, 8'000);
  EXPECT_EQ(offers[1].cached_n_per_token, 2);
}

}  // namespace
}  // namespace suan
