#include "engine/weights/model_file.h"

/// The reader process alone, for tests that have no `suan`; called with the same arguments.
int main(int argc, char** argv) {
  return argc < 2 ? 2 : suan::engine::run_model_reader(argc - 2, argv + 2);
}
