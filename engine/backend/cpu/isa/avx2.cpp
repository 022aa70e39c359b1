// AVX2 with FMA and F16C: 8 rows side by side.
#include <cstddef>
#include <cstdint>
#include <immintrin.h>

#include "engine/backend/cpu/kernels.h"

#define SUAN_INLINE [[gnu::always_inline]] inline

#include "engine/backend/cpu/isa/x86_loads.inc"

namespace suan::engine::cpu {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kTokensAtOnce = 4;
constexpr bool kTakesBytes = false;  // dot4 takes weights as int8

using Floats = float __attribute__((vector_size(32), may_alias));
using Ints = int32_t __attribute__((vector_size(32), may_alias));

SUAN_INLINE __m256i raw(Ints x) {
  return reinterpret_cast<__m256i>(x);
}

SUAN_INLINE Ints ints(__m256i x) {
  return reinterpret_cast<Ints>(x);
}

SUAN_INLINE Floats load(const float* from) {
  return _mm256_loadu_ps(from);
}

SUAN_INLINE void store(float* to, Floats x) {
  _mm256_storeu_ps(to, x);
}

SUAN_INLINE Ints load_ints(const void* from) {
  return ints(_mm256_loadu_si256(static_cast<const __m256i*>(from)));
}

SUAN_INLINE void store_ints(void* to, Ints x) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), raw(x));
}

SUAN_INLINE Floats every(float x) {
  return _mm256_set1_ps(x);
}

SUAN_INLINE Ints every_int(int32_t x) {
  return ints(_mm256_set1_epi32(x));
}

SUAN_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
  return _mm256_fmadd_ps(a, b, c);
}

/// Of two, the larger; b where a is NaN.
SUAN_INLINE Floats larger(Floats a, Floats b) {
  return _mm256_max_ps(a, b);
}

SUAN_INLINE Floats smaller(Floats a, Floats b) {
  return _mm256_min_ps(a, b);
}

SUAN_INLINE Floats root(Floats x) {
  return _mm256_sqrt_ps(x);
}

SUAN_INLINE Floats to_floats(Ints x) {
  return _mm256_cvtepi32_ps(raw(x));
}

SUAN_INLINE Ints to_nearest(Floats x) {
  return ints(_mm256_cvtps_epi32(x));
}

SUAN_INLINE Ints shift_right(Ints x, int bits) {
  return ints(_mm256_srli_epi32(raw(x), bits));
}

/// x * 2^n, in two steps: n may be as low as -252.
SUAN_INLINE Floats times_power(Floats x, Ints n) {
  const Ints half = n >> 1;
  const Floats low = reinterpret_cast<Floats>((half + 127) << 23);
  const Floats high = reinterpret_cast<Floats>((n - half + 127) << 23);
  return x * low * high;
}

/// Adds upper halves to lower ones until one number is left.
SUAN_INLINE float sum_of(Floats x) {
  const __m128 four = _mm256_castps256_ps128(x) + _mm256_extractf128_ps(x, 1);
  const __m128 two = four + _mm_movehl_ps(four, four);
  return two[0] + two[1];
}

SUAN_INLINE float largest_of(Floats x) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return two[0] > two[1] ? two[0] : two[1];
}

SUAN_INLINE int32_t sum_of_ints(Ints x) {
  int32_t sum = 0;
  for (size_t i = 0; i < kLanes; ++i)
    sum += x[i];
  return sum;
}

/// float16 in the lower halves of the lanes.
SUAN_INLINE Floats of_halves(Ints x) {
  const __m256i packed = _mm256_packus_epi32(raw(x & 0xFFFF), _mm256_setzero_si256());
  const __m256i joined = _mm256_permute4x64_epi64(packed, 0x08);
  return _mm256_cvtph_ps(_mm256_castsi256_si128(joined));
}

/// acc + the sum of four products of a lane's bytes. The signs go to x, so that pairs of products
/// stay within int16: 2 * 128 * 127.
SUAN_INLINE Ints dot4(Ints acc, Ints weights, Ints x) {
  const __m256i size = _mm256_abs_epi8(raw(weights));
  const __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(raw(x), raw(weights)));
  return acc + ints(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/// Writes the lanes' low bytes.
SUAN_INLINE void store_bytes(int8_t* to, Ints x) {
  for (size_t i = 0; i < kLanes; ++i)
    to[i] = static_cast<int8_t>(x[i]);
}

/// Two rows, four apart: 16 bytes of each.
SUAN_INLINE __m256i two_rows(const unsigned char* from, size_t stride) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(from)),
                                 load_16(from + 4 * stride), 1);
}

/// 16 bytes of every row from `offset` on: out[j] holds their j-th four.
SUAN_INLINE void load_columns(const Rows& rows, size_t offset, Ints out[4]) {
  const unsigned char* from = rows.first + offset;
  const __m256i a = two_rows(from, rows.stride);
  const __m256i b = two_rows(from + rows.stride, rows.stride);
  const __m256i c = two_rows(from + 2 * rows.stride, rows.stride);
  const __m256i d = two_rows(from + 3 * rows.stride, rows.stride);
  const __m256i ab_low = _mm256_unpacklo_epi32(a, b);
  const __m256i ab_high = _mm256_unpackhi_epi32(a, b);
  const __m256i cd_low = _mm256_unpacklo_epi32(c, d);
  const __m256i cd_high = _mm256_unpackhi_epi32(c, d);
  out[0] = ints(_mm256_unpacklo_epi64(ab_low, cd_low));
  out[1] = ints(_mm256_unpackhi_epi64(ab_low, cd_low));
  out[2] = ints(_mm256_unpacklo_epi64(ab_high, cd_high));
  out[3] = ints(_mm256_unpackhi_epi64(ab_high, cd_high));
}

/// The float16 at `offset` of every row.
SUAN_INLINE Floats load_halves(const Rows& rows, size_t offset) {
  return _mm256_cvtph_ps(load_words(rows.first + offset, rows.stride));
}

}  // namespace
}  // namespace suan::engine::cpu

#include "engine/backend/cpu/isa/kernels_body.inc"

namespace suan::engine::cpu {

const KernelTable& avx2_kernels() {
  static const KernelTable kTable = make_table("avx2");
  return kTable;
}

}  // namespace suan::engine::cpu
