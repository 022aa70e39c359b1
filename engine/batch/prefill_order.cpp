#include "engine/batch/prefill_order.h"

#include <algorithm>
#include <tuple>

namespace suan::engine {

void order_prefills(std::vector<Sequence*>& sequences) {
  std::ranges::sort(sequences, {}, [](const Sequence* one) {
    const bool is_late = one->steps_unserved >= kUnservedStepsMax;
    return std::tuple(!is_late, is_late ? 0 : one->catching_up(), one->age);
  });
}

}  // namespace suan::engine
