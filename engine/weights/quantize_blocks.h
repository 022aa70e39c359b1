#pragma once

#include <span>

namespace suan::engine {

// One block each: 32 elements, or 256 (K). Layouts stand in engine.md section 8 and in
// dequantize_blocks.cpp. Values are finite.

void quantize_q8_0(std::span<const float> values, unsigned char* out);
void quantize_q4_0(std::span<const float> values, unsigned char* out);
void quantize_q4_1(std::span<const float> values, unsigned char* out);
void quantize_q5_0(std::span<const float> values, unsigned char* out);
void quantize_q5_1(std::span<const float> values, unsigned char* out);
void quantize_q4_k(std::span<const float> values, unsigned char* out);
void quantize_q5_k(std::span<const float> values, unsigned char* out);
void quantize_q6_k(std::span<const float> values, unsigned char* out);

/// Stores a float16 and returns what it says now.
float store_f16(float value, unsigned char* out);

}  // namespace suan::engine
