"""The tasks of remote.bench.mjs with fsspec and h5py, or remfile's way of caching: fsspec's default blocks of 5 MiB, read ahead.

    remote-peer.py URL: a line `units` or `window` on stdin is answered with {"seconds", "check"}
"""
import json
import sys
import time

import fsspec
import h5py
import numpy as np

for line in sys.stdin:
    start = time.perf_counter()
    with fsspec.filesystem("http", skip_instance_cache=True).open(sys.argv[1], "rb") as remote, h5py.File(remote, "r") as f:
        if line.strip() == "units":
            times, ends = f["units/spike_times"][:], f["units/spike_times_index"][:]
            check = float(sum(train.sum() for train in np.split(times, ends)[:-1]))
        else:
            data = f["acquisition/ElectricalSeries/data"]
            check = float(data[600_000:620_000].astype("f8").sum())
    print(json.dumps({"seconds": time.perf_counter() - start, "check": check}), flush=True)
