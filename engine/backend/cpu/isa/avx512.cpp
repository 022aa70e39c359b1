// AVX-512 with VNNI: 16 rows side by side, four int8 products a lane in one instruction.
#include <cstddef>
#include <cstdint>
#include <immintrin.h>

#include "engine/backend/cpu/kernels.h"

#define SUAN_INLINE [[gnu::always_inline]] inline

#include "engine/backend/cpu/isa/x86_loads.inc"

namespace suan::engine::cpu {
namespace {

constexpr size_t kLanes = 16;
constexpr size_t kTokensAtOnce = 8;
constexpr bool kTakesBytes = true;  // dot4 takes weights as uint8

using Floats = float __attribute__((vector_size(64), may_alias));
using Ints = int32_t __attribute__((vector_size(64), may_alias));

SUAN_INLINE __m512i raw(Ints x) {
  return reinterpret_cast<__m512i>(x);
}

SUAN_INLINE Ints ints(__m512i x) {
  return reinterpret_cast<Ints>(x);
}

SUAN_INLINE Floats load(const float* from) {
  return _mm512_loadu_ps(from);
}

SUAN_INLINE void store(float* to, Floats x) {
  _mm512_storeu_ps(to, x);
}

SUAN_INLINE Ints load_ints(const void* from) {
  return ints(_mm512_loadu_si512(from));
}

SUAN_INLINE void store_ints(void* to, Ints x) {
  _mm512_storeu_si512(to, raw(x));
}

SUAN_INLINE Floats every(float x) {
  return _mm512_set1_ps(x);
}

SUAN_INLINE Ints every_int(int32_t x) {
  return ints(_mm512_set1_epi32(x));
}

SUAN_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
  return _mm512_fmadd_ps(a, b, c);
}

/// Of two, the larger; b where a is NaN.
SUAN_INLINE Floats larger(Floats a, Floats b) {
  return _mm512_max_ps(a, b);
}

SUAN_INLINE Floats smaller(Floats a, Floats b) {
  return _mm512_min_ps(a, b);
}

SUAN_INLINE Floats root(Floats x) {
  return _mm512_sqrt_ps(x);
}

SUAN_INLINE Floats to_floats(Ints x) {
  return _mm512_cvtepi32_ps(raw(x));
}

SUAN_INLINE Ints to_nearest(Floats x) {
  return ints(_mm512_cvtps_epi32(x));
}

SUAN_INLINE Ints shift_right(Ints x, int bits) {
  return ints(_mm512_srli_epi32(raw(x), static_cast<unsigned>(bits)));
}

/// x * 2^n
SUAN_INLINE Floats times_power(Floats x, Ints n) {
  return _mm512_scalef_ps(x, _mm512_cvtepi32_ps(raw(n)));
}

/// Adds upper halves to lower ones until one number is left.
SUAN_INLINE float sum_of(Floats x) {
  const __m256 eight = _mm512_castps512_ps256(x) + _mm512_extractf32x8_ps(x, 1);
  const __m128 four = _mm256_castps256_ps128(eight) + _mm256_extractf128_ps(eight, 1);
  const __m128 two = four + _mm_movehl_ps(four, four);
  return two[0] + two[1];
}

SUAN_INLINE float largest_of(Floats x) {
  return _mm512_reduce_max_ps(x);
}

SUAN_INLINE int32_t sum_of_ints(Ints x) {
  return _mm512_reduce_add_epi32(raw(x));
}

/// float16 in the lower halves of the lanes.
SUAN_INLINE Floats of_halves(Ints x) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(raw(x)));
}

/// acc + the sum of four products of a lane's bytes.
SUAN_INLINE Ints dot4(Ints acc, Ints weights, Ints x) {
  return ints(_mm512_dpbusd_epi32(raw(acc), raw(weights), raw(x)));
}

/// Writes the lanes' low bytes.
SUAN_INLINE void store_bytes(int8_t* to, Ints x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(raw(x)));
}

/// Every fourth row: 16 bytes of each. Masked loads spare the shuffle ports.
SUAN_INLINE __m512i four_rows(const unsigned char* from, size_t stride) {
  __m512i four = _mm512_castsi128_si512(load_16(from));
  four = _mm512_mask_broadcast_i32x4(four, 0x00F0, load_16(from + 4 * stride));
  four = _mm512_mask_broadcast_i32x4(four, 0x0F00, load_16(from + 8 * stride));
  return _mm512_mask_broadcast_i32x4(four, 0xF000, load_16(from + 12 * stride));
}

/// 16 bytes of every row from `offset` on: out[j] holds their j-th four.
SUAN_INLINE void load_columns(const Rows& rows, size_t offset, Ints out[4]) {
  const unsigned char* from = rows.first + offset;
  const __m512i a = four_rows(from, rows.stride);
  const __m512i b = four_rows(from + rows.stride, rows.stride);
  const __m512i c = four_rows(from + 2 * rows.stride, rows.stride);
  const __m512i d = four_rows(from + 3 * rows.stride, rows.stride);
  const __m512i ab_low = _mm512_unpacklo_epi32(a, b);
  const __m512i ab_high = _mm512_unpackhi_epi32(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi32(c, d);
  const __m512i cd_high = _mm512_unpackhi_epi32(c, d);
  out[0] = ints(_mm512_unpacklo_epi64(ab_low, cd_low));
  out[1] = ints(_mm512_unpackhi_epi64(ab_low, cd_low));
  out[2] = ints(_mm512_unpacklo_epi64(ab_high, cd_high));
  out[3] = ints(_mm512_unpackhi_epi64(ab_high, cd_high));
}

/// The float16 at `offset` of every row.
SUAN_INLINE Floats load_halves(const Rows& rows, size_t offset) {
  const unsigned char* from = rows.first + offset;
  const __m128i low = load_words(from, rows.stride);
  const __m128i high = load_words(from + 8 * rows.stride, rows.stride);
  return _mm512_cvtph_ps(_mm256_set_m128i(high, low));
}

}  // namespace
}  // namespace suan::engine::cpu

#include "engine/backend/cpu/isa/kernels_body.inc"

namespace suan::engine::cpu {

const KernelTable& avx512_kernels() {
  static const KernelTable kTable = make_table("avx512");
  return kTable;
}

}  // namespace suan::engine::cpu
