"""Reads folders with config.json and safetensors, FP8 with block scales included."""

import glob
import json
import os
import struct

import numpy as np

from blocks import SAFETENSORS_TYPES, dequantize

_SCALE_BLOCK = 128


class SafetensorsFolder:
    """The configuration in `config`; `tensor(name)` is a float64 array."""

    def __init__(self, path):
        with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
            self.config = json.load(file)
        self._tensors, self._read_before = {}, {}
        for name in sorted(glob.glob(os.path.join(path, "*.safetensors"))):
            self._read(name)

    def has(self, name):
        return name in self._tensors

    def tensor(self, name):
        if name not in self._read_before:
            self._read_before[name] = self._dequantize(name)
        return self._read_before[name]

    def _dequantize(self, name):
        data, kind, shape = self._tensors[name]
        size, function = SAFETENSORS_TYPES[kind]
        values = dequantize(data, size, function).reshape(shape)
        scales = name + "_scale_inv"
        return values * _spread(self.tensor(scales), shape) if self.has(scales) else values

    def _read(self, path):
        with open(path, "rb") as file:
            data = file.read()
        length, = struct.unpack_from("<Q", data)
        for name, entry in json.loads(data[8:8 + length]).items():
            if name == "__metadata__":
                continue
            first, last = entry["data_offsets"]
            values = memoryview(data)[8 + length + first:8 + length + last]
            self._tensors[name] = (values, entry["dtype"], entry["shape"])


def _spread(scales, shape):
    """Each scale over its block of 128 x 128; the last blocks may be short."""
    rows = np.repeat(scales, _SCALE_BLOCK, axis=0)[:shape[0]]
    return np.repeat(rows, _SCALE_BLOCK, axis=1)[:, :shape[1]]
