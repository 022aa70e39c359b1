#include "catalog/wire/keys.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace suan {
namespace {

/// A folder of its own for each test.
class Keys : public ::testing::Test {
 protected:
  Keys() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "suan-keys-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }

  ~Keys() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(Keys, AreMadeOnceAndReadAgain) {
  const auto file = folder_ / "keys" / "node.key";

  const CurveKeyPair made = load_or_make_curve_keys(file);
  const CurveKeyPair read = load_or_make_curve_keys(file);

  EXPECT_EQ(read.public_z85, made.public_z85);
  EXPECT_EQ(read.secret_z85, made.secret_z85);
}

TEST_F(Keys, LieInAFileForTheOwnerAlone) {
  const auto file = folder_ / "node.key";
  (void)load_or_make_curve_keys(file);

  struct stat status {};

  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Keys, AreRefusedWhenOthersCanReadThem) {
  const auto file = folder_ / "node.key";
  (void)load_or_make_curve_keys(file);
  std::filesystem::permissions(file, std::filesystem::perms(0644));

  EXPECT_THROW((void)load_or_make_curve_keys(file), std::runtime_error);
}

TEST_F(Keys, AreNeverReplacedBecauseTheirFileIsDamaged) {
  const auto file = folder_ / "node.key";
  write_secret_file(file, "damaged\n");

  EXPECT_THROW((void)load_or_make_curve_keys(file), std::runtime_error);
}

TEST_F(Keys, ASecretFileReplacesTheOldOneWhole) {
  const auto file = folder_ / "secret";
  write_secret_file(file, "a longer first text");
  write_secret_file(file, "second");

  std::string text;
  std::ifstream(file) >> text;
  EXPECT_EQ(text, "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Keys, ThePublicHalfFollowsFromTheSecretOne) {
  const CurveKeyPair keys = make_curve_key_pair();

  EXPECT_EQ(curve_public_of(keys.secret_z85), keys.public_z85);
  EXPECT_THROW((void)curve_public_of("short"), std::invalid_argument);
  EXPECT_EQ(fingerprint_of(keys.public_z85).size(), 16U);
}

}  // namespace
}  // namespace suan
