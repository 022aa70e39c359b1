#!/usr/bin/env python3
"""Writes vectors.jsonl: blocks of each weight type and the numbers that they mean.

Element by element, from the mathematics of the formats (engine.md, sections 6 and 8): each weight
is looked up by its index, where the engine walks over a block's bytes. `--check make_gguf.py`
compares with that tool's own arithmetic where it has the type.
"""
import argparse
import importlib.util
import json
import os
import struct

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def f16(block, at):
    return struct.unpack_from("<e", block, at)[0]


def i8(block, at):
    return struct.unpack_from("<b", block, at)[0]


def bits_of(block, first_bit, count):
    """`count` bits of a little-endian bit string, the lowest first."""
    return int.from_bytes(block, "little") >> first_bit & ((1 << count) - 1)


def half_byte(block, at, i):
    """Of 32 four-bit numbers in 16 bytes: byte i mod 16, low half for i < 16."""
    return bits_of(block, 8 * (at + i % 16) + 4 * (i // 16), 4)


def q8_0(b, i):
    return f16(b, 0) * i8(b, 2 + i)


def q4_0(b, i):
    return f16(b, 0) * (half_byte(b, 2, i) - 8)


def q4_1(b, i):
    return f16(b, 0) * half_byte(b, 4, i) + f16(b, 2)


def q5_0(b, i):
    return f16(b, 0) * (half_byte(b, 6, i) + 16 * bits_of(b, 16 + i, 1) - 16)


def q5_1(b, i):
    return f16(b, 0) * (half_byte(b, 8, i) + 16 * bits_of(b, 32 + i, 1)) + f16(b, 2)


def k_scale(b, run):
    """(scale, minimum) of a run: six bits each, in the 12 bytes from byte 4 on."""
    byte = lambda n: b[4 + n]
    if run < 4:
        return byte(run) % 64, byte(4 + run) % 64
    return (byte(4 + run) % 16 + byte(run - 4) // 64 * 16,
            byte(4 + run) // 16 + byte(run) // 64 * 16)


def q4_k(b, i):
    run = i // 32
    scale, minimum = k_scale(b, run)
    q = bits_of(b, 8 * (16 + 32 * (i // 64) + i % 32) + 4 * (run % 2), 4)
    return f16(b, 0) * scale * q - f16(b, 2) * minimum


def q5_k(b, i):
    run = i // 32
    scale, minimum = k_scale(b, run)
    low = bits_of(b, 8 * (48 + 32 * (i // 64) + i % 32) + 4 * (run % 2), 4)
    high = bits_of(b, 8 * (16 + i % 32) + run, 1)
    return f16(b, 0) * scale * (low + 16 * high) - f16(b, 2) * minimum


def q6_k(b, i):
    half, run, lane = i // 128, i // 32 % 4, i % 32
    low = bits_of(b, 8 * (64 * half + 32 * (run % 2) + lane) + 4 * (run // 2), 4)
    high = bits_of(b, 8 * (128 + 32 * half + lane) + 2 * run, 2)
    return f16(b, 208) * i8(b, 192 + i // 16) * (low + 16 * high - 32)


def f8_e4m3(b, i):
    code = b[i]
    sign = -1.0 if code >= 128 else 1.0
    exponent, fraction = code % 128 // 8, code % 8
    if code % 128 == 127:
        return float("nan")
    if exponent == 0:
        return sign * fraction / 8 * 2.0**-6
    return sign * (1 + fraction / 8) * 2.0 ** (exponent - 7)


# name: elements and bytes of a block, where its f16 numbers stand, one weight of it
TYPES = {
    "q8_0": (32, 34, (0,), q8_0),
    "q4_0": (32, 18, (0,), q4_0),
    "q4_1": (32, 20, (0, 2), q4_1),
    "q5_0": (32, 22, (0,), q5_0),
    "q5_1": (32, 24, (0, 2), q5_1),
    "q4_k": (256, 144, (0, 2), q4_k),
    "q5_k": (256, 176, (0, 2), q5_k),
    "q6_k": (256, 210, (208,), q6_k),
    "f8_e4m3": (256, 256, (), f8_e4m3),
}


def block_of(name, rng):
    elements, size, halves, _ = TYPES[name]
    if name == "f8_e4m3":
        return bytes(range(256))
    block = bytearray(rng.integers(0, 256, size, dtype=np.uint8).tobytes())
    for at in halves:
        block[at:at + 2] = np.float16(rng.standard_normal() / 16).tobytes()
    return bytes(block)


def check(tool, name, data, values):
    spec = importlib.util.spec_from_file_location("make_gguf", tool)
    other = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(other)
    try:
        theirs = other.dequant(name, np.frombuffer(data, np.uint8), len(values))
    except (SystemExit, KeyError):
        return "not compared"
    assert np.abs(theirs - values).max() <= 1e-6 * np.abs(values).max(), name
    return "agrees"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", metavar="make_gguf.py")
    args = parser.parse_args()
    rng = np.random.Generator(np.random.PCG64(20241226))
    with open(os.path.join(HERE, "vectors.jsonl"), "w") as out:
        for name, (elements, size, _, weight) in TYPES.items():
            blocks = [block_of(name, rng) for _ in range(1 if name == "f8_e4m3" else 2)]
            values = np.array([weight(b, i) for b in blocks for i in range(elements)], np.float32)
            line = {"type": name, "bytes": b"".join(blocks).hex(),
                    "floats": values.astype("<f4").tobytes().hex()}
            out.write(json.dumps(line) + "\n")
            if args.check:
                print(name, check(args.check, name, b"".join(blocks), values))


if __name__ == "__main__":
    main()
