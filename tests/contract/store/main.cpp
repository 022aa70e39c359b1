#include <gtest/gtest.h>

#include "tests/contract/store/any_store.h"

namespace {

/// One cluster serves all tests of the process and is gone when it ends.
class StopPostgres final : public ::testing::Environment {
 public:
  void TearDown() override { suan::testing::stop_shared_postgres(); }
};

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new StopPostgres);  // GoogleTest owns it
  return RUN_ALL_TESTS();
}
