#include "scheduler/server/links_listing.h"

#include <gtest/gtest.h>

#include "scheduler/planning/links/link_network.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

/// Sites north, east and south around the centre, each measured; nothing told yet.
struct Star : ServerWorld {
  Star() {
    measure(join("n-1", "north"), 20ms);
    measure(join("e-1", "east"), 30ms);
    measure(join("s-1", "south"), 40ms);
  }

  void measure(FakeAgent& agent, Duration round_trip) {
    v1::Envelope reply;
    reply.mutable_echo()->set_t0_us((now - round_trip).time_since_epoch().count());
    reply.mutable_echo()->set_t1_us(1);
    reply.mutable_echo()->set_t2_us(1);
    send(agent, reply);
  }

  void tell(const std::string& a, const std::string& b, Json more = Json::object()) {
    more["source"] = a;
    more["destination"] = b;
    if (!more.contains("rtt_us_p50")) more["rtt_us_p50"] = 10'000;
    must("link.set", more);
  }

  Json links() {
    const v1::Answer answer = ask("links", "tenant", true);
    return parse_json(answer.json(), {.keys = 100'000}).value();
  }

  Json item(const std::string& source, const std::string& destination) {
    const Json answer = links();
    for (const Json& each : answer.at("items")) {
      if (each.at("source") == source && each.at("destination") == destination) return each;
    }
    return nullptr;
  }

  Json bottleneck(const std::string& site) {
    const Json answer = links();
    for (const Json& each : answer.at("bottlenecks")) {
      if (each.at("site") == site) return each;
    }
    return nullptr;
  }
};

Json link(const std::string& source, const std::string& destination) {
  return {{"source", source}, {"destination", destination}};
}

TEST(LinksListing, EveryLinkOfAStarIsABridge) {
  Star world;

  const Json links = world.links();

  ASSERT_EQ(links.at("items").size(), 6U) << "all pairs of the centre and three sites";
  EXPECT_EQ(links.at("centre"), "control");
  ASSERT_EQ(links.at("bridges").size(), 3U);
  EXPECT_EQ(links.at("bridges").at(0).at("source"), "control");
  EXPECT_EQ(links.at("bridges").at(0).at("destination"), "east");
  EXPECT_EQ(links.at("bridges").at(0).at("cut_off"), Json({"east"}));
  ASSERT_EQ(links.at("cut_sites").size(), 1U);
  EXPECT_EQ(links.at("cut_sites").at(0).at("site"), "control");
  EXPECT_EQ(links.at("cut_sites").at(0).at("parts").size(), 3U);
  EXPECT_EQ(links.at("components"), Json({{"control", "east", "north", "south"}}));
  EXPECT_TRUE(links.at("note").is_null());
}

TEST(LinksListing, KeepsRoundTripsOfAllPairsAndAddsWhatIsKnownOfLines) {
  Star world;
  world.tell("control", "north", {{"bytes_per_s", 125'000'000}, {"price_n_per_gib", 7}});

  EXPECT_EQ(world.item("control", "north"), (Json{{"source", "control"},
                                                  {"destination", "north"},
                                                  {"rtt_ms_p50", 20.0},
                                                  {"is_bridge", true},
                                                  {"bytes_per_s", 125'000'000},
                                                  {"price_n_per_gib", 7}}))
      << "the measured round trip counts, not the told one";
  EXPECT_EQ(world.item("east", "north"),
            (Json{{"source", "east"}, {"destination", "north"}, {"rtt_ms_p50", 50.0}}));
  EXPECT_TRUE(world.item("control", "south").at("bytes_per_s").is_null());
}

TEST(LinksListing, ALineBetweenSitesEndsTheirBridges) {
  Star world;
  world.tell("north", "east");

  const Json links = world.links();

  ASSERT_EQ(links.at("bridges").size(), 1U);
  EXPECT_EQ(links.at("bridges").at(0).at("cut_off"), Json({"south"}));
  EXPECT_EQ(world.item("control", "north").at("is_bridge"), false);
  EXPECT_EQ(world.item("east", "north").at("rtt_ms_p50"), 10.0);
  EXPECT_EQ(links.at("cut_sites").at(0).at("parts"), Json({{"east", "north"}, {"south"}}));
}

TEST(LinksListing, BottlenecksNameTheLinksThatForbidMore) {
  Star world;
  world.tell("control", "north", {{"bytes_per_s", 100}});
  world.tell("control", "east", {{"bytes_per_s", 30}});
  world.tell("north", "east", {{"bytes_per_s", 50}});

  EXPECT_EQ(world.bottleneck("east"),
            (Json{{"site", "east"},
                  {"bytes_per_s", 80},
                  {"bytes_per_s_at_most", 80},
                  {"links", {link("control", "east"), link("east", "north")}}}));
  EXPECT_EQ(world.bottleneck("south"), (Json{{"site", "south"},
                                             {"bytes_per_s", nullptr},
                                             {"bytes_per_s_at_most", nullptr},
                                             {"links", Json::array()}}));
}

TEST(LinksListing, SitesThatNoLineReachesAreComponentsOfTheirOwn) {
  Star world;
  world.must("ticket.create", {{"site", "lhasa"}});

  const Json links = world.links();

  EXPECT_EQ(links.at("components"), Json({{"control", "east", "north", "south"}, {"lhasa"}}));
  EXPECT_EQ(world.bottleneck("lhasa").at("bytes_per_s"), 0);
}

TEST(LinksListing, WhatIsCutOffAlreadyHangsOnNoBridge) {
  Star world;
  world.must("ticket.create", {{"site", "lhasa"}});
  world.must("ticket.create", {{"site", "xining"}});
  world.must("ticket.create", {{"site", "yushu"}});
  world.tell("lhasa", "yushu");
  world.tell("xining", "yushu");

  const Json links = world.links();

  EXPECT_EQ(links.at("components").size(), 2U);
  EXPECT_EQ(links.at("bridges").size(), 3U);
  EXPECT_EQ(links.at("cut_sites").size(), 1U);
}

TEST(LinksListing, APartOfALargeMeshIsTold) {
  Star world;
  for (uint32_t i = 0; i < 140; ++i)
    world.must("ticket.create", {{"site", "s" + std::to_string(i)}});
  for (uint32_t i = 0; i < 4'200; ++i) {
    const uint32_t from = i % 140;
    world.tell("s" + std::to_string(from), "s" + std::to_string((from + 1 + i / 140) % 140));
  }

  const Json links = world.links();

  EXPECT_EQ(links.at("items").size(), 4'000U);
  EXPECT_NE(links.at("note").get<std::string>().find("4000 of 4203 lines are told"),
            std::string::npos);
}

TEST(LinksListing, AnEmptyNetworkIsItsCentre) {
  ServerWorld world;

  const Json links = world.query("links");

  EXPECT_EQ(links.at("items"), Json::array());
  EXPECT_EQ(links.at("components"), Json({{"control"}}));
  EXPECT_EQ(links.at("bottlenecks"), Json::array());
}

TEST(LinksListing, ALargeStarStillFitsIntoAMessage) {
  Star world;
  for (uint32_t i = 0; i < 253; ++i) {
    world.must("ticket.create", {{"site", "site-" + std::to_string(i)}});
    world.tell("control", "site-" + std::to_string(i), {{"bytes_per_s", 1'000 + i}});
  }

  const v1::Answer answer = world.ask("links", "tenant", true);
  const Json links = parse_json(answer.json(), {.keys = 100'000}).value();

  EXPECT_LT(answer.json().size(), 1'000'000U);
  EXPECT_EQ(links.at("items").size(), 256U) << "lines alone: 32,896 pairs would not fit";
  EXPECT_EQ(links.at("note"), "round trips are told of lines alone: all pairs are too many");
  EXPECT_EQ(links.at("bridges").size(), 256U);
  EXPECT_EQ(world.bottleneck("site-7").at("bytes_per_s"), 1'007);
}

TEST(LinksListing, BottlenecksOfAWideMeshAreNotSearched) {
  Star world;
  for (uint32_t i = 0; i < 120; ++i)
    world.must("ticket.create", {{"site", "s" + std::to_string(i)}});
  for (uint32_t i = 0; i < 240; ++i) {
    world.tell("s" + std::to_string(i % 120), "s" + std::to_string((i + 1 + i / 120) % 120),
               {{"bytes_per_s", 9}});
  }

  const Json links = world.links();

  EXPECT_TRUE(links.at("bottlenecks").is_null());
  EXPECT_EQ(links.at("note"),
            "bottlenecks are not told: 120 sites with lines to others times 243 lines are more "
            "than 20000");
  EXPECT_EQ(links.at("bridges").size(), 3U);
}

TEST(LinksListing, ALongChainIsToldWithoutItsParts) {
  ServerWorld world;
  std::string last = "control";
  for (uint32_t i = 0; i < 256; ++i) {
    const std::string site = "a-site-with-a-rather-long-name-" + std::to_string(i);
    world.must("ticket.create", {{"site", site}});
    world.must("link.set", {{"source", last}, {"destination", site}, {"rtt_us_p50", 10}});
    last = site;
  }

  const v1::Answer answer = world.ask("links", "tenant", true);
  const Json links = parse_json(answer.json(), {.keys = 100'000}).value();

  EXPECT_LT(answer.json().size(), 1'000'000U);
  EXPECT_EQ(links.at("items").size(), 256U);
  EXPECT_TRUE(links.at("cut_sites").is_null());
  EXPECT_NE(links.at("note").get<std::string>().find("would not fit"), std::string::npos);
}

TEST(LinksListing, ANetworkOfMoreSitesThanItsLimitSaysWhatItDoesNotTell) {
  Star world;
  for (uint32_t i = 0; i < 261; ++i)
    world.must("ticket.create", {{"site", "site-" + std::to_string(i)}});

  const Json links = world.links();

  EXPECT_EQ(links.at("items").size(), 3U);
  EXPECT_TRUE(links.at("bridges").is_null());
  EXPECT_TRUE(links.at("bottlenecks").is_null());
  EXPECT_EQ(links.at("note").get<std::string>().find(
                "265 sites and 3 links are more than the 257 and 10000"),
            0U);
  EXPECT_TRUE(world.item("control", "north").at("is_bridge").is_null());
}

TEST(ToldLinks, AreKeptOverARestartTheLastWordCounting) {
  Star world;
  world.tell("north", "east", {{"bytes_per_s", 5}});
  world.tell("east", "north", {{"rtt_us_p50", 4'000}});

  EXPECT_EQ(world.item("east", "north").at("rtt_ms_p50"), 4.0);
  EXPECT_TRUE(world.item("east", "north").at("bytes_per_s").is_null());
  world.restart();

  EXPECT_EQ(world.item("east", "north").at("rtt_ms_p50"), 4.0);
  EXPECT_TRUE(world.item("east", "north").at("bytes_per_s").is_null());
}

TEST(ToldLinks, AreCheckedByPlaceAndRange) {
  Star world;
  const auto code = [&](const Json& told) { return world.command("link.set", told).code(); };

  EXPECT_EQ(code({{"source", "north"}, {"destination", "east"}}), "bad_request");
  EXPECT_EQ(code({{"source", "north"}, {"destination", "north"}, {"rtt_us_p50", 1}}),
            "bad_request");
  EXPECT_EQ(code({{"source", "north"}, {"destination", "mars"}, {"rtt_us_p50", 1}}),
            "not_found");
  EXPECT_EQ(code({{"source", "north"}, {"destination", "east"}, {"rtt_us_p50", -1}}),
            "bad_request");
  EXPECT_EQ(code({{"source", "north"}, {"destination", "east"}, {"rtt_us_p50", 60'000'001}}),
            "bad_request");
  EXPECT_EQ(code({{"source", "north"},
                  {"destination", "east"},
                  {"rtt_us_p50", 1},
                  {"bytes_per_s", LinkNetwork::kBytesPerSMax + 1}}),
            "bad_request");
  EXPECT_EQ(
      code({{"source", "north"}, {"destination", "east"}, {"rtt_us_p50", 1}, {"speed", 1}}),
      "bad_request");
  EXPECT_EQ(world.links().at("bridges").size(), 3U) << "nothing was kept";
}

}  // namespace
}  // namespace suan::scheduler
