#include "node_agent/hardware/gpus.h"

#include <array>
#include <cstdint>
#include <dlfcn.h>
#include <memory>

namespace suan::node_agent {

namespace {

// The few calls of NVML that are needed, as its documentation gives them; a build must not
// need the CUDA Toolkit for them.
using Device = void*;

struct MemoryInfo {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

constexpr int kSuccess = 0;
constexpr unsigned kDevicesMax = 64;

struct LibraryCloser {
  void operator()(void* library) const { dlclose(library); }
};

struct Nvml {
  std::unique_ptr<void, LibraryCloser> library;
  int (*init)() = nullptr;
  int (*shut_down)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, Device*) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*memory)(Device, MemoryInfo*) = nullptr;

  template <class Function>
  bool find(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(dlsym(library.get(), symbol));
    return function != nullptr;
  }

  bool load() {
    library.reset(dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL));
    return library != nullptr && find(init, "nvmlInit_v2") && find(shut_down, "nvmlShutdown") &&
           find(count, "nvmlDeviceGetCount_v2") &&
           find(handle, "nvmlDeviceGetHandleByIndex_v2") && find(name, "nvmlDeviceGetName") &&
           find(memory, "nvmlDeviceGetMemoryInfo");
  }
};

GpuDevice describe(const Nvml& nvml, Device device) {
  GpuDevice gpu;
  std::array<char, 128> name{};
  if (nvml.name(device, name.data(), name.size() - 1) == kSuccess) gpu.name = name.data();
  MemoryInfo memory{};
  if (nvml.memory(device, &memory) == kSuccess) gpu.memory_bytes = memory.total;
  return gpu;
}

}  // namespace

std::vector<GpuDevice> discover_gpus() {
  std::vector<GpuDevice> gpus;
  Nvml nvml;
  if (!nvml.load() || nvml.init() != kSuccess) return gpus;
  unsigned count = 0;
  if (nvml.count(&count) != kSuccess) count = 0;
  for (unsigned i = 0; i < count && i < kDevicesMax; ++i) {
    Device device = nullptr;
    if (nvml.handle(i, &device) == kSuccess) gpus.push_back(describe(nvml, device));
  }
  nvml.shut_down();
  return gpus;
}

}  // namespace suan::node_agent
