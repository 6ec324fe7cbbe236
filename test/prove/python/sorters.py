"""Folders and files of sorters: KiloSort/Phy, SpikeLab's sorted.npz, SpikeInterface's sortings."""
import json
import os

import numpy as np

from cases import fits, flat, rng_of, sample_trains


def vector(values, shape, order="C"):
    if shape == "(N, 1)":
        values = values.reshape(-1, 1)
    if shape == "(1, N)":
        values = values.reshape(1, -1)
    return np.asfortranarray(values) if order == "F" else values


def save(folder, name, values):
    np.save(os.path.join(folder, name), values)


def read_kilosort(request):
    """What numpy finds in a folder that the package wrote."""
    found = {}
    for name in os.listdir(request["folder"]):
        path = os.path.join(request["folder"], name)
        if name.endswith(".npy"):
            found[name] = np.load(path)
        else:
            with open(path, encoding="utf-8") as file:
                found[name] = file.read()
    return found


def by_time(trains, rng, mixed):
    samples = np.concatenate(trains) if trains else np.zeros(0, "i8")
    units = np.repeat(np.arange(len(trains)), [len(t) for t in trains]) if trains else np.zeros(0, "i8")
    order = np.lexsort((rng.uniform(size=len(samples)), samples)) if mixed else np.argsort(samples, kind="stable")
    return samples[order], units[order]


def write_kilosort(request):
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    n, folder = len(trains), request["folder"]
    samples, units = by_time(trains, rng, True)
    ids = np.sort(rng.permutation(3 * n + 1)[:n])
    clusters = ids[units] if n else units
    largest = samples.max() if len(samples) else 0
    save(folder, "spike_times.npy", vector(samples.astype(fits(request["dtype"], largest)), request["shape"], request["order"]))
    kind = fits(request["clusterDtype"], int(ids.max()) if n else 0)
    save(folder, "spike_clusters.npy", vector(clusters.astype(kind), request["clusterShape"]))
    kept = [u for u in range(n) if len(trains[u])]
    electrodes = locations = None
    if request["templates"] and n:
        electrodes, locations = templates(rng, folder, units, n, request)
        electrodes, locations = [int(electrodes[u]) for u in kept], [locations[u].tolist() for u in kept]
    labels = None
    if request["labels"]:
        labels = rng.choice(["good", "mua", "noise", "unsorted"], n)
        end = rng.choice(["\n", "\r\n"])
        lines = ["cluster_id\tgroup"] + [f"{i}\t{label}" for i, label in zip(ids, labels)]
        with open(os.path.join(folder, "cluster_group.tsv"), "w", newline="") as file:
            file.write(end.join(lines) + end)
        kept = [u for u in kept if labels[u] in ("good", "mua")]
        if electrodes is not None:
            every = [u for u in range(n) if len(trains[u])]
            electrodes = [e for e, u in zip(electrodes, every) if u in kept]
            locations = [p for p, u in zip(locations, every) if u in kept]
    ms = [trains[u] * 1000 / request["fsHz"] for u in kept]
    return {**flat(ms), "ids": [int(ids[u]) for u in kept], "electrodes": electrodes, "locations": locations}


def templates(rng, folder, units, n, request):
    """Template u of unit u, largest on a channel of its own; some channels of the probe are left out."""
    channels = max(2, request["channels"])
    numbers = np.sort(rng.permutation(channels + 3)[:channels])
    places = rng.randint(0, 1000, (channels, 2)).astype("f8")
    rows = rng.randint(0, channels, n)
    waves = rng.uniform(-1, 1, (n, 20, channels))
    waves[np.arange(n), 9, rows] = -50
    dtype = rng.choice(["<f4", "<f8"])
    save(folder, "templates.npy", vector(waves.astype(dtype), "", rng.choice(["C", "F"])))
    save(folder, "spike_templates.npy", vector(units.astype("<u4"), request["shape"]))
    save(folder, "channel_map.npy", vector(numbers.astype(rng.choice(["<i4", "<u4", "<i8"])), rng.choice(["", "(N, 1)", "(1, N)"])))
    save(folder, "channel_positions.npy", vector(places.astype(dtype), "", rng.choice(["C", "F"])))
    return numbers[rows], places[rows]


