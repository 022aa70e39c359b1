#include "engine/backend/cpu/instruction_sets.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/weights/model_file.h"

namespace suan::engine::cpu {
namespace {

using Tables = std::vector<const KernelTable*>;

#if defined(__x86_64__)
/// Conversions of float16, which clang 14's checks do not know.
bool has_f16c() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

// The compiler's checks read the CPUID bits, and XCR0 for whether the system saves the registers.
Tables available() {
  Tables tables;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool has_avx512 =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni");
  const bool has_avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  if (has_avx512) tables.push_back(&avx512_kernels());
  if (has_avx2) tables.push_back(&avx2_kernels());
#endif
  tables.push_back(&scalar_kernels());
  return tables;
}

}  // namespace

std::vector<std::string> available_instruction_sets() {
  std::vector<std::string> names;
  for (const KernelTable* table : available())
    names.emplace_back(table->name);
  return names;
}

const KernelTable& kernels_for(const std::string& name) {
  const Tables tables = available();
  if (name == "auto") return *tables.front();
  for (const KernelTable* table : tables) {
    if (table->name == name) return *table;
  }
  throw ModelError(fmt::format("this processor has no instruction set '{}'; it has: {}", name,
                               fmt::join(available_instruction_sets(), ", ")));
}

}  // namespace suan::engine::cpu
