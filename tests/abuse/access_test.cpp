#include <memory>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "catalog/types/json.h"
#include "suan_console_pages.h"
#include "tests/abuse/abuse_world.h"

// Who may do what, and what must never be seen.

namespace suan::web_api {
namespace {

using test::body_of;
using test::HttpWorld;
using test::status_of;

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    // The same table once more, to walk over.
    test::add_all_routes(routes_, world_);
  }

  /// A path that the route matches.
  static std::string path_of(const Route& route) {
    std::string path = route.pattern;
    for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      path.replace(open, path.find('}') - open + 1, "x");
    }
    return path;
  }

  HttpWorld world_{{}, test::add_all_routes};
  Router routes_;
};

TEST_F(AccessTest, A1_WithoutAKeyOnlyHealthReadyAndThePageAnswer) {
  std::set<std::string> open;
  for (const Route& route : routes_.routes()) {
    const int status = status_of(world_.ask_as("", route.method, path_of(route)));
    if (status != 401) open.insert(route.method + " " + route.pattern);
  }

  const std::set<std::string> expected = {
      "GET /",        "GET /health",  "GET /ready",      "GET /app.js",      "GET /api.js",
      "GET /dom.js",  "GET /chat.js", "GET /network.js", "GET /decision.js", "GET /style.css",
      "GET /icon.svg"};
  EXPECT_EQ(open, expected);
}

TEST_F(AccessTest, EveryRouteNeedsExactlyItsRight) {
  const std::string metrics_key = world_.make_key("prometheus", {"metrics"});
  const std::string research_key = world_.make_key("lab", {"research"});
  const std::string operate_key = world_.make_key("north", {"operate:north"});
  const auto may = [&](const std::string& key, const Route& route) {
    return status_of(world_.ask_as(key, route.method, path_of(route))) != 403;
  };

  for (const Route& route : routes_.routes()) {
    if (route.pattern == "/api/v1/events") continue;  // does not end
    const std::string name = route.method + " " + route.pattern;
    const Access access = route.access;
    const bool is_free = access == Access::Open || access == Access::AnyKey;
    EXPECT_EQ(may(world_.lab_key, route), is_free || access == Access::Request) << name;
    EXPECT_EQ(may(metrics_key, route), is_free || access == Access::Metrics) << name;
    EXPECT_EQ(may(research_key, route), is_free || access == Access::Research) << name;
    if (access != Access::Operate) {
      EXPECT_EQ(may(operate_key, route), is_free) << name;
    }
    EXPECT_TRUE(may(world_.admin_key, route)) << name;
  }
}

TEST_F(AccessTest, AnOperatorActsAtItsOwnSiteAlone) {
  const std::string north = world_.make_key("north", {"operate:north"});
  const std::string south = world_.make_key("south", {"operate:south"});
  const auto post = [&](const std::string& key, const std::string& path,
                        const std::string& body) {
    return status_of(world_.ask_as(key, "POST", "/api/v1/" + path, body));
  };

  EXPECT_EQ(post(north, "nodes/north-1/drain", "{}"), 200);
  EXPECT_EQ(post(south, "nodes/north-1/drain", "{}"), 403);
  EXPECT_EQ(post(north, "nodes/unknown/drain", "{}"), 404);
  EXPECT_EQ(post(north, "tickets", R"({"site":"north"})"), 201);
  EXPECT_EQ(post(north, "tickets", R"({"site":"south"})"), 403);
  EXPECT_EQ(post(south, "tickets", R"({"site":"south"})"), 403) << "a new site is for admins";
  EXPECT_EQ(post(world_.admin_key, "tickets", R"({"site":"south"})"), 201);
  EXPECT_EQ(post(north, "deployments", R"({"model":"m","sites":["north"]})"), 201);
  EXPECT_EQ(post(north, "deployments", R"({"model":"m","sites":["north","south"]})"), 403);
  EXPECT_EQ(post(north, "deployments", R"({"model":"m"})"), 403);
}

TEST_F(AccessTest, A5_IdsThatAreNoneReachNobody) {
  const size_t before = world_.network().asked().size();

  EXPECT_EQ(status_of(world_.ask("GET", "/api/v1/decisions/..")), 400);
  EXPECT_EQ(status_of(world_.ask("GET", "/api/v1/decisions/sites")), 404);
  EXPECT_EQ(status_of(world_.ask("GET", "/api/v1/usage?account=admin")), 404);
  EXPECT_EQ(world_.network().asked().size(), before);
}

