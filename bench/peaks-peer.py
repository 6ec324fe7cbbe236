"""numpy's, scipy's and numba's peaks, one run a line on stdin: the peer of peaks.bench.mjs. Arguments: file of float32, channels,
samples. A line is the number of threads: band-pass, global median, exact median absolute deviation, peaks by channel above five of it.
Behind the number, JSON may name for each channel those whose median is taken off it instead."""
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from scipy import signal

path, channels, samples = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
fs, sweep = 20000, 20
traces = np.fromfile(path, dtype="<f4").reshape(channels, samples)
sos = signal.iirfilter(3, [300 / fs * 2, 6000 / fs * 2], btype="bandpass", output="sos")


@numba.jit(nopython=True, nogil=True)
def search(y, threshold, sweep):
    found = []
    n = len(y)
    for s in range(n):
        if not -y[s] > threshold:
            continue
        peak = True
        for k in range(1, sweep + 1):
            if (s >= k and y[s] >= y[s - k]) or (s + k < n and y[s] > y[s + k]):
                peak = False
                break
        if peak:
            found.append(s)
    return np.array(found, dtype=np.int64)


def in_parts(pool, work, count, threads):
    edges = np.linspace(0, count, 4 * threads + 1).astype(int) if threads > 1 else [0, count]
    list(pool.map(lambda i: work(slice(edges[i], edges[i + 1])), range(len(edges) - 1)))


def run(threads, around):
    y = np.empty((channels, samples))
    mad = np.empty(channels)
    peaks = [None] * channels

    def filtered(rows):
        y[rows] = signal.sosfiltfilt(sos, traces[rows].astype("f8"), axis=1)

    def referenced(columns):
        part = y[:, columns].copy() if around else y[:, columns]
        for c, rows in enumerate(around or [slice(None)]):
            y[c if around else slice(None), columns] -= np.median(part[rows], axis=0)

    def measured(rows):
        for c in range(rows.start, rows.stop):
            mad[c] = np.median(np.abs(y[c] - np.median(y[c]))) / 0.6744897501960817
            peaks[c] = search(y[c], 5 * mad[c], sweep)

    with ThreadPoolExecutor(threads) as pool:
        in_parts(pool, filtered, channels, threads)
        in_parts(pool, referenced, samples, threads)
        in_parts(pool, measured, channels, threads)
    return peaks


search(np.zeros(10), 1.0, 2)
for line in sys.stdin:
    number, _, around = line.strip().partition(" ")
    threads = int(number)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    peaks = run(threads, json.loads(around or "null"))
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer = {"seconds": seconds, "cpu": cpu, "count": sum(map(len, peaks)), "sum": int(sum(p.sum() for p in peaks))}
    answer["peakBytes"] = after.ru_maxrss * 1024
    print(json.dumps(answer), flush=True)
