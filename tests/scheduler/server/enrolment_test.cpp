#include <gtest/gtest.h>

#include "catalog/wire/ticket.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

const std::string kKey(40, 'n');

Json ticket_for(ServerWorld& world, bool auto_approve, int64_t expires_s = 3600) {
  return world.must(
      "ticket.create",
      {{"site", "beijing"}, {"auto_approve", auto_approve}, {"expires_s", expires_s}});
}

std::string id_of(const Json& ticket) {
  return ticket.at("ticket_id").get<std::string>();
}

TEST(Enrolment, ATicketIsOneWordThatLeadsHere) {
  ServerWorld world;

  const Json created = ticket_for(world, true);

  const Result<Ticket> ticket = parse_ticket(created.at("ticket").get<std::string>());
  ASSERT_TRUE(ticket) << ticket.error();
  EXPECT_EQ(ticket->address, "127.0.0.1:7400");
  EXPECT_EQ(ticket->site, SiteId("beijing"));
  EXPECT_EQ(ticket->server_public_z85, world.config.control_public_z85);
}

TEST(Enrolment, ATicketForAnUnknownSiteRegistersIt) {
  ServerWorld world;

  world.must("ticket.create",
             {{"site", "lanzhou"}, {"region", "northwest"}, {"name", "Lanzhou"}});

  const Json site = world.query("sites").at("items").at(0);
  EXPECT_EQ(site.at("id"), "lanzhou");
  EXPECT_EQ(site.at("region"), "northwest");
}

TEST(Enrolment, Z8_ATicketsKeyMayConnectToControlOnly) {
  ServerWorld world;
  const std::string id = id_of(ticket_for(world, true, 60));
  const std::string key = world.server->core().enrolment.tickets().at(id).curve_public_z85;

  EXPECT_EQ(world.server->lookup_key("control", key, world.wall), Peer("ticket:" + id));
  EXPECT_FALSE(world.server->lookup_key("tokens", key, world.wall));
  EXPECT_FALSE(world.server->lookup_key("control", key, world.wall + 60s));
}

TEST(Enrolment, OnlyApprovedNodesMayConnect) {
  ServerWorld world;
  world.enrol(id_of(ticket_for(world, false)), "bj-1", kKey);

  const auto pending = world.server->lookup_key("control", kKey, world.wall);
  world.must("node.approve", {{"node", "bj-1"}});
  const auto approved = world.server->lookup_key("control", kKey, world.wall);
  const auto tokens = world.server->lookup_key("tokens", kKey, world.wall);
  world.must("node.remove", {{"node", "bj-1"}});
  const auto removed = world.server->lookup_key("control", kKey, world.wall);

  EXPECT_FALSE(pending);
  EXPECT_EQ(approved, Peer("node:bj-1"));
  EXPECT_EQ(tokens, Peer("node:bj-1"));
  EXPECT_FALSE(removed);
  EXPECT_FALSE(world.server->lookup_key("control", std::string(40, 'x'), world.wall));
}

TEST(Enrolment, TheSameKeyMayRepeatATicketAnotherMayNot) {
  ServerWorld world;
  const std::string ticket = id_of(ticket_for(world, true));

  world.enrol(ticket, "bj-1", kKey);
  world.enrol(ticket, "bj-1", kKey);
  world.enrol(ticket, "bj-2", std::string(40, 'o'));

  EXPECT_EQ(world.sent(Side::Agents, v1::Envelope::kEnrolled).size(), 2U);
  const auto refused = world.sent(Side::Agents, v1::Envelope::kRefused);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refused().code(), "forbidden");
  EXPECT_EQ(world.query("nodes").at("items").size(), 1U);
}

TEST(Enrolment, Z8_AReplayedTicketIsRefusedAfterARestartToo) {
  ServerWorld world;
  const std::string ticket = id_of(ticket_for(world, true));
  world.enrol(ticket, "bj-1", kKey);

  world.restart();
  world.enrol(ticket, "bj-2", std::string(40, 'o'));

  EXPECT_EQ(world.sent(Side::Agents, v1::Envelope::kRefused).size(), 1U);
  EXPECT_EQ(world.server->lookup_key("control", kKey, world.wall), Peer("node:bj-1"));
}

TEST(Enrolment, NamesAreUniqueAndChecked) {
  ServerWorld world;
  world.enrol(id_of(ticket_for(world, true)), "bj-1", kKey);

  world.enrol(id_of(ticket_for(world, true)), "bj-1", std::string(40, 'o'));
  world.enrol(id_of(ticket_for(world, true)), "../etc", std::string(40, 'p'));

  const auto refused = world.sent(Side::Agents, v1::Envelope::kRefused);
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[0].refused().code(), "conflict");
  EXPECT_EQ(refused[1].refused().code(), "bad_request");
}

TEST(Enrolment, ARemovedNodeComesBackWithANewTicket) {
  ServerWorld world;
  world.enrol(id_of(ticket_for(world, true)), "bj-1", kKey);
  world.must("node.remove", {{"node", "bj-1"}});

  world.enrol(id_of(ticket_for(world, true)), "bj-1", kKey);

  EXPECT_EQ(world.server->lookup_key("control", kKey, world.wall), Peer("node:bj-1"));
}

TEST(Enrolment, NothingIsAnsweredBeforeTheStoreHasIt) {
  ServerWorld world;
  const std::string ticket = id_of(ticket_for(world, true));

  world.does_store_work = false;
  world.enrol(ticket, "bj-1", kKey);

  EXPECT_TRUE(world.sent(Side::Agents, v1::Envelope::kEnrolled).empty());
  const auto refused = world.sent(Side::Agents, v1::Envelope::kRefused);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refused().code(), "unavailable");
}

}  // namespace
}  // namespace suan::scheduler