def write_npz(request):
    """SpikeLab's sorted.npz: dicts in an object array."""
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    channels = max(1, request["channels"])
    places = rng.randint(0, 1000, (channels, 2)).astype("f8")
    units = []
    for u, train in enumerate(trains):
        row = int(rng.randint(channels))
        kind = fits(rng.choice(["<i8", "<i4", ">i8", "<u4"]), train.max() if len(train) else 0)
        unit = {"unit_id": int(u * 3 + 1), "spike_train": train.astype(kind), "x_max": float(places[row, 0]), "y_max": float(places[row, 1])}
        unit["template"] = rng.uniform(-1, 1, (5, min(channels, 8))).astype("f4")
        unit["electrode"] = np.int64(row) if request["scalars"] else row
        units.append((unit, row))
    array = np.empty(len(units), dtype=object)
    array[:] = [unit for unit, _ in units]
    save_as = np.savez_compressed if request["compressed"] else np.savez
    save_as(request["path"], units=array, locations=places, fs=np.float64(request["fsHz"]))
    ms = [t * 1000 / request["fsHz"] for t in trains]
    ids = [unit["unit_id"] for unit, _ in units]
    return {**flat(ms), "ids": ids, "electrodes": [row for _, row in units], "locations": [places[row].tolist() for _, row in units]}


def write_sorting(request):
    """One of SpikeInterface's containers, two segments at most."""
    rng = rng_of(request)
    segments = [sample_trains(rng, request) for _ in range(max(1, request["segments"]))]
    n = request["units"]
    texts = request["ids"] == "texts"
    ids = np.array([f"#{i * 7 % 1000}-{i}" for i in range(n)], dtype="U") if texts else np.arange(n) * 3 + 1
    if n == 0:
        ids = ids.astype("U1" if texts else "i8")
    path, fs = request["path"], float(request["fsHz"])
    rows = [by_time(trains, rng, True) for trains in segments]
    quality = np.array([["good", "mua", "noise"][i] for i in rng.randint(0, 3, n)], dtype="U5")
    if request["container"] == "npz":
        arrays = {"unit_ids": ids, "num_segment": np.array([len(rows)]), "sampling_frequency": np.array([fs])}
        for s, (samples, units) in enumerate(rows):
            arrays[f"spike_indexes_seg{s}"] = samples
            arrays[f"spike_labels_seg{s}"] = ids[units]
        (np.savez_compressed if request["compressed"] else np.savez)(path, **arrays)
    else:
        samples = np.concatenate([r[0] for r in rows])
        units = np.concatenate([r[1] for r in rows])
        which = np.repeat(np.arange(len(rows)), [len(r[0]) for r in rows])
        if request["container"] == "numpy":
            fields = [("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")]
            if request["compressed"]:  # no order of the fields is promised
                fields = [fields[i] for i in rng.permutation(3)]
            spikes = np.zeros(len(samples), dtype=fields)
            spikes["sample_index"], spikes["unit_index"], spikes["segment_index"] = samples, units, which
            os.makedirs(os.path.join(path, "properties"))
            save(path, "spikes.npy", spikes)
            save(path, "properties/quality.npy", quality)
            info = {"sampling_frequency": fs, "unit_ids": ids.tolist(), "num_segments": len(rows)}
            with open(os.path.join(path, "numpysorting_info.json"), "w") as file:
                json.dump(info, file)
        else:
            import zarrs

            zarrs.sorting(path, rng, request, {"samples": samples, "units": units, "which": which, "ids": ids, "fs": fs, "quality": quality, "segments": len(rows)})
    ms = [t * 1000 / fs for t in segments[min(request["segment"], len(segments) - 1)]]
    return {**flat(ms), "ids": ids.tolist(), "segment": min(request["segment"], len(segments) - 1)}
