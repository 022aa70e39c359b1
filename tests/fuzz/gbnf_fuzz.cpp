// Rules of GBNF: compiled within their limits or refused by a sentence; what they allow is what
// they accept.
#include <cstdint>

#include "tests/fuzz/grammar_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::engine;  // NOLINT(google-build-using-namespace)
  const GrammarSource source{.kind = GrammarSource::Kind::Gbnf,
                             .text = {reinterpret_cast<const char*>(data), size}};
  (void)suan::fuzz::walk(source, size);
  return 0;
}
