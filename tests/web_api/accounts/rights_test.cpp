#include "web_api/accounts/rights.h"

#include <gtest/gtest.h>

namespace suan::web_api {
namespace {

Rights rights_of(const std::vector<std::string>& texts) {
  auto rights = Rights::parse(texts);
  EXPECT_TRUE(rights);
  return rights ? *rights : Rights();
}

TEST(Rights, GiveNothingByThemselves) {
  const Rights none;

  EXPECT_FALSE(require_request(none));
  EXPECT_FALSE(require_research(none));
  EXPECT_FALSE(require_metrics(none));
  EXPECT_FALSE(require_admin(none));
  EXPECT_FALSE(require_operate(none, SiteId("beijing")));
}

TEST(Rights, GiveEachWhatItNames) {
  EXPECT_TRUE(require_request(rights_of({"request"})));
  EXPECT_TRUE(require_research(rights_of({"research"})));
  EXPECT_TRUE(require_metrics(rights_of({"metrics"})));
  EXPECT_FALSE(require_research(rights_of({"request", "metrics"})));
}

TEST(Rights, LetAnOperatorRunItsOwnSitesOnly) {
  const auto rights = rights_of({"operate:beijing"});

  EXPECT_TRUE(require_operate(rights, SiteId("beijing")));
  EXPECT_FALSE(require_operate(rights, SiteId("shanghai")));
  EXPECT_TRUE(rights.may_operate_any());
  EXPECT_FALSE(rights.is_admin());
}

TEST(Rights, LetAnAdministratorDoEverything) {
  const auto rights = rights_of({"admin"});

  EXPECT_TRUE(require_request(rights));
  EXPECT_TRUE(require_research(rights));
  EXPECT_TRUE(require_metrics(rights));
  EXPECT_TRUE(require_operate(rights, SiteId("anywhere")));
}

TEST(Rights, RefuseWhatIsNone) {
  for (const char* text :
       {"", "Admin", "operate:", "operate:Bei jing", "operate", "request,admin"}) {
    const auto rights = Rights::parse({text});
    ASSERT_FALSE(rights) << text;
    EXPECT_EQ(rights.error().code, ErrorCode::BadRequest);
    EXPECT_EQ(rights.error().param, "rights");
  }
}

TEST(Rights, AreWrittenAsTheyAreRead) {
  const std::vector<std::string> texts{"request",  "operate:a", "operate:b",
                                       "research", "admin",     "metrics"};

  EXPECT_EQ(rights_of(texts).to_texts(), texts);
}

TEST(Rights, SayWhichOneIsMissing) {
  const auto refused = require_operate(Rights(), SiteId("beijing"));

  EXPECT_EQ(refused.error().code, ErrorCode::Forbidden);
  EXPECT_NE(refused.error().message.find("operate:beijing"), std::string::npos);
}

}  // namespace
}  // namespace suan::web_api
