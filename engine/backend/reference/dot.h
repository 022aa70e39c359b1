#pragma once

#include <cstddef>
#include <cstring>

namespace suan::engine::reference {

/// Four floats that the compiler keeps in one register, on every machine.
using Lanes = float __attribute__((vector_size(16)));

inline Lanes load_lanes(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

inline void store_lanes(float* to, const Lanes& lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}

/// a . b, always added up in the same order: two sums of four lanes, then the last n % 4.
inline float dot(const float* a, const float* b, size_t n) {
  Lanes even{};
  Lanes odd{};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    even += load_lanes(a + i) * load_lanes(b + i);
    odd += load_lanes(a + i + 4) * load_lanes(b + i + 4);
  }
  if (i + 4 <= n) {
    even += load_lanes(a + i) * load_lanes(b + i);
    i += 4;
  }
  even += odd;
  float sum = (even[0] + even[2]) + (even[1] + even[3]);
  for (; i < n; ++i)
    sum += a[i] * b[i];
  return sum;
}

/// Four rows times one vector, each sum in the order of `dot`; reads the vector once.
inline void dot_of_four(const float* const rows[4], const float* b, size_t n, float out[4]) {
  Lanes even[4]{};
  Lanes odd[4]{};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const Lanes low = load_lanes(b + i);
    const Lanes high = load_lanes(b + i + 4);
    for (int r = 0; r < 4; ++r) {
      even[r] += load_lanes(rows[r] + i) * low;
      odd[r] += load_lanes(rows[r] + i + 4) * high;
    }
  }
  if (i + 4 <= n) {
    const Lanes low = load_lanes(b + i);
    for (int r = 0; r < 4; ++r)
      even[r] += load_lanes(rows[r] + i) * low;
    i += 4;
  }
  for (int r = 0; r < 4; ++r) {
    const Lanes sums = even[r] + odd[r];
    out[r] = (sums[0] + sums[2]) + (sums[1] + sums[3]);
    for (size_t j = i; j < n; ++j)
      out[r] += rows[r][j] * b[j];
  }
}

/// y += a * x
inline void add_scaled(float a, const float* x, float* y, size_t n) {
  const Lanes scale{a, a, a, a};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    store_lanes(y + i, load_lanes(y + i) + scale * load_lanes(x + i));
  for (; i < n; ++i)
    y[i] += a * x[i];
}

}  // namespace suan::engine::reference
