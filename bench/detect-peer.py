"""scipy's detection, one run a line on stdin: the peer of detect.bench.mjs. Argument: file of float64 (channels, samples)."""
import json
import sys
import time

import numpy as np
from scipy import signal

path, channels, samples = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
traces = np.fromfile(path).reshape(channels, samples)


def status(key):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def run(x):
    sos = signal.iirfilter(3, [300 / 20000 * 2, 6000 / 20000 * 2], btype="bandpass", output="sos")
    y = signal.sosfiltfilt(sos, x, axis=1)
    threshold = 5 * np.std(y, axis=1, keepdims=True)
    above = (y > threshold) | (y < -threshold)
    above[:, 1:] &= ~above[:, :-1]
    above[:, 0] = False
    return [(np.flatnonzero(row) + 0.5) * 1000 / 20000 for row in above]


def filtered(x):
    sos = signal.iirfilter(3, [300 / 20000 * 2, 6000 / 20000 * 2], btype="bandpass", output="sos")
    return signal.sosfiltfilt(sos, x, axis=1)


idle = status("VmRSS")
for line in sys.stdin:
    task = line.strip()
    x = {"one": traces[:1], "long": traces.reshape(1, -1)}.get(task, traces)
    # one short channel: a turn is a batch of ten, as on our side
    calls = 10 if task == "one" else 1
    start = time.perf_counter()
    for _ in range(calls):
        result = filtered(x) if task == "filter" else run(x)
    seconds = (time.perf_counter() - start) / calls
    answer = {"seconds": seconds, "peakBytes": status("VmHWM") - idle}
    if task != "filter":
        answer.update(count=sum(map(len, result)), sum=float(sum(t.sum() for t in result)))
    del result
    print(json.dumps(answer), flush=True)
