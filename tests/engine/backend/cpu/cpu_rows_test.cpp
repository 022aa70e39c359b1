#include <cmath>

#include "tests/engine/backend/cpu/cpu_probe.h"

// Functions of rows against the reference, over lengths that fill no vector.
namespace suan::engine {
namespace {

class CpuRows : public testing::TestWithParam<std::string> {
 protected:
  /// Both backends do the same to the same numbers. Relative tolerance: sums of up to a few
  /// hundred terms and an exponential, each within some units of 2^-24.
  template <class Work>
  void expect_same(size_t rows, size_t columns, const Work& work) {
    const auto reference = make_backend("reference", 1);
    const auto cpu = make_backend("cpu", 2, GetParam());
    const std::vector<float> wanted = work(*reference, rows, columns);
    const std::vector<float> found = work(*cpu, rows, columns);
    ASSERT_EQ(found.size(), wanted.size());
    for (size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], wanted[i], 2e-6 * (1 + std::fabs(wanted[i])))
          << columns << " columns, element " << i;
    }
  }
};

constexpr size_t kColumns[] = {1, 3, 8, 15, 16, 17, 44, 64, 333};

TEST_P(CpuRows, RmsNorm) {
  for (const size_t columns : kColumns) {
    expect_same(5, columns, [](Backend& backend, size_t rows, size_t n) {
      const Room x(backend, rows, n, random_floats(1, rows * n, 3));
      const Room weight(backend, 1, n, random_floats(2, n));
      const Room out(backend, rows, n);
      backend.rms_norm(x.view, weight.view, 1e-6F, out.view);
      return floats_of(backend, out.view);
    });
  }
}

TEST_P(CpuRows, Swiglu) {
  for (const size_t columns : kColumns) {
    expect_same(4, columns, [](Backend& backend, size_t rows, size_t n) {
      const Room gate(backend, rows, n, random_floats(3, rows * n, 20));
      const Room up(backend, rows, n, random_floats(4, rows * n));
      backend.swiglu(gate.view, up.view, gate.view);
      return floats_of(backend, gate.view);
    });
  }
}

TEST_P(CpuRows, SwigluOfExtremes) {
  expect_same(1, 8, [](Backend& backend, size_t, size_t n) {
    const std::vector<float> gates{-200, -100, -88, -87, 0, 87, 200, 1e30F};
    const Room gate(backend, 1, n, gates);
    const Room up(backend, 1, n, std::vector<float>(n, 1.0F));
    backend.swiglu(gate.view, up.view, gate.view);
    std::vector<float> found = floats_of(backend, gate.view);
    found[7] /= 1e30F;
    return found;
  });
}

TEST_P(CpuRows, AddAndRope) {
  for (const bool is_adjacent : {true, false}) {
    expect_same(7, 52, [&](Backend& backend, size_t rows, size_t n) {
      const Room x(backend, rows, n, random_floats(5, rows * n));
      const Room y(backend, rows, n, random_floats(6, rows * n));
      const Room angles(backend, rows, 12, random_floats(7, rows * 12));
      backend.add(x.view, y.view);
      backend.rope({.heads = 4, .head_stride = 13, .dim = 12, .is_adjacent = is_adjacent},
                   angles.view, x.view);
      return floats_of(backend, x.view);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(AllIsas, CpuRows, all_isas(), name_of_isa);

}  // namespace
}  // namespace suan::engine
