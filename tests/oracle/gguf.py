"""Reads GGUF files, versions 2 and 3, whole or split."""

import re
import struct

import numpy as np

from blocks import GGUF_TYPES, dequantize

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q",
            11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9


class _Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def scalar(self, form):
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def string(self):
        length = self.scalar("<Q")
        self.at += length
        return self.data[self.at - length:self.at].decode("utf-8", "replace")

    def value(self, kind):
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            kind, count = self.scalar("<I"), self.scalar("<Q")
            return [self.value(kind) for _ in range(count)]
        return self.scalar(_SCALARS[kind])


class GgufFile:
    """Keys in `keys`; `tensor(name)` is a float64 array, outermost dimension first."""

    def __init__(self, path):
        self.keys, self._tensors, self._read_before = {}, {}, {}
        for part in _parts(path):
            self._read(part)

    def has(self, name):
        return name in self._tensors

    def tensor(self, name):
        if name not in self._read_before:
            self._read_before[name] = self._dequantize(name)
        return self._read_before[name]

    def _dequantize(self, name):
        data, kind, shape = self._tensors[name]
        elements, size, function = GGUF_TYPES[kind]
        count = int(np.prod(shape)) // elements * size
        return dequantize(data[:count], size, function).reshape(shape)

    def _read(self, path):
        with open(path, "rb") as file:
            cursor = _Cursor(file.read())
        assert cursor.data[:4] == b"GGUF", path
        cursor.at = 4
        assert cursor.scalar("<I") in (2, 3), path
        tensors, keys = cursor.scalar("<Q"), cursor.scalar("<Q")
        for _ in range(keys):
            name = cursor.string()
            value = cursor.value(cursor.scalar("<I"))
            self.keys.setdefault(name, value)
        found = []
        for _ in range(tensors):
            name = cursor.string()
            dimensions = [cursor.scalar("<Q") for _ in range(cursor.scalar("<I"))]
            found.append((name, dimensions[::-1], cursor.scalar("<I"), cursor.scalar("<Q")))
        alignment = self.keys.get("general.alignment", 32)
        start = (cursor.at + alignment - 1) // alignment * alignment
        for name, shape, kind, offset in found:
            self._tensors[name] = (memoryview(cursor.data)[start + offset:], kind, shape)


def _parts(path):
    match = re.fullmatch(r"(.*)-00001-of-(\d{5})\.gguf", path)
    if not match:
        return [path]
    return [f"{match[1]}-{number:05}-of-{match[2]}.gguf" for number in range(1, int(match[2]) + 1)]
