#include "web_api/http/head_rules.h"

#include <gtest/gtest.h>

namespace suan::web_api {
namespace {

const HttpLimits kLimits;

Head head_with(std::vector<Header> more, const std::string& method = "POST") {
  Head head{.method = method, .target = "/v1/models", .is_http_1_0 = false, .fields = {}};
  head.fields.push_back({"host", "localhost:8080"});
  for (Header& field : more)
    head.fields.push_back(std::move(field));
  return head;
}

int refusal_of(const Head& head) {
  const auto framing = check_head(head, host_names("127.0.0.1", {"suan.example"}), kLimits);
  return framing ? 0 : framing.error().status;
}

int target_refusal(std::string_view target) {
  const auto parsed = parse_target(target, kLimits);
  return parsed ? 0 : parsed.error().status;
}

TEST(HeadRules, H1_CountsFields) {
  std::vector<Header> fields(kLimits.header_fields - 1, Header{"x-a", "b"});
  EXPECT_EQ(refusal_of(head_with(fields)), 0);

  fields.push_back({"x-a", "b"});
  EXPECT_EQ(refusal_of(head_with(fields)), 431);
}

TEST(HeadRules, H3_RefusesTwoWaysToTellWhereTheBodyEnds) {
  EXPECT_EQ(refusal_of(head_with({{"content-length", "5"}})), 0);
  EXPECT_EQ(refusal_of(head_with({{"transfer-encoding", "chunked"}})), 0);
  EXPECT_EQ(refusal_of(head_with({{"content-length", "5"}, {"transfer-encoding", "chunked"}})),
            400);
  EXPECT_EQ(refusal_of(head_with({{"content-length", "5"}, {"transfer-encoding", "gzip"}})),
            400);
  EXPECT_EQ(refusal_of(head_with({{"content-length", "5"}, {"content-length", "5"}})), 400);
  EXPECT_EQ(refusal_of(head_with({{"content-length", "5, 5"}})), 400);
  EXPECT_EQ(refusal_of(head_with({{"content-length", "+5"}})), 400);
  EXPECT_EQ(refusal_of(head_with({{"content-length", "99999999999999999999"}})), 400);
}

TEST(HeadRules, H4_ServesChunkedAloneAndOnlyInHttp11) {
  Head old = head_with({{"transfer-encoding", "chunked"}});
  old.is_http_1_0 = true;

  EXPECT_EQ(refusal_of(old), 400);
  EXPECT_EQ(refusal_of(head_with({{"transfer-encoding", "gzip"}})), 501);
  EXPECT_EQ(refusal_of(head_with({{"transfer-encoding", "gzip, chunked"}})), 501);
  EXPECT_EQ(
      refusal_of(head_with({{"transfer-encoding", "chunked"}, {"transfer-encoding", "gzip"}})),
      501);
}

TEST(HeadRules, H5_AnswersOnlyToItsOwnNames) {
  const auto with_host = [](const std::string& host) {
    Head head = head_with({});
    head.fields[0].value = host;
    return refusal_of(head);
  };

  EXPECT_EQ(with_host("localhost"), 0);
  EXPECT_EQ(with_host("127.0.0.1:8080"), 0);
  EXPECT_EQ(with_host("[::1]:8080"), 0);
  EXPECT_EQ(with_host("Suan.Example"), 0);
  EXPECT_EQ(with_host("evil.example"), 421);
  EXPECT_EQ(with_host("localhost.evil.example"), 421);
  EXPECT_EQ(with_host("localhost:port"), 400);
  EXPECT_EQ(with_host(""), 400);
  EXPECT_EQ(refusal_of(head_with({{"host", "localhost"}})), 400) << "two of them";
  EXPECT_EQ(refusal_of({.method = "GET", .target = "/", .is_http_1_0 = false, .fields = {}}),
            400);
}

TEST(HeadRules, H5_AWildcardAnswersToLiteralAddressesToo) {
  const HostNames hosts = host_names("0.0.0.0", {});

  EXPECT_TRUE(hosts.has("192.0.2.7"));
  EXPECT_TRUE(hosts.has("[2001:db8::1]"));
  EXPECT_FALSE(hosts.has("evil.example"));
  EXPECT_FALSE(host_names("127.0.0.1", {}).has("192.0.2.7"));
}

TEST(HeadRules, H6_KnowsOneExpectation) {
  const auto framing =
      check_head(head_with({{"expect", "100-Continue"}}), host_names("127.0.0.1", {}), kLimits);

  ASSERT_TRUE(framing);
  EXPECT_TRUE(framing->expects_continue);
  EXPECT_EQ(refusal_of(head_with({{"expect", "200-ok"}})), 417);
}

TEST(HeadRules, H8_RefusesEncodedBodies) {
  EXPECT_EQ(refusal_of(head_with({{"content-encoding", "gzip"}})), 415);
  EXPECT_EQ(refusal_of(head_with({{"content-encoding", "identity"}})), 0);
}

TEST(HeadRules, H9_RefusesMethodsAndTargetsThatHide) {
  EXPECT_EQ(refusal_of(head_with({}, "TRACE")), 405);
  EXPECT_EQ(refusal_of(head_with({}, "CONNECT")), 405);
  EXPECT_EQ(target_refusal("/v1/models?a=b&c=%2f"), 0);
  EXPECT_EQ(target_refusal("/v1/%6dodels"), 0);
  for (const char* target :
       {"http://localhost/", "*", "", "/a/../b", "/a/%2e%2e/b", "/a%2fb", "/a%00", "/a%0d",
        "/a%0a", "/a\\b", "/a%5cb", "/%", "/%4", "/%zz", "/?a=%00", "/?a=%"}) {
    EXPECT_EQ(target_refusal(target), 400) << target;
  }
  EXPECT_EQ(target_refusal("/" + std::string(kLimits.target_bytes, 'a')), 431);
}

TEST(HeadRules, H9_DecodesOnce) {
  const auto target = parse_target("/a%2541?q=1%2B1+x", kLimits);

  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a%41");
  ASSERT_EQ(target->query.size(), 1U);
  EXPECT_EQ(target->query[0].second, "1+1 x");
}

TEST(HeadRules, KeepsAliveUnlessToldOtherwise) {
  const auto keeps = [](const Head& head) {
    return check_head(head, host_names("127.0.0.1", {}), kLimits)->wants_keep_alive;
  };
  Head old = head_with({});
  old.is_http_1_0 = true;

  EXPECT_TRUE(keeps(head_with({})));
  EXPECT_FALSE(keeps(head_with({{"connection", "upgrade , Close"}})));
  EXPECT_FALSE(keeps(old));
}

}  // namespace
}  // namespace suan::web_api
