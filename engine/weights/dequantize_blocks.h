#pragma once

#include <span>

namespace suan::engine {

// One function for each type of `kBlockTypes`: whole blocks of it as floats.
//
// Shapes:   data  as many blocks as `out` needs; need not be aligned
// Source:   engine.md sections 6 and 8; ggml's `ggml-common.h` for the order of the bits

void dequantize_f32(const unsigned char* data, std::span<float> out);
void dequantize_f16(const unsigned char* data, std::span<float> out);
void dequantize_bf16(const unsigned char* data, std::span<float> out);
void dequantize_q8_0(const unsigned char* data, std::span<float> out);
void dequantize_q4_0(const unsigned char* data, std::span<float> out);
void dequantize_q4_1(const unsigned char* data, std::span<float> out);
void dequantize_q5_0(const unsigned char* data, std::span<float> out);
void dequantize_q5_1(const unsigned char* data, std::span<float> out);
void dequantize_q4_k(const unsigned char* data, std::span<float> out);
void dequantize_q5_k(const unsigned char* data, std::span<float> out);
void dequantize_q6_k(const unsigned char* data, std::span<float> out);

/// Without the scales of the blocks of 128 x 128: those are the caller's.
void dequantize_f8_e4m3(const unsigned char* data, std::span<float> out);

}  // namespace suan::engine
