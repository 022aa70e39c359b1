#include "engine/weights/model_file.h"

/// The reader process alone, for tests that have no `suan`.
int main(int argc, char** argv) {
  return suan::engine::run_model_reader(argc, argv);
}
