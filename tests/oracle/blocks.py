"""Stored weights as float64: one function per block type, each from the type's definition.

A function takes uint8 [blocks, bytes of a block] and returns float64 [blocks, elements]. All numbers
are little-endian; `d` is a scale, `m` a minimum, `q` a small whole number.
"""

import numpy as np


def _half(raw):
    """Two bytes a row, as IEEE half precision."""
    return np.ascontiguousarray(raw).view("<f2").astype(np.float64)


def _nibbles(raw):
    """The low four bits of all bytes, then the high four."""
    return np.concatenate([raw & 15, raw >> 4], axis=1).astype(np.float64)


def _fifth_bits(raw):
    """Bit i of a 32-bit word, as the 16 of element i."""
    word = np.ascontiguousarray(raw).view("<u4")
    return ((word >> np.arange(32, dtype=np.uint32)) & 1).astype(np.float64) * 16


def f32(raw):
    return raw.view("<f4").astype(np.float64)


def f16(raw):
    return raw.view("<f2").astype(np.float64)


def bf16(raw):
    return (raw.view("<u2").astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def q8_0(raw):
    return _half(raw[:, :2]) * raw[:, 2:].view(np.int8).astype(np.float64)


def q4_0(raw):
    return _half(raw[:, :2]) * (_nibbles(raw[:, 2:]) - 8)


def q4_1(raw):
    return _half(raw[:, :2]) * _nibbles(raw[:, 4:]) + _half(raw[:, 2:4])


def q5_0(raw):
    return _half(raw[:, :2]) * (_nibbles(raw[:, 6:]) + _fifth_bits(raw[:, 2:6]) - 16)


def q5_1(raw):
    q = _nibbles(raw[:, 8:]) + _fifth_bits(raw[:, 4:8])
    return _half(raw[:, :2]) * q + _half(raw[:, 2:4])


def _k_scales(raw):
    """Eight scales and eight minima of six bits each, packed into twelve bytes.

    Bytes 0-3 hold scales 0-3 in their low six bits, bytes 4-7 minima 0-3 likewise. Bytes 8-11 hold
    the low four bits of scales and minima 4-7, whose two high bits are those left over before.
    """
    first, second, third = raw[:, 0:4], raw[:, 4:8], raw[:, 8:12]
    scales = np.concatenate([first & 63, (third & 15) | ((first >> 6) << 4)], axis=1)
    minima = np.concatenate([second & 63, (third >> 4) | ((second >> 6) << 4)], axis=1)
    return scales.astype(np.float64), minima.astype(np.float64)


def _k_block(raw, q):
    """w = d * scale * q - dmin * minimum, for eight runs of 32."""
    scales, minima = _k_scales(raw[:, 4:16])
    d, dmin = _half(raw[:, 0:2]) * scales, _half(raw[:, 2:4]) * minima
    return (d[:, :, None] * q - dmin[:, :, None]).reshape(len(raw), 256)


def _k_nibbles(raw):
    """128 bytes as eight runs of 32: each 32 bytes hold one run low and the next one high."""
    pairs = raw.reshape(len(raw), 4, 32)
    return np.stack([pairs & 15, pairs >> 4], axis=2).reshape(len(raw), 8, 32).astype(np.float64)


def q4_k(raw):
    return _k_block(raw, _k_nibbles(raw[:, 16:]))


def q5_k(raw):
    """As q4_k; bit r of byte i is the fifth bit of element i of run r."""
    high = (raw[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[None, :, None]) & 1
    return _k_block(raw, _k_nibbles(raw[:, 48:]) + 16.0 * high)


def q6_k(raw):
    """Two halves of 128: four runs of 32 whose low four bits share 64 bytes and whose high two
    bits share 32; a scale for every 16."""
    low = raw[:, :128].reshape(-1, 2, 2, 32)
    high = raw[:, 128:192].reshape(-1, 2, 32)
    scales = np.ascontiguousarray(raw[:, 192:208]).view(np.int8).astype(np.float64)
    runs = []
    for run in range(4):
        four = (low[:, :, run % 2] >> (4 * (run // 2))) & 15
        runs.append(four | (((high >> (2 * run)) & 3) << 4))
    q = np.stack(runs, axis=2).astype(np.float64) - 32
    w = q.reshape(-1, 16, 16) * (_half(raw[:, 208:]) * scales)[:, :, None]
    return w.reshape(len(raw), 256)


def _e4m3_values():
    """All 256 values: one sign, four exponent bits with bias 7, three of fraction; 0x7f is NaN."""
    values = np.empty(256)
    for code in range(256):
        sign = -1.0 if code & 128 else 1.0
        exponent, fraction = (code >> 3) & 15, code & 7
        if code & 127 == 127:
            values[code] = np.nan
        elif exponent == 0:
            values[code] = sign * fraction * 2.0**-9
        else:
            values[code] = sign * (1 + fraction / 8) * 2.0 ** (exponent - 7)
    return values


_E4M3 = _e4m3_values()


def f8_e4m3(raw):
    return _E4M3[raw]


# GGUF's number of a type -> (elements of a block, bytes of a block, function)
GGUF_TYPES = {
    0: (1, 4, f32),
    1: (1, 2, f16),
    2: (32, 18, q4_0),
    3: (32, 20, q4_1),
    6: (32, 22, q5_0),
    7: (32, 24, q5_1),
    8: (32, 34, q8_0),
    12: (256, 144, q4_k),
    13: (256, 176, q5_k),
    14: (256, 210, q6_k),
    30: (1, 2, bf16),
}

# safetensors' name of a type -> (bytes of an element, function)
SAFETENSORS_TYPES = {
    "F32": (4, f32),
    "F16": (2, f16),
    "BF16": (2, bf16),
    "F8_E4M3": (1, f8_e4m3),
}


def dequantize(data, block, function):
    """bytes -> float64, flat."""
    raw = np.frombuffer(data, np.uint8).reshape(-1, block)
    return function(raw).reshape(-1)
