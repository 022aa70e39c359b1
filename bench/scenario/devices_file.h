#pragma once

#include <string>
#include <vector>

#include "bench/scenario/csv.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// What one device of a class can do, and who says so.
///
/// Units:    0: nobody says
struct DeviceProfile {
  std::string name;
  double memory_gb = 0;  // 1e9 bytes
  double bandwidth_gb_s = 0;
  double compute_tflops = 0;  // 16-bit, dense
  std::string source;         // of the file
  std::string how;            // "bandwidth measured, compute 0.8 x peak"
};

/// What of a peak a program reaches, where nobody has measured.
inline constexpr double kShareOfPeak = 0.8;

/// Reads a table of accelerators: a measured column, else 0.8 x the peak. In a peak's column a
/// trailing `m` marks a measured value.
///
/// Errors:   BadRequest  file, line and what must hold
[[nodiscard]] Result<std::vector<DeviceProfile>> read_devices(NamedText file);

}  // namespace suan::bench
