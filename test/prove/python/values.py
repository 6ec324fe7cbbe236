"""Values for the other side (wire.ts): JSON, with what JSON cannot say as an object of one key that begins with $."""
import base64
import math

import numpy as np


class Answer:
    """The arrays of one answer, back to back in a file."""

    def __init__(self):
        self.pieces = []
        self.bytes = 0

    def array(self, array):
        if array.dtype.kind not in "iufb" or array.dtype.itemsize > 8 or array.dtype == np.float16:
            raise TypeError(f"no form for {array.dtype}")
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)
        at = self.bytes
        self.pieces.append(little)
        self.bytes += little.nbytes
        return {"$a": f"{array.dtype.kind}{array.dtype.itemsize}", "shape": list(array.shape), "at": at}

    def value(self, value):
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**53 else {"$i": str(value)}
        if isinstance(value, float):
            plain = math.isfinite(value) and value != int(value)
            return float(value) if plain else {"$f": repr(float(value))}
        if isinstance(value, bytes):
            return {"$b": base64.b64encode(value).decode()}
        if isinstance(value, np.generic):
            return self.value(value.item())
        if isinstance(value, np.ndarray):
            return self.array(value) if value.dtype.kind in "iufb" else [self.value(v) for v in value.tolist()]
        if isinstance(value, dict):
            return {"$d": [[self.value(k), self.value(v)] for k, v in value.items()]}
        if isinstance(value, (list, tuple)):
            return [self.value(v) for v in value]
        raise TypeError(f"no form for {type(value)}")

    def save(self, path):
        if self.bytes:
            with open(path, "wb") as file:
                for piece in self.pieces:
                    file.write(piece.data if piece.flags.c_contiguous and piece.ndim else piece.tobytes())
