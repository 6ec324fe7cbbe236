"""Zarr v3, written after its specification with numpy and numcodecs: Debian's zarr library has v2 only."""
import gzip
import itertools
import json
import os
import struct

import numcodecs
import numpy as np

TEXT = "string"


class Group:
    """As much of zarr's Group as the writers use."""

    def __init__(self, path, spec):
        self.path, self.spec, self.attrs = path, spec, {}
        os.makedirs(path, exist_ok=True)

    def create_group(self, name):
        return Group(os.path.join(self.path, name), self.spec)

    require_group = create_group

    def create_dataset(self, name, data, spec=None, chunks=None, attrs=None):
        write_array(os.path.join(self.path, name), data, spec or plain(self.spec), chunks, attrs or {})

    def close(self):
        node = {"zarr_format": 3, "node_type": "group", "attributes": self.attrs}
        with open(os.path.join(self.path, "zarr.json"), "w") as file:
            json.dump(node, file)


def plain(spec):
    return {**spec, "compressor": "none", "order": "C", "shards": 0, "checksum": False, "sparse": False}


def crc32c(data):
    """Castagnoli's polynomial, bit by bit reversed."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def codecs_of(spec, dtype, rank, chunk_bytes):
    """The `codecs` of the metadata, and what turns a chunk into bytes."""
    listed, steps = [], []
    if spec["order"] == "F" and rank > 1:
        listed.append({"name": "transpose", "configuration": {"order": list(range(rank))[::-1]}})
    if dtype == TEXT:
        listed.append({"name": "vlen-utf8", "configuration": {}})
    elif dtype.itemsize == 1:
        listed.append({"name": "bytes"})
    else:
        listed.append({"name": "bytes", "configuration": {"endian": "big" if dtype.byteorder == ">" else "little"}})
    name = spec["compressor"]
    if name == "gzip":
        listed.append({"name": "gzip", "configuration": {"level": spec["level"]}})
        steps.append(lambda b: gzip.compress(b, spec["level"]))
    elif name == "zstd":
        listed.append({"name": "zstd", "configuration": {"level": spec["level"], "checksum": False}})
        steps.append(lambda b: bytes(numcodecs.Zstd(spec["level"]).encode(b)))
    elif name.startswith("blosc-"):
        shuffle, size = max(0, spec["shuffle"] - 1), 1 if dtype == TEXT else dtype.itemsize
        listed.append({"name": "blosc", "configuration": {
            "cname": name[6:], "clevel": spec["level"], "shuffle": ["noshuffle", "shuffle", "bitshuffle"][shuffle], "typesize": size, "blocksize": 0}})
        codec = numcodecs.Blosc(cname=name[6:], clevel=spec["level"], shuffle=shuffle)
        steps.append(lambda b: bytes(codec.encode(np.frombuffer(b, dtype=f"V{size}") if size > 1 else b)))
    if spec["checksum"] and chunk_bytes < 4000:  # it is slow in Python
        listed.append({"name": "crc32c"})
        steps.append(lambda b: b + struct.pack("<I", crc32c(b)))

    def encode(chunk):
        if dtype == TEXT:
            texts = [t.encode() for t in chunk.ravel().tolist()]
            data = struct.pack("<I", len(texts)) + b"".join(struct.pack("<I", len(t)) + t for t in texts)
        else:
            data = (chunk.T if spec["order"] == "F" else chunk).tobytes("C")
        for step in steps:
            data = step(data)
        return data

    return listed, encode


def write_array(path, values, spec, chunks, attrs):
    values = np.asarray(values)
    texts = values.dtype.kind in "UO"
    dtype = TEXT if texts else values.dtype
    values = values.astype(object) if texts else values
    rank = values.ndim
    chunks = tuple(max(1, c) for c in (chunks or values.shape))
    shards = 1 + spec["shards"] if spec["shards"] else 0
    outer = tuple(c * shards for c in chunks) if shards else chunks
    chunk_bytes = int(np.prod(chunks)) * (16 if texts else dtype.itemsize)
    inner, encode = codecs_of(spec, dtype, rank, chunk_bytes)
    fill = "" if texts else False if dtype.kind == "b" else 0
    listed = inner
    if shards:
        index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
        place = "start" if spec["level"] % 2 else "end"
        listed = [{"name": "sharding_indexed", "configuration": {
            "chunk_shape": list(chunks), "codecs": inner, "index_codecs": index, "index_location": place}}]
    names = {"b": "bool", "i": "int", "u": "uint", "f": "float"}
    node = {
        "zarr_format": 3, "node_type": "array", "shape": list(values.shape), "fill_value": fill, "attributes": attrs, "codecs": listed,
        "data_type": TEXT if texts else "bool" if dtype.kind == "b" else f"{names[dtype.kind]}{8 * dtype.itemsize}",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(outer)}},
        "chunk_key_encoding": {"name": spec["keys"], "configuration": {"separator": spec["separator"]}}}
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, "zarr.json"), "w") as file:
        json.dump(node, file)

    def chunk_at(corner):
        """The chunk there, filled up to its whole shape."""
        part = values[tuple(slice(at, at + c) for at, c in zip(corner, chunks))]
        whole = np.full(chunks, fill, dtype=object if texts else dtype)
        whole[tuple(slice(0, n) for n in part.shape)] = part
        return None if spec["sparse"] and np.all(whole == fill) else encode(whole)

    for cell in itertools.product(*[range(-(-n // o)) for n, o in zip(values.shape, outer)]):
        corner = [at * o for at, o in zip(cell, outer)]
        data = shard(chunk_at, corner, chunks, shards, place, values.shape) if shards else chunk_at(corner)
        if data is None:
            continue
        key = spec["separator"].join((["c"] if spec["keys"] == "default" else []) + [str(at) for at in cell])
        os.makedirs(os.path.dirname(os.path.join(path, key)), exist_ok=True)
        with open(os.path.join(path, key), "wb") as file:
            file.write(data)


def shard(chunk_at, corner, chunks, shards, place, shape):
    """Chunks back to back, and an index of where each lies; all ones for one that is left out."""
    cells = list(itertools.product(range(shards), repeat=len(chunks)))
    head = 16 * len(cells) + 4 if place == "start" else 0
    body, index = b"", []
    for cell in cells:
        at = [c + i * n for c, i, n in zip(corner, cell, chunks)]
        data = chunk_at(at) if all(a < s for a, s in zip(at, shape)) else None
        index += [2**64 - 1] * 2 if data is None else [head + len(body), len(data)]
        body += data or b""
    if not body:
        return None
    table = struct.pack(f"<{len(index)}Q", *index)
    table += struct.pack("<I", crc32c(table))
    return table + body if place == "start" else body + table
