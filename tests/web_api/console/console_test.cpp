#include "web_api/console/console.h"

#include <gtest/gtest.h>

#include "catalog/store/usage_table.h"
#include "catalog/types/json.h"
#include "catalog/types/uuid.h"
#include "tests/abuse/abuse_world.h"

namespace suan::web_api {
namespace {

using test::body_of;
using test::HttpWorld;
using test::RawClient;
using test::status_of;

constexpr const char* kId = "0192e4a0-0000-7000-8000-000000000001";

class ConsoleTest : public testing::Test {
 protected:
  [[nodiscard]] Json get(const std::string& path) const {
    const std::string answer = world_.ask_as(world_.admin_key, "GET", path);
    EXPECT_EQ(status_of(answer), 200) << path << answer;
    return parse_json(body_of(answer)).value_or(Json());
  }

  [[nodiscard]] std::string last_asked() { return world_.network().asked().back(); }

  HttpWorld world_{{}, test::add_all_routes};
};

TEST_F(ConsoleTest, PassesListingsToTheScheduler) {
  for (const std::string name : {"sites", "nodes", "links", "offers", "models", "replicas",
                                 "deployments", "plan", "benchmarks/runs", "measurements"}) {
    EXPECT_TRUE(get("/api/v1/" + name).contains("items"));
    EXPECT_EQ(last_asked(), name);
  }
  EXPECT_EQ(get("/api/v1/decisions/" + std::string(kId)).size(), 2U);
  EXPECT_EQ(last_asked(), "decisions/" + std::string(kId));
  EXPECT_EQ(status_of(world_.ask("GET", "/api/v1/sites?colour=red")), 400);
}

TEST_F(ConsoleTest, PassesCommandsWithTheirArguments) {
  const auto send = [&](const std::string& method, const std::string& path,
                        const std::string& body) {
    return status_of(world_.ask_as(world_.admin_key, method, "/api/v1/" + path, body));
  };

  EXPECT_EQ(send("POST", "deployments", R"({"model": "m", "replicas": 2})"), 201);
  EXPECT_EQ(last_asked(), R"(deploy {"model":"m","replicas":2})");
  EXPECT_EQ(send("DELETE", "deployments/m", ""), 200);
  EXPECT_EQ(last_asked(), R"(retire {"model":"m"})");
  EXPECT_EQ(send("POST", "nodes/north-1/approve", "{}"), 200);
  EXPECT_EQ(last_asked(), R"(node.approve {"node":"north-1"})");
  EXPECT_EQ(send("POST", "benchmarks/runs", R"({"spec":"demo"})"), 201);
  EXPECT_EQ(last_asked(), R"(bench.run {"spec":"demo"})");
  EXPECT_EQ(send("POST", "links", R"({"source":"a"})"), 201);
  EXPECT_EQ(last_asked(), R"(link.set {"source":"a"})");
  EXPECT_EQ(send("POST", "tickets", R"([1])"), 400);
  EXPECT_EQ(send("POST", "tickets", std::string(300'000, ' ') + "{}"), 413);
}

TEST_F(ConsoleTest, FiltersMeasurements) {
  test::Script script;
  script.query_json = R"({"items":[{"site":"north","node":"a"},{"site":"south","node":null}]})";
  world_.network().set(script);

  EXPECT_EQ(get("/api/v1/measurements?site=north")["items"].size(), 1U);
  EXPECT_EQ(get("/api/v1/measurements?node=b")["items"].size(), 0U);
  EXPECT_EQ(get("/api/v1/measurements")["items"].size(), 2U);
}

TEST_F(ConsoleTest, MakesListsAndEndsKeys) {
  const std::string made =
      world_.ask_as(world_.admin_key, "POST", "/api/v1/keys",
                    R"({"account":"new","rights":["request","operate:north"]})");
  ASSERT_EQ(status_of(made), 201) << made;
  const Json key = parse_json(body_of(made)).value();
  const std::string text = key["key"].get<std::string>();
  const std::string prefix = key["prefix"].get<std::string>();
  EXPECT_EQ(status_of(world_.ask_as(text, "GET", "/v1/models")), 200);

  const std::string listing = dump_json(get("/api/v1/keys"));
  EXPECT_NE(listing.find(prefix), std::string::npos);
  EXPECT_EQ(listing.find(text), std::string::npos) << "keys are shown once";
  EXPECT_EQ(listing.find("hmac"), std::string::npos);

  EXPECT_EQ(status_of(world_.ask_as(world_.admin_key, "DELETE", "/api/v1/keys/" + prefix)),
            200);
  EXPECT_EQ(status_of(world_.ask_as(text, "GET", "/v1/models")), 401);
  EXPECT_EQ(status_of(world_.ask_as(world_.admin_key, "DELETE", "/api/v1/keys/" + prefix)),
            404);
}

TEST_F(ConsoleTest, RefusesKeysForNobodyAndForRightsThatAreNone) {
  const auto make = [&](const std::string& body) {
    return status_of(world_.ask_as(world_.admin_key, "POST", "/api/v1/keys", body));
  };

  EXPECT_EQ(make("{}"), 400);
  EXPECT_EQ(make("[]"), 400);
  EXPECT_EQ(make(R"({"account":"A B"})"), 400);
  EXPECT_EQ(make(R"({"account":"a","rights":["fly"]})"), 400);
  EXPECT_EQ(make(R"({"account":"a","rights":"request"})"), 400);
  EXPECT_EQ(make(R"({"account":"a","rights":[1]})"), 400);
}

TEST_F(ConsoleTest, ShowsWhatWasUsed) {
  Random random(1);
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  std::promise<std::string> done;
  const auto row_of = [&](const char* account) {
    return UsageRow{.request = RequestId(make_uuid_v7(now, random)),
                    .attempt = 1,
                    .account = AccountId(account),
                    .model = ModelId("m"),
                    .site = SiteId("north"),
                    .node = NodeId("north-1"),
                    .usage = {10, 20, 0},
                    .amount_n = 2'000'000'000,
                    .status = "done",
                    .at = now};
  };
  ASSERT_TRUE(world_.store().ask(
      [rows = std::vector{row_of("lab"), row_of("other")}](Database& database) {
        for (const UsageRow& row : rows)
          UsageTable(database).add(row);
      },
      [](const auto& task) { task(); },
      [&](const std::string& error) { done.set_value(error); }));
  ASSERT_EQ(done.get_future().get(), "");

  const Json own = parse_json(body_of(world_.ask("GET", "/api/v1/usage"))).value();
  ASSERT_EQ(own["items"].size(), 1U);
  EXPECT_EQ(own["items"][0]["account"], "lab");
  EXPECT_EQ(own["items"][0]["completion_tokens"], 20);
  EXPECT_EQ(own["items"][0]["amount_yuan"], 2.0);
  EXPECT_EQ(get("/api/v1/usage")["items"].size(), 2U);
  EXPECT_EQ(get("/api/v1/usage?account=other&days=1")["items"].size(), 1U);
  EXPECT_EQ(status_of(world_.ask("GET", "/api/v1/usage?days=0")), 400);
}

TEST_F(ConsoleTest, StreamsEventsAndShowsPlacementsToAdminsAlone) {
  const auto listen = [&](const std::string& key) {
    RawClient client = world_.connect();
    client.send(world_.head("GET", "/api/v1/events") + "Authorization: Bearer " + key +
                "\r\n\r\n");
    EXPECT_NE(client.read_until(": alive\n\n\r\n").find("text/event-stream"),
              std::string::npos);
    return client;
  };
  RawClient admin = listen(world_.admin_key);
  RawClient lab = listen(world_.lab_key);

  world_.on_loop([&] {
    world_.network().tell_event("placement", R"({"node":"north-1"})");
    world_.network().tell_event("node", R"({"state":"lost"})");
  });

  EXPECT_NE(admin.read_until("}\n\n").find("event: placement\ndata: {\"node\":\"north-1\"}"),
            std::string::npos);
  EXPECT_NE(lab.read_until("}\n\n").find("event: node\ndata: {\"state\":\"lost\"}"),
            std::string::npos);
}

TEST_F(ConsoleTest, TellsHealthAndReadiness) {
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/health")), 200);
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/ready")), 200);

  world_.on_loop([&] { world_.network().publish("{}", false); });

  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/health")), 200);
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/ready")), 503);
}

TEST_F(ConsoleTest, GivesMetricsOfHttpGatewayAndScheduler) {
  test::Script script;
  script.query_json = R"({"placements_total":7,"bad name":1,"text":"x"})";
  world_.network().set(script);

  const std::string answer = world_.ask_as(world_.admin_key, "GET", "/metrics");

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("suan_gateway_submitted_total 0"), std::string::npos);
  EXPECT_NE(answer.find("suan_scheduler_placements_total 7"), std::string::npos);
  EXPECT_NE(answer.find("suan_http_connections"), std::string::npos);
  EXPECT_EQ(answer.find("bad name"), std::string::npos);
}

TEST_F(ConsoleTest, DescribesEveryRoute) {
  const Json description = get("/openapi.json");

  EXPECT_EQ(description["openapi"], "3.1.0");
  EXPECT_TRUE(description["paths"].contains("/v1/chat/completions"));
  EXPECT_TRUE(description["paths"].contains("/openapi.json"));
  const Json& one = description["paths"]["/api/v1/nodes/{id}/drain"]["post"];
  EXPECT_EQ(one["parameters"][0]["name"], "id");
  EXPECT_EQ(one["x-suan-right"], "operate:SITE");
  EXPECT_TRUE(description["paths"]["/health"]["get"]["security"].empty());
}

}  // namespace
}  // namespace suan::web_api
