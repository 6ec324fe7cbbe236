"""Peer of group.bench.mjs: does what SpikeLab's Python loaders do with the same bytes, when told to on stdin.

Each line in: a name of a task. Each line out: JSON with seconds and a check sum of the trains.
"""
import json
import sys
import time

import numpy as np

folder, units, rows, bins = sys.argv[1], *map(int, sys.argv[2:5])
ids = np.fromfile(f"{folder}/ids", np.int32)
times = np.fromfile(f"{folder}/times", np.float64)
raster = np.fromfile(f"{folder}/raster", np.uint8).reshape(rows, bins)


def mask():
    return [np.sort(times[ids == u]) for u in range(units)]


def argsort():
    order = np.argsort(ids, kind="stable")
    return [np.sort(t) for t in np.split(times[order], np.cumsum(np.bincount(ids, minlength=units))[:-1])]


def loop():
    trains = [[] for _ in range(rows)]
    for unit, column in zip(*np.nonzero(raster)):
        n = raster[unit, column]
        trains[unit].extend(column * 1.0 + np.linspace(0, 1.0, int(n) + 2)[1:-1])
    return [np.sort(t) for t in trains]


tasks = {"mask": mask, "argsort": argsort, "loop": loop}
for line in sys.stdin:
    start = time.perf_counter()
    trains = tasks[line.strip()]()
    seconds = time.perf_counter() - start
    check = sum((u + 1) * float(np.sum(t)) for u, t in enumerate(trains))
    print(json.dumps({"seconds": seconds, "check": check, "spikes": sum(map(len, trains))}), flush=True)
