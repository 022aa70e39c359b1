#include "web_api/http/router.h"

#include <gtest/gtest.h>

namespace suan::web_api {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    const Handler nothing = [](const Request&, const std::shared_ptr<Reply>&) {};
    router_.add({"GET", "/", Access::Open, "page", nothing});
    router_.add({"GET", "/v1/models", Access::AnyKey, "list", nothing});
    router_.add({"GET", "/v1/models/{id}", Access::AnyKey, "one", nothing});
    router_.add({"DELETE", "/v1/models/{id}", Access::Admin, "remove", nothing});
  }

  Router router_;
};

TEST_F(RouterTest, FindsTheRouteAndItsParameters) {
  const Match match = router_.match("DELETE", "/v1/models/stories-moe");

  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->access, Access::Admin);
  ASSERT_EQ(match.params.size(), 1U);
  EXPECT_EQ(match.params[0].second, "stories-moe");
  EXPECT_NE(router_.match("GET", "/").route, nullptr);
}

TEST_F(RouterTest, TellsWhichMethodsAPathHas) {
  const Match match = router_.match("POST", "/v1/models/x");

  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, "GET, DELETE");
}

TEST_F(RouterTest, MatchesWholePathsOnly) {
  for (const char* path :
       {"/v1/models/", "/v1/models/a/b", "/v1", "//", "/v1/modelsx", "", "v1"}) {
    const Match match = router_.match("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_TRUE(match.allowed.empty()) << path;
  }
}

TEST_F(RouterTest, TakesHeadForGet) {
  EXPECT_NE(router_.match("HEAD", "/v1/models").route, nullptr);
}

}  // namespace
}  // namespace suan::web_api