TEST_F(AccessTest, A9_NoKeyAndNoPromptIsLogged) {
  std::ostringstream log;
  const auto old = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  spdlog::set_level(spdlog::level::trace);
  const std::string planted = "PLANTED-PROMPT-7f3a";

  const std::string good = R"({"model":"stories-moe","prompt":")" + planted + R"("})";
  const std::string wrong = R"({"model":"stories-moe","n":99,"prompt":")" + planted + R"("})";
  EXPECT_EQ(status_of(world_.ask("POST", "/v1/completions", good)), 200);
  EXPECT_EQ(status_of(world_.ask("POST", "/v1/completions", wrong)), 400);
  EXPECT_EQ(status_of(world_.ask("POST", "/v1/completions", R"({"prompt":")" + planted)), 400);
  EXPECT_EQ(status_of(world_.ask("GET", "/v1/models?key=" + world_.lab_key)), 200);
  EXPECT_EQ(status_of(world_.ask_as("sk-suan-planted-wrong-key", "GET", "/v1/models")), 401);
  world_.server().stop(1s);

  spdlog::set_default_logger(old);
  spdlog::set_level(spdlog::level::off);
  EXPECT_NE(log.str().find("POST /v1/completions 200"), std::string::npos) << log.str();
  EXPECT_EQ(log.str().find(planted), std::string::npos) << log.str();
  EXPECT_EQ(log.str().find("sk-suan-"), std::string::npos) << log.str();
  EXPECT_EQ(log.str().find(world_.lab_key.substr(12)), std::string::npos);
}

TEST_F(AccessTest, H13_H14_AnswersTellNothingOfTheInsideAndAreNotSniffed) {
  for (const char* path : {"/", "/health", "/v1/models", "/nothing", "/api/v1/sites"}) {
    const std::string answer = world_.ask("GET", path);
    EXPECT_EQ(answer.find("Server:"), std::string::npos);
    EXPECT_NE(answer.find("X-Content-Type-Options: nosniff"), std::string::npos) << path;
    EXPECT_EQ(answer.find("Access-Control-Allow"), std::string::npos) << path;
  }
}

TEST_F(AccessTest, J1_DeepJsonIsRefusedEverywhereAndNothingFalls) {
  const std::string deep = R"({"model":"stories-moe","prompt":)" + std::string(100'000, '[') +
                           std::string(100'000, ']') + "}";
  for (const Route& route : routes_.routes()) {
    if (route.method != "POST") continue;
    if (route.pattern.find("/nodes/") != std::string::npos) continue;  // no body is read
    const std::string answer = world_.ask_as(world_.admin_key, "POST", path_of(route), deep);
    EXPECT_EQ(status_of(answer), 400) << route.pattern;
  }
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/health")), 200);
}

TEST_F(AccessTest, W1_ThePageRunsNothingButItsOwnFiles) {
  const std::string page = world_.ask_as("", "GET", "/");

  EXPECT_NE(page.find("Content-Security-Policy: default-src 'self'"), std::string::npos);
  EXPECT_NE(page.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(page.find("unsafe"), std::string::npos);
  EXPECT_EQ(page.find("style="), std::string::npos) << "the policy would drop it";
  EXPECT_EQ(page.find(" onclick="), std::string::npos);
  for (const char* name :
       {"app.js", "api.js", "chat.js", "network.js", "decision.js", "dom.js"}) {
    const std::string script(suan_console_pages::embedded(name));
    ASSERT_FALSE(script.empty()) << name;
    for (const char* danger : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                               "eval(", "new Function", "srcdoc", "http://", "https://"}) {
      EXPECT_EQ(script.find(danger), std::string::npos) << name << " has " << danger;
    }
  }
}

TEST_F(AccessTest, W2_ThereIsNoCookieSoNothingToForge) {
  for (const char* path : {"/", "/v1/models", "/api/v1/view"}) {
    EXPECT_EQ(world_.ask("GET", path).find("Set-Cookie"), std::string::npos);
  }
  const std::string api(suan_console_pages::embedded("api.js"));
  EXPECT_EQ(api.find("localStorage"), std::string::npos);
  EXPECT_NE(api.find("credentials: 'omit'"), std::string::npos);
}

}  // namespace
}  // namespace suan::web_api
