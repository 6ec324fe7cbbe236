"""200 things as a lab has them, of mixed size: recordings in flat files, HDF5 and compressed HDF5, and KiloSort folders. Prints the list.

    mixed-recordings.py FOLDER COUNT
"""
import json
import os
import sys

import h5py
import numpy as np

folder, count = sys.argv[1], int(sys.argv[2])
fs = 20_000
noise = np.random.default_rng(1)
# 20 s of 64 channels: 10 uV of noise in steps of 0.195 uV, and 13 spikes a second on each channel
long = np.round(51 * noise.standard_normal((20 * fs, 64))).astype("i2")
long[100::1500] -= 600


def flat(path, channels, seconds):
    long[: seconds * fs, :channels].tofile(path + ".dat")
    return {"source": path + ".dat", "options": {"channels": channels, "fsHz": fs}}


def hdf5(path, channels, seconds, **how):
    with h5py.File(path + ".h5", "w") as file:
        data = np.ascontiguousarray(long[: seconds * fs, :channels].T)
        file.create_dataset("raw", data=data, chunks=(channels, 4096), **how)
    return {"source": path + ".h5", "options": {"dataset": "raw", "fsHz": fs}}


def kilosort(path, channels, seconds):
    # as many spikes as a minute has for each second here: sorted spikes are small
    spikes, units = 60 * seconds * channels * 13, 2 * channels
    os.mkdir(path)
    np.save(path + "/spike_times.npy", np.sort(noise.integers(0, 60 * seconds * fs, spikes)))
    np.save(path + "/spike_clusters.npy", noise.integers(0, units, spikes).astype("i4"))
    with open(path + "/cluster_group.tsv", "w") as groups:
        groups.write("cluster_id\tgroup\n" + "".join(f"{unit}\tgood\n" for unit in range(units)))
    with open(path + "/params.py", "w") as params:
        params.write(f"sample_rate = {fs}.\n")
    return {"source": path, "do": "convert", "options": {"fsHz": fs}}


def compressed(path, channels, seconds):
    return hdf5(path, channels, seconds, compression="gzip", compression_opts=4, shuffle=True)


makers = [flat, flat, hdf5, compressed, kilosort]
for i in range(count):
    make = makers[i % len(makers)]
    path = f"{folder}/{make.__name__}{i:03d}"
    print(json.dumps(make(path, [4, 16, 64][i % 3], [2, 5, 20, 10][i % 4])))
