#include "bench/suites.h"

#include <string>

#include "suan_bench_data.h"

namespace suan::bench {

std::vector<std::string_view> suite_names() {
  return {"demo"};
}

std::string_view suite_text(std::string_view name) {
  return suan_bench_data::embedded(std::string(name) + ".bench.json");
}

}  // namespace suan::bench
