#include "cli/links_text.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "catalog/types/json.h"

namespace suan::cli {
namespace {

Json bridge(const std::string& source,
            const std::string& destination,
            const std::vector<std::string>& cut_off) {
  return {{"source", source}, {"destination", destination}, {"cut_off", cut_off}};
}

/// An answer about a network that can lose nothing; tests change what they speak of.
Json ring() {
  return {{"items", Json::array()},
          {"centre", "control"},
          {"bridges", Json::array()},
          {"cut_sites", Json::array()},
          {"components", {{"control", "east", "north"}}},
          {"bottlenecks", Json::array()},
          {"note", nullptr}};
}

TEST(LinksText, AStarIsTwoSentencesHoweverManySites) {
  Json star = ring();
  std::vector<std::string> all{"control"};
  std::vector<std::vector<std::string>> parts;
  for (int i = 0; i < 100; ++i) {
    const std::string site = "site-" + std::to_string(i);
    star["bridges"].push_back(bridge("control", site, {site}));
    star["bottlenecks"].push_back(
        {{"site", site},
         {"bytes_per_s_at_most", 125'000'000},
         {"links", {{{"source", "control"}, {"destination", site}}}}});
    all.push_back(site);
    parts.push_back({site});
  }
  star["components"] = {all};
  star["cut_sites"].push_back({{"site", "control"}, {"parts", parts}});

  EXPECT_EQ(links_text(dump_json(star)),
            "Every site hangs on its link to control alone.\n"
            "Without control, the sites fall into 100 parts.\n");
}

TEST(LinksText, NamesWhatEachLinkAndSiteHolds) {
  Json answer = ring();
  answer["components"] = {{"control", "east", "north", "south"}, {"lhasa"}, {"x", "y"}};
  answer["bridges"] = {bridge("control", "east", {"east", "south"}),
                       bridge("east", "south", {"south"})};
  answer["cut_sites"] = {{{"site", "east"}, {"parts", {{"control", "north"}, {"south"}}}}};

  EXPECT_EQ(links_text(dump_json(answer)),
            "No line leads to lhasa.\n"
            "x and y reach one another, but no line leads to control.\n"
            "south hangs on one link: without it, it is cut off.\n"
            "Without the link control - east, east and south are cut off.\n"
            "Without the site east, south is cut off.\n");
}

TEST(LinksText, SaysSoWhenNothingCanBreakTheNetwork) {
  EXPECT_EQ(links_text(dump_json(ring())),
            "The network can lose any one link and any one site.\n");
}

TEST(LinksText, NamesTheLinksOfABottleneckThatIsNotTheSitesOwn) {
  Json answer = ring();
  for (const char* site : {"east", "west"}) {
    answer["bottlenecks"].push_back({{"site", site},
                                     {"bytes_per_s_at_most", 37'500'000},
                                     {"links",
                                      {{{"source", "control"}, {"destination", "north"}},
                                       {{"source", "a"}, {"destination", "b"}}}}});
  }
  answer["bottlenecks"].push_back(
      {{"site", "north"}, {"bytes_per_s_at_most", nullptr}, {"links", Json::array()}});

  EXPECT_EQ(links_text(dump_json(answer)),
            "The network can lose any one link and any one site.\n"
            "Through control - north and a - b at most 37.5 MB/s get from control to east "
            "and west.\n");
}

TEST(LinksText, CutsLongListsAndSaysHowMuchIsLeftOut) {
  Json answer = ring();
  for (int i = 0; i < 20; ++i)
    answer["bridges"].push_back(
        bridge("a", "b", {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}));

  const std::string text = links_text(dump_json(answer));

  EXPECT_NE(text.find("1, 2, 3, 4, 5, 6, 7 and 3 more are cut off."), std::string::npos)
      << text;
  EXPECT_NE(text.find("... and 8 more like this: --json\n"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 13);
}

TEST(LinksText, ReadsAnswersAsLongAsTheyGet) {
  Json answer = ring();
  for (int i = 0; i < 11'000; ++i)
    answer["items"].push_back({{"source", "a"}, {"destination", "b"}, {"rtt_ms_p50", 1}});

  EXPECT_EQ(links_text(dump_json(answer)),
            "The network can lose any one link and any one site.\n");
}

TEST(LinksText, TellsWhatTheNetworkCouldNot) {
  Json answer = ring();
  for (const char* field : {"bridges", "cut_sites", "components", "bottlenecks"})
    answer[field] = nullptr;
  answer["note"] = "too many sites";

  EXPECT_EQ(links_text(dump_json(answer)), "Note: too many sites.\n");
}

TEST(LinksText, HostileAnswersAreHarmless) {
  Json answer = ring();
  answer["bridges"] = {5, {{"cut_off", {"a\x1b[2J", 7}}}};
  answer["bottlenecks"] = {nullptr, "x", {{"links", 3}}};
  answer["components"] = {1, {2}};
  answer["cut_sites"] = {{{"site", {1}}, {"parts", 9}}};

  const std::string text = links_text(dump_json(answer));

  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(links_text("[]"), "");
  EXPECT_EQ(links_text("{}"), "");
  EXPECT_EQ(links_text("no json"), "");
}

}  // namespace
}  // namespace suan::cli
