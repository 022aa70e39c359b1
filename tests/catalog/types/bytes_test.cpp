#include "catalog/types/bytes.h"

#include <gtest/gtest.h>

namespace suan {
namespace {

TEST(Bytes, DigestsAreThoseOfTheStandards) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2.
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
}

TEST(Bytes, HexIsReadBackOrRefused) {
  const std::string bytes("\x00\xff\x10", 3);

  EXPECT_EQ(to_hex(bytes), "00ff10");
  EXPECT_EQ(from_hex("00ff10"), bytes);
  for (const char* text : {"0", "0g", "0F", " 00", "00 "})
    EXPECT_EQ(from_hex(text), std::nullopt);
}

TEST(Bytes, Base32FollowsRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "my"},
                                                                 {"fo", "mzxq"},
                                                                 {"foo", "mzxw6"},
                                                                 {"foob", "mzxw6yq"},
                                                                 {"fooba", "mzxw6ytb"},
                                                                 {"foobar", "mzxw6ytboi"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base32(bytes), text);
    EXPECT_EQ(from_base32(text), bytes);
  }
}

TEST(Bytes, Base32RefusesWhatNoWriterMakes) {
  // Wrong digits, an impossible length, bits set in the padding.
  for (const char* text : {"MY", "m1", "my=", "m", "mzx", "mz"}) {
    EXPECT_EQ(from_base32(text), std::nullopt) << text;
  }
}

TEST(Bytes, ComparisonInConstantTimeIsStillComparison) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

}  // namespace
}  // namespace suan
