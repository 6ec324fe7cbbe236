"""Tables of spikes: CSV by Python's csv module, and MaxWell's own tables by h5py."""
import csv
import json
import re

import h5py
import numpy as np

from cases import flat, rng_of, sample_trains, store


def counted(name):
    """As people count: runs of digits by their value, everything else by code point."""
    return [int(part) if i % 2 else part for i, part in enumerate(re.split("([0-9]+)", name))]


def write_csv(request):
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    n = len(trains)
    texts = request["ids"] == "texts"
    words = ["a", "unit ", "Zelle-ü", "x,y", 'so "it"', "é; "]
    ids = [f"{words[rng.randint(len(words))]}{i}" if texts else str(i * 3 - 5) for i in range(n)]
    unit = request["timeUnit"]
    grid = [t if unit == "samples" else t * (1000 if unit == "ms" else 1) / request["fsHz"] for t in trains]
    named = {"ms": "time_ms", "s": "time_s", "samples": "sample"}[unit]
    header = [named, "unit_id"] + (["note"] if request["note"] else [])
    columns = list(rng.permutation(len(header)))
    rows = [(repr(t.item()), ids[u]) for u, train in enumerate(grid) for t in train]
    rows = [rows[i] for i in rng.permutation(len(rows))] if request["mixed"] else rows
    quoting = csv.QUOTE_ALL if request["quoted"] else csv.QUOTE_MINIMAL
    with open(request["path"], "w", newline="", encoding="utf-8-sig" if request["bom"] else "utf-8") as file:
        writer = csv.writer(file, delimiter=request["delimiter"], quoting=quoting, lineterminator=request["newline"])
        writer.writerow([header[c] for c in columns])
        for i, row in enumerate(rows):
            cells = list(row) + ([f"n{i}, \"{i}\"" if i % 3 else ""] if request["note"] else [])
            writer.writerow([cells[c] for c in columns])
    kept = [u for u in range(n) if len(trains[u])]
    # names are read without the blanks around them
    kept.sort(key=lambda u: counted(ids[u].strip()) if texts else int(ids[u]))
    scale = {"ms": 1, "s": 1000}.get(unit)
    ms = [grid[u] * scale if scale else grid[u] * 1000 / request["fsHz"] for u in kept]
    return {**flat(ms), "ids": [ids[u].strip() if texts else int(ids[u]) for u in kept]}


def read_csv(request):
    """What csv finds in the two tables of an export; every cell is a text."""
    out = {}
    for name in ("spikes", "units"):
        with open(request[name], newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
        header, body = rows[0], rows[1:]
        if any(len(row) != len(header) for row in body):
            raise ValueError(f"rows of other lengths than the header's in {name}")
        out[name] = {key: [row[c] for row in body] for c, key in enumerate(header)}
    spikes = out["spikes"]
    units = np.array([int(u) for u in spikes["unit"]], dtype="i8")
    times = np.array([float(t) for t in spikes["time_ms"]], dtype="f8")
    more = {key: np.array([float(v) for v in spikes[key]]) for key in request["numbers"]}
    ids = spikes.get("unit_id")
    first = {}
    for u, i in zip(units, ids or []):
        first.setdefault(int(u), i)
    return {
        "units": units, "times": times, "more": more, "ids": None if ids is None else json.dumps(first),
        "table": json.dumps(out["units"])}


def write_maxwell(request):
    """A recording with the chip's table of spikes; some channels of it are not routed, some spikes are older than the recording."""
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    n, first = len(trains), 70594114
    channels = rng.permutation(max(1024, n))[:n]
    amplitudes = [rng.uniform(-90, -1, len(t)).astype("f4") for t in trains]
    shift = request["older"]
    frames = [t - shift for t in trains]
    rows = np.concatenate([np.stack([f, np.full(len(f), c)], 1) for f, c in zip(frames, channels)]) if n else np.zeros((0, 2), "i8")
    table = np.zeros(len(rows), dtype=[("frameno", request["frameType"]), ("channel", request["channelType"]), ("amplitude", "<f4")])
    table["frameno"], table["channel"] = rows[:, 0] + first, rows[:, 1]
    table["amplitude"] = np.concatenate(amplitudes) if n else np.zeros(0)
    order = np.argsort(table["frameno"], kind="stable")
    lsb, gain = 6.29e-06, 512.0
    routed = [c for c in channels if rng.uniform() < 0.9]
    lines = [(int(c), int(c) * 3, float(c) * 17.5, 5.5) for c in rng.permutation(routed).astype(int)]
    with h5py.File(request["path"], "w") as file:
        file["version"] = np.array([b"20190530"])
        record = file.create_group("data_store/data0000")
        store(record, "spikes", table[order], {**(request["storage"] or {}), "filters": [], "column": "(N,)"})
        record["groups/routed/frame_nos"] = np.arange(request["frames"], dtype="<u8") + first
        record["groups/routed/channels"] = np.array([0], dtype="<u2")
        store(record, "groups/routed/raw", np.zeros((1, request["frames"]), "<u2"), {})
        record["settings/sampling"], record["settings/lsb"], record["settings/gain"] = [float(request["fsHz"])], [lsb], [gain]
        record["settings/mapping"] = np.array(lines, dtype=[("channel", "<i4"), ("electrode", "<i4"), ("x", "<f8"), ("y", "<f8")])
        record["well_id"] = np.array([0], dtype="<i4")
        file["wells/well000/rec0000"] = h5py.SoftLink("/data_store/data0000")
    kept = sorted((u for u in range(n) if len(trains[u])), key=lambda u: channels[u])
    known = set(int(c) for c in routed)
    ids = [int(channels[u]) for u in kept]
    heights = [(amplitudes[u].astype("f8") * (lsb * 1e6)).astype("f4") for u in kept]
    return {
        **flat([frames[u] * 1000 / request["fsHz"] for u in kept]), "ids": ids,
        "electrodes": [c * 3 if c in known else None for c in ids],
        "locations": [[c * 17.5, 5.5] if c in known else None for c in ids],
        "amplitudes": np.concatenate(heights).astype("f4") if kept else np.zeros(0, "f4")}
