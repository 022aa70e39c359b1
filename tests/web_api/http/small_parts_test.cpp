#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "web_api/http/connection_counts.h"
#include "web_api/http/errors.h"
#include "web_api/http/metrics.h"
#include "web_api/http/outgoing.h"
#include "web_api/http/overload.h"
#include "web_api/http/service.h"

namespace suan::web_api {
namespace {

TEST(Errors, HaveOneShape) {
  const Answer answer =
      error_answer(Error{ErrorCode::BadRequest, "temperature is 3", "temperature"});

  EXPECT_EQ(answer.status, 400);
  const Json error = parse_json(answer.body).value()["error"];
  EXPECT_EQ(error["message"], "temperature is 3");
  EXPECT_EQ(error["type"], "invalid_request_error");
  EXPECT_EQ(error["param"], "temperature");
  EXPECT_EQ(error["code"], "bad_request");
}

TEST(Errors, H11_AlwaysSayWhenToComeBack) {
  const auto retry_after = [](const Answer& answer) {
    for (const Header& header : answer.headers) {
      if (header.name == "Retry-After") return header.value;
    }
    return std::string();
  };

  EXPECT_EQ(retry_after(error_answer(Error{ErrorCode::Overloaded, "busy"}, 2500ms)), "3");
  EXPECT_EQ(retry_after(error_answer(Error{ErrorCode::Unavailable, "down"})), "1");
  EXPECT_EQ(retry_after(status_answer(503, "down")), "1");
  EXPECT_EQ(retry_after(error_answer(Error{ErrorCode::NotFound, "no"})), "");
}

TEST(Errors, H13_KeepInternalTextToThemselves) {
  const Answer answer =
      error_answer(Error{ErrorCode::Internal, "/home/secret/path.cpp: bad_alloc"});

  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST(Errors, NeverFailOnBytesThatAreNoText) {
  EXPECT_TRUE(parse_json(error_json(Error{ErrorCode::BadRequest, "\xff\xfe"})));
}

TEST(ConnectionCounts, H10_LimitsTheWholeAndEachAddress) {
  ConnectionCounts counts(3, 2);

  EXPECT_TRUE(counts.take("192.0.2.1"));
  EXPECT_TRUE(counts.take("192.0.2.1"));
  EXPECT_FALSE(counts.take("192.0.2.1"));
  counts.give_back("192.0.2.1");
  EXPECT_TRUE(counts.take("192.0.2.1"));
  EXPECT_TRUE(counts.take("127.0.0.1"));
  EXPECT_FALSE(counts.take("127.0.0.1")) << "the whole is full";
  EXPECT_EQ(counts.total(), 3U);
}

TEST(ConnectionCounts, H10_LoopbackIsExemptAndAnIpv6NetworkIsOneClient) {
  ConnectionCounts counts(100, 1);

  EXPECT_TRUE(counts.take("127.0.0.1"));
  EXPECT_TRUE(counts.take("127.0.0.1"));
  EXPECT_TRUE(counts.take("::1"));
  EXPECT_TRUE(counts.take("::1"));
  EXPECT_TRUE(counts.take("2001:db8::1"));
  EXPECT_FALSE(counts.take("2001:db8::2"));
}

TEST(Overload, H11_EndsKeepAliveFirstAndRefusesLater) {
  EXPECT_EQ(pressure_of(919, 1000), Pressure::None);
  EXPECT_EQ(pressure_of(920, 1000), Pressure::NoKeepAlive);
  EXPECT_EQ(pressure_of(949, 1000), Pressure::NoKeepAlive);
  EXPECT_EQ(pressure_of(950, 1000), Pressure::Refuse);
  EXPECT_EQ(pressure_of(950, 0), Pressure::None);
}

TEST(Overload, H11_ReadsTheMemoryOfThisProcess) {
  MemoryGuard tight(1024);
  MemoryGuard wide(1ULL << 60U);

  EXPECT_EQ(tight.pressure(), Pressure::Refuse);
  EXPECT_EQ(wide.pressure(), Pressure::None);
}

TEST(Outgoing, KeepsOrderAndCountsPayloadWhenItHasLeft) {
  Outgoing outgoing;
  outgoing.add("abc", 3);
  outgoing.add("de", 1);

  EXPECT_EQ(outgoing.next(4), "abcd");
  outgoing.add("fg", 2);  // arrives while that is being written
  EXPECT_EQ(outgoing.sent(2), 0U);
  EXPECT_EQ(outgoing.next(64), "cde");
  EXPECT_EQ(outgoing.sent(3), 4U);
  EXPECT_EQ(outgoing.next(64), "fg");
  EXPECT_EQ(outgoing.sent(2), 2U);
  EXPECT_TRUE(outgoing.is_empty());
}

TEST(Heads, CannotBeSplitByWhatIsInThem) {
  const Answer answer{.status = 200,
                      .content_type = "text/plain",
                      .headers = {{"X-Suan-Site", "north\r\nSet-Cookie: a=b"}},
                      .body = {}};

  const std::string head = format_head(answer, "Content-Length: 0", "", false);

  EXPECT_EQ(head.find("\r\nSet-Cookie"), std::string::npos);
  EXPECT_NE(head.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
}

TEST(Metrics, SpeakPrometheusText) {
  Metrics metrics;
  metrics.request_ended("/v1/models", 200, 3ms);

  const std::string text = metrics.text({{"suan_gateway_tokens_total", "Tokens", 7, true}});

  EXPECT_NE(text.find(R"(suan_http_requests_total{route="/v1/models",status="200"} 1)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("suan_gateway_tokens_total 7"), std::string::npos);
  EXPECT_NE(text.find("# TYPE suan_http_request_duration_seconds histogram"),
            std::string::npos);
}

}  // namespace
}  // namespace suan::web_api
