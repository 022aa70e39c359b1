#pragma once

#include <vector>

#include "catalog/types/node.h"

namespace suan::node_agent {

/// NVIDIA devices through NVML, loaded at run time; empty where the driver is absent.
[[nodiscard]] std::vector<GpuDevice> discover_gpus();

}  // namespace suan::node_agent
