#include "catalog/wire/ticket.h"

#include <gtest/gtest.h>

#include "catalog/wire/keys.h"

namespace suan {
namespace {

Ticket sample() {
  const CurveKeyPair server = make_curve_key_pair();
  const CurveKeyPair once = make_curve_key_pair();
  return {"10.0.0.1:7400", server.public_z85, once.secret_z85, SiteId("shanghai"),
          wall_time_of_us(1'764'100'000'000'000)};
}

TEST(Ticket, SurvivesItsTrip) {
  const Ticket ticket = sample();

  const auto read = parse_ticket(format_ticket(ticket));

  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->address, ticket.address);
  EXPECT_EQ(read->server_public_z85, ticket.server_public_z85);
  EXPECT_EQ(read->secret_z85, ticket.secret_z85);
  EXPECT_EQ(read->site, ticket.site);
  EXPECT_EQ(read->expires, ticket.expires);
}

TEST(Ticket, IsOneWordThatMayBePastedWithSpaceAround) {
  const std::string text = format_ticket(sample());

  EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567:1"), std::string::npos);
  EXPECT_TRUE(parse_ticket("  " + text + "\n"));
}

TEST(Ticket, AnyChangedCharacterIsNoticed) {
  const std::string text = format_ticket(sample());

  for (size_t i = 6; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = damaged[i] == 'q' ? 'r' : 'q';
    EXPECT_FALSE(parse_ticket(damaged)) << i;
  }
}

TEST(Ticket, AnyCutIsNoticed) {
  const std::string text = format_ticket(sample());

  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_ticket(text.substr(0, size))) << size;
  }
}

TEST(Ticket, TellsAnotherKindFromDamage) {
  const auto read = parse_ticket("suan2:abcdef");

  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("suan2"), std::string::npos);
}

TEST(Ticket, RefusesWhatIsTooLongBeforeReadingIt) {
  EXPECT_FALSE(parse_ticket("suan1:" + std::string(1'000'000, 'a')));
}

}  // namespace
}  // namespace suan
