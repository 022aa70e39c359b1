#include "catalog/types/uuid.h"

#include <gtest/gtest.h>

namespace suan {
namespace {

TEST(Uuid, Version7CarriesItsMillisecondsAndSortsByThem) {
  Random random(1);
  const Uuid early = make_uuid_v7(wall_time_of_us(1'700'000'000'123'000), random);
  const Uuid late = make_uuid_v7(wall_time_of_us(1'700'000'000'124'000), random);

  EXPECT_EQ(unix_ms_of(early), 1'700'000'000'123);
  EXPECT_LT(early, late);
  EXPECT_LT(to_string(early), to_string(late));
  EXPECT_EQ(to_string(early)[14], '7');
}

TEST(Uuid, TextIsReadBackOrRefused) {
  Random random(2);
  const Uuid uuid = make_uuid_v7(wall_time_of_us(1), random);
  const std::string text = to_string(uuid);

  EXPECT_EQ(parse_uuid(text), uuid);
  EXPECT_EQ(parse_uuid(text + "0"), std::nullopt);
  EXPECT_EQ(parse_uuid(text.substr(1)), std::nullopt);
  EXPECT_EQ(parse_uuid(std::string(36, '0')), std::nullopt);
  EXPECT_EQ(parse_uuid("{" + text.substr(1)), std::nullopt);
}

TEST(Time, IsWrittenAsRfc3339) {
  EXPECT_EQ(to_rfc3339(wall_time_of_us(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(wall_time_of_us(1'764'100'800'123'456)), "2025-11-25T20:00:00.123Z");
}

}  // namespace
}  // namespace suan
