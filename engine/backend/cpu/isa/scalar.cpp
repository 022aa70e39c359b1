// No instruction set in particular: four rows side by side in the compiler's own vectors, which
// become NEON or SSE2 registers.
#include <cstddef>
#include <cstdint>

#include "engine/backend/cpu/kernels.h"

#define SUAN_INLINE [[gnu::always_inline]] inline

namespace suan::engine::cpu {
namespace {

constexpr size_t kLanes = 4;
constexpr size_t kTokensAtOnce = 4;
constexpr bool kTakesBytes = false;  // dot4 takes weights as int8

using Floats = float __attribute__((vector_size(16), may_alias));
using Ints = int32_t __attribute__((vector_size(16), may_alias));
using Words = uint32_t __attribute__((vector_size(16), may_alias));

SUAN_INLINE Floats load(const float* from) {
  Floats x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}

SUAN_INLINE void store(float* to, Floats x) {
  __builtin_memcpy(to, &x, sizeof x);
}

SUAN_INLINE Ints load_ints(const void* from) {
  Ints x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}

SUAN_INLINE void store_ints(void* to, Ints x) {
  __builtin_memcpy(to, &x, sizeof x);
}

SUAN_INLINE Floats every(float x) {
  return Floats{x, x, x, x};
}

SUAN_INLINE Ints every_int(int32_t x) {
  return Ints{x, x, x, x};
}

SUAN_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
  return a * b + c;
}

/// Of two, the larger; b where a is NaN.
SUAN_INLINE Floats larger(Floats a, Floats b) {
  for (size_t i = 0; i < kLanes; ++i)
    b[i] = a[i] > b[i] ? a[i] : b[i];
  return b;
}

SUAN_INLINE Floats smaller(Floats a, Floats b) {
  for (size_t i = 0; i < kLanes; ++i)
    b[i] = a[i] < b[i] ? a[i] : b[i];
  return b;
}

SUAN_INLINE Floats root(Floats x) {
  for (size_t i = 0; i < kLanes; ++i)
    x[i] = __builtin_sqrtf(x[i]);
  return x;
}

SUAN_INLINE Floats to_floats(Ints x) {
  return __builtin_convertvector(x, Floats);
}

/// Rounds to nearest, ties to even, for |x| < 2^22; what is added pushes the fraction out.
SUAN_INLINE Ints to_nearest(Floats x) {
  constexpr float kPush = 12582912.0F;  // 1.5 * 2^23
  const Floats pushed = x + kPush;
  return reinterpret_cast<Ints>(pushed) - reinterpret_cast<Ints>(every(kPush));
}

SUAN_INLINE Ints shift_right(Ints x, int bits) {
  return reinterpret_cast<Ints>(reinterpret_cast<Words>(x) >> static_cast<uint32_t>(bits));
}

/// x * 2^n, in two steps: n may be as low as -252.
SUAN_INLINE Floats times_power(Floats x, Ints n) {
  const Ints half = n >> 1;
  const Floats low = reinterpret_cast<Floats>((half + 127) << 23);
  const Floats high = reinterpret_cast<Floats>((n - half + 127) << 23);
  return x * low * high;
}

SUAN_INLINE float sum_of(Floats x) {
  return (x[0] + x[2]) + (x[1] + x[3]);
}

SUAN_INLINE float largest_of(Floats x) {
  const float a = x[0] > x[2] ? x[0] : x[2];
  const float b = x[1] > x[3] ? x[1] : x[3];
  return a > b ? a : b;
}

SUAN_INLINE int32_t sum_of_ints(Ints x) {
  return x[0] + x[1] + x[2] + x[3];
}

/// float16 in the lower halves of the lanes: the bits as a float 2^112 too small, then put right.
SUAN_INLINE Floats of_halves(Ints x) {
  const Ints sign = (x & 0x8000) << 16;
  const Ints rest = (x & 0x7FFF) << 13;
  Floats size = reinterpret_cast<Floats>(rest) * every(0x1p112F);
  for (size_t i = 0; i < kLanes; ++i) {
    if ((x[i] & 0x7C00) == 0x7C00)
      size[i] = (x[i] & 0x3FF) != 0 ? __builtin_nanf("") : __builtin_inff();
  }
  return reinterpret_cast<Floats>(reinterpret_cast<Ints>(size) | sign);
}

/// acc + the sum of four products of a lane's bytes.
SUAN_INLINE Ints dot4(Ints acc, Ints weights, Ints x) {
  for (int shift = 0; shift < 32; shift += 8)
    acc += ((weights << (24 - shift)) >> 24) * ((x << (24 - shift)) >> 24);
  return acc;
}

/// Writes the lanes' low bytes.
SUAN_INLINE void store_bytes(int8_t* to, Ints x) {
  for (size_t i = 0; i < kLanes; ++i)
    to[i] = static_cast<int8_t>(x[i]);
}

/// 16 bytes of every row from `offset` on: out[j] holds their j-th four.
SUAN_INLINE void load_columns(const Rows& rows, size_t offset, Ints out[4]) {
  int32_t fours[kLanes][4];
  for (size_t lane = 0; lane < kLanes; ++lane)
    __builtin_memcpy(fours[lane], rows.first + lane * rows.stride + offset, sizeof fours[lane]);
  for (size_t j = 0; j < 4; ++j)
    out[j] = Ints{fours[0][j], fours[1][j], fours[2][j], fours[3][j]};
}

SUAN_INLINE int32_t load_word(const unsigned char* from) {
  uint16_t bits;
  __builtin_memcpy(&bits, from, sizeof bits);
  return bits;
}

/// The float16 at `offset` of every row.
SUAN_INLINE Floats load_halves(const Rows& rows, size_t offset) {
  const unsigned char* from = rows.first + offset;
  return of_halves(Ints{load_word(from), load_word(from + rows.stride),
                        load_word(from + 2 * rows.stride), load_word(from + 3 * rows.stride)});
}

/// Into the second cache: the first holds little more than the tile at work.
SUAN_INLINE void prefetch(const unsigned char* from) {
  __builtin_prefetch(from, 0, 2);
}

}  // namespace
}  // namespace suan::engine::cpu

#include "engine/backend/cpu/isa/kernels_body.inc"

namespace suan::engine::cpu {

const KernelTable& scalar_kernels() {
  static const KernelTable kTable = make_table("scalar");
  return kTable;
}

}  // namespace suan::engine::cpu
