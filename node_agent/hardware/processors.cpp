#include "node_agent/hardware/processors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <memory>
#include <sched.h>
#include <string>
#include <thread>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <hwloc.h>

#include "node_agent/hardware/gpus.h"

namespace suan::node_agent {

namespace {

struct TopologyDeleter {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};

using Topology = std::unique_ptr<hwloc_topology, TopologyDeleter>;

Topology load_topology() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return nullptr;
  Topology topology(raw);
  if (hwloc_topology_load(raw) != 0) return nullptr;
  return topology;
}

uint32_t count_of(hwloc_topology_t topology, hwloc_obj_type_t type) {
  return static_cast<uint32_t>(std::max(hwloc_get_nbobjs_by_type(topology, type), 0));
}

std::string cpu_model_of(hwloc_topology_t topology) {
  const hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
  const char* name =
      package == nullptr ? nullptr : hwloc_obj_get_info_by_name(package, "CPUModel");
  return name == nullptr ? "" : name;
}

/// All last-level caches together.
uint64_t llc_bytes_of(hwloc_topology_t topology) {
  uint64_t bytes = 0;
  const uint32_t caches = count_of(topology, HWLOC_OBJ_L3CACHE);
  for (uint32_t i = 0; i < caches; ++i) {
    const hwloc_obj_t cache = hwloc_get_obj_by_type(topology, HWLOC_OBJ_L3CACHE, i);
    if (cache != nullptr) bytes += cache->attr->cache.size;
  }
  return bytes;
}

std::string own_hostname() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// CPU time that the control group grants, in cores; 0: no limit.
/// Source:   Linux, Documentation/admin-guide/cgroup-v2.rst, cpu.max
double cgroup_cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::strtod(quota.c_str(), nullptr) / period;
}

#if defined(__x86_64__)

enum class State : uint8_t { None, Avx, Avx512, Amx };  // that the kernel must save

enum class Register : uint8_t { Ebx, Ecx, Edx, Eax };

struct IsaFlag {
  const char* name;
  uint32_t leaf;
  uint32_t subleaf;
  Register where;
  uint32_t bit;
  State state;
};

// Intel SDM volume 2A, CPUID.
constexpr std::array kIsaFlags = {
    IsaFlag{"sse4_2", 1, 0, Register::Ecx, 20, State::None},
    IsaFlag{"avx", 1, 0, Register::Ecx, 28, State::Avx},
    IsaFlag{"f16c", 1, 0, Register::Ecx, 29, State::Avx},
    IsaFlag{"fma", 1, 0, Register::Ecx, 12, State::Avx},
    IsaFlag{"avx2", 7, 0, Register::Ebx, 5, State::Avx},
    IsaFlag{"avx-vnni", 7, 1, Register::Eax, 4, State::Avx},
    IsaFlag{"avx512f", 7, 0, Register::Ebx, 16, State::Avx512},
    IsaFlag{"avx512bw", 7, 0, Register::Ebx, 30, State::Avx512},
    IsaFlag{"avx512vl", 7, 0, Register::Ebx, 31, State::Avx512},
    IsaFlag{"avx512-vnni", 7, 0, Register::Ecx, 11, State::Avx512},
    IsaFlag{"avx512-bf16", 7, 1, Register::Eax, 5, State::Avx512},
    IsaFlag{"avx512-fp16", 7, 0, Register::Edx, 23, State::Avx512},
    IsaFlag{"amx-bf16", 7, 0, Register::Edx, 22, State::Amx},
    IsaFlag{"amx-tile", 7, 0, Register::Edx, 24, State::Amx},
    IsaFlag{"amx-int8", 7, 0, Register::Edx, 25, State::Amx},
};

/// XCR0: the register states that the kernel saves; 0 where XGETBV is not to be used.
uint64_t saved_states() {
  uint32_t eax = 0;
  uint32_t ebx = 0;
  uint32_t ecx = 0;
  uint32_t edx = 0;
  constexpr uint32_t kOsXsave = 1U << 27U;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kOsXsave) == 0) return 0;
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32U) | low;
}

bool is_saved(State state, uint64_t xcr0) {
  switch (state) {
    case State::None:
      return true;
    case State::Avx:
      return (xcr0 & 0x6U) == 0x6U;
    case State::Avx512:
      return (xcr0 & 0xE6U) == 0xE6U;
    case State::Amx:
      return (xcr0 & 0x60000U) == 0x60000U;
  }
  return false;
}

bool has_flag(const IsaFlag& flag) {
  uint32_t eax = 0;
  uint32_t ebx = 0;
  uint32_t ecx = 0;
  uint32_t edx = 0;
  if (__get_cpuid_count(flag.leaf, flag.subleaf, &eax, &ebx, &ecx, &edx) == 0) return false;
  const std::array<uint32_t, 4> registers = {ebx, ecx, edx, eax};
  return (registers[static_cast<size_t>(flag.where)] >> flag.bit & 1U) != 0;
}

#endif

}  // namespace

Hardware discover_hardware(uint32_t threads_used) {
  Hardware hardware;
  hardware.hostname = own_hostname();
  hardware.threads_used = threads_used;
  hardware.isa = instruction_sets();
  hardware.gpus = discover_gpus();
  const Topology topology = load_topology();
  if (topology == nullptr) {
    hardware.cores = std::thread::hardware_concurrency();
    hardware.warnings.emplace_back("hwloc could not read the machine's topology");
    return hardware;
  }
  hardware.cpu_model = cpu_model_of(topology.get());
  hardware.cores = count_of(topology.get(), HWLOC_OBJ_CORE);
  hardware.numa_nodes = std::max(count_of(topology.get(), HWLOC_OBJ_NUMANODE), 1U);
  hardware.memory_bytes = hwloc_get_root_obj(topology.get())->total_memory;
  hardware.llc_bytes = llc_bytes_of(topology.get());
  if (threads_used > usable_cores()) {
    hardware.warnings.push_back(std::to_string(threads_used) + " threads share " +
                                std::to_string(usable_cores()) + " usable cores");
  }
  return hardware;
}

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  const uint64_t xcr0 = saved_states();
  for (const IsaFlag& flag : kIsaFlags) {
    if (is_saved(flag.state, xcr0) && has_flag(flag)) names.emplace_back(flag.name);
  }
#endif
  return names;
}

uint32_t usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  uint32_t cores = std::thread::hardware_concurrency();
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    cores = static_cast<uint32_t>(CPU_COUNT(&allowed));
  }
  const double granted = cgroup_cores();
  if (granted > 0) cores = std::min(cores, static_cast<uint32_t>(std::ceil(granted)));
  return std::max(cores, 1U);
}

}  // namespace suan::node_agent
