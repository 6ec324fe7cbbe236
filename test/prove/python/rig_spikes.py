"""Spikes as recording rigs and sorters store them, written after their published layouts; scipy and h5py write MAT-files and HDF5."""
import json
import pathlib
import struct

import h5py
import numpy as np
import scipy.io

from cases import fits, flat, rng_of, sample_trains, store
from rig_blocks import nlx_header, plx_header, text


def write(request):
    """Writes files into `folder`: the path and options to load, trains in ms, ids, and perhaps electrodes."""
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    return WRITERS[request["format"]](pathlib.Path(request["folder"]), rng, request, trains)


def answer(path, units, options=None, **more):
    """units: (id, ms), those that must be found, in order."""
    return {"path": path, "options": options or {}, **flat([ms for _, ms in units]), "ids": [i for i, _ in units], **more}


def rows_of(trains, rng, mixed=True):
    """(samples, units) of all spikes in the order of time, ties in any."""
    samples = np.concatenate(trains) if trains else np.zeros(0, "i8")
    units = np.repeat(np.arange(len(trains)), [len(t) for t in trains]) if trains else np.zeros(0, "i8")
    order = np.lexsort((rng.uniform(size=len(samples)), samples)) if mixed else np.argsort(samples, kind="stable")
    return samples[order], units[order]


def grouped(rng, count, kinds, most=5):
    """(group, label) of each unit: rising groups, different labels within one."""
    out, group = [], int(rng.randint(0, 3))
    while len(out) < count:
        take = min(count - len(out), 1 + int(rng.randint(most)), len(kinds))
        out += [(group, int(label)) for label in np.sort(rng.permutation(kinds)[:take])]
        group += 1 + int(rng.randint(0, 4))
    return out


def blackrock(where, rng, request, trains):
    wide = bool(rng.randint(2))
    resolution = int(rng.choice([30000, 30000, 10000]))
    named = [(group + 1, label) for group, label in grouped(rng, len(trains), np.r_[np.arange(17), 255])]
    named = [(e, c) for e, c in named if e <= 2048]
    trains = trains[:len(named)]
    ticks, units = rows_of(trains, rng)
    keep, reset = bool(rng.randint(2)), None
    options = {"keepNoise": True} if keep else {}
    if rng.uniform() < 0.2 and len(ticks) > 3 and ticks[-1] > resolution:
        # the clock began again within
        middle = len(ticks) // 2
        second = ticks[middle:] - ticks[middle]
        if ticks[middle - 1] > 0.2 * resolution and (np.diff(second) >= 0).all():
            reset = int(rng.randint(2))
            ticks = np.concatenate([ticks[:middle], second])
            options["segmentIndex"] = reset
    size = int(rng.choice([12 if wide else 8, 104, 108, 76]))
    size = max(size, 12)
    body = np.zeros(len(ticks), [("time", "<u8" if wide else "<u4"), ("id", "<u2"), ("unit", "u1"), ("more", "u1", (size - (11 if wide else 7),))])
    electrodes, classes = np.array([e for e, _ in named], "i8"), np.array([c for _, c in named], "i8")
    body["time"], body["more"] = ticks, 7
    if len(ticks):
        body["id"], body["unit"] = electrodes[units], classes[units]
    if rng.randint(2) and len(ticks):
        others = np.sort(rng.randint(0, len(ticks), min(20, len(ticks))))
        events = np.zeros(len(others), body.dtype)
        events["time"], events["id"] = rng.randint(0, 100, len(others)), rng.choice([0, 0xFFFF, 0xFFFE, 32769] if wide else [0, 0xFFFF, 0xFFFE], len(others))
        body = np.insert(body, others, events)
    labels = b"".join(b"NEUEVLBL" + struct.pack("<H", e) + text(f"chan{e}", 16) + bytes(6) for e in sorted(set(electrodes.tolist())))
    count = len(labels) // 32
    head = (b"BREVENTS" if wide else b"NEURALEV") + struct.pack("<2BHIIII", *((3, 0) if wide else (2, int(rng.choice([1, 2, 3])))), 1, 336 + 32 * count, size, resolution, 30000)
    head += struct.pack("<8H", 2021, 1, 5, 1, 12, 0, 0, 0) + text("app", 32) + text("", 256) + struct.pack("<I", count)
    (where / "rec.nev").write_bytes(head + labels + body.tobytes() + b"\1" * min(request["cut"], size - 1))
    inside = np.ones(len(ticks), bool)
    if reset is not None:
        inside[:] = np.arange(len(ticks)) < middle if reset == 0 else np.arange(len(ticks)) >= middle
    found = []
    for u, (e, c) in sorted(enumerate(named), key=lambda each: each[1]):
        mine = ticks[(units == u) & inside] if len(ticks) else ticks
        if len(mine) and (keep or c != 255):
            found.append((f"{e}-{c}", np.sort(mine) * 1000 / resolution))
    return answer("rec.nev", found, options)


def neuralynx(where, rng, request, trains):
    first = int(rng.choice([0, 1, 70594114, 1_600_000_000_000_000]))
    named = grouped(rng, len(trains), np.arange(12))
    found, earliest = [], None
    files = sorted(set(group for group, _ in named))[:200]
    for group in files:
        wires, ending = [(1, ".nse"), (2, ".nst"), (4, ".ntt")][rng.randint(3)]
        mine = [u for u, (g, _) in enumerate(named) if g == group]
        times, units = rows_of([trains[u] for u in mine], rng)
        times = times + first
        body = np.zeros(len(times), [("time", "<u8"), ("channel", "<u4"), ("cell", "<u4"), ("rest", "u1", (32 + 64 * wires,))])
        body["time"], body["rest"] = times, 1
        if len(times):
            body["cell"] = np.array([named[u][1] for u in mine])[units]
            earliest = int(times[0]) if earliest is None else min(earliest, int(times[0]))
        lines = [("FileType", "Spike"), ("RecordSize", 48 + 64 * wires), ("ADChannel", " ".join(["5"] * wires)), ("SamplingFrequency", 32000)]
        (where / f"SE{group}{ending}").write_bytes(nlx_header(lines, int(rng.randint(3))) + body.tobytes() + b"\1" * min(request["cut"], 47 + 64 * wires))
        for u in mine:
            if len(trains[u]):
                found.append((f"SE{group}-{named[u][1]}", trains[u] + first))
    if not files:
        (where / "SE1.nse").write_bytes(nlx_header([("FileType", "Spike"), ("RecordSize", 112)], 0))
    return answer(".", [(i, (t - earliest) / 1000) for i, t in found])


def plexon(where, rng, request, trains):
    resolution = int(rng.choice([40000, 30000, 25000]))
    named = [(group + 1, label) for group, label in grouped(rng, len(trains), np.arange(27)) if group < 30000]
    trains = trains[:len(named)]
    ticks, units = rows_of(trains, rng)
    ticks = ticks + int(rng.choice([0, 2**33]))
    shift = 0 if not len(ticks) else int(ticks[0] - (np.concatenate(trains).min()))
    words = int(rng.choice([0, 8, 32]))
    kind = [("type", "<i2"), ("high", "<u2"), ("low", "<u4"), ("channel", "<i2"), ("unit", "<i2"), ("waves", "<i2"), ("words", "<i2"), ("wave", "<i2", (words,))]
    body = np.zeros(len(ticks), kind if words else kind[:-1])
    body["type"], body["high"], body["low"], body["waves"], body["words"] = 1, ticks >> 32, ticks & 0xFFFFFFFF, 1 if words else 0, words
    if len(ticks):
        body["channel"], body["unit"] = np.array([c for c, _ in named])[units], np.array([u for _, u in named])[units]
    channels = [(f"SPK{c}", c) for c in sorted(set(c for c, _ in named))][:500]
    cut = body[:1].tobytes()[:min(request["cut"], 15)] if len(ticks) else b""
    head = plx_header(int(rng.choice([100, 101, 105, 107])), resolution, channels, [], 12, 5000, 1000)
    (where / "rec.plx").write_bytes(head + body.tobytes() + cut)
    order = sorted(range(len(named)), key=lambda u: named[u])
    return answer("rec.plx", [("%d-%d" % named[u], (trains[u] + shift) * 1000 / resolution) for u in order if len(trains[u])])


def neuroscope(where, rng, request, trains):
    fs, keep = float(request["fsHz"]), bool(rng.randint(2))
    named = [(group + 1, label) for group, label in grouped(rng, len(trains), np.arange(40), 12)]
    shanks = sorted(set(shank for shank, _ in named))[:300] or [1]
    found = []
    for shank in shanks:
        mine = [u for u, (s, _) in enumerate(named) if s == shank]
        samples, units = rows_of([trains[u] for u in mine], rng)
        clusters = np.array([named[u][1] for u in mine] or [0], "i8")[units]
        end = "\r\n" if rng.randint(2) else "\n"
        last = "" if rng.randint(2) else end
        (where / f"rat.res.{shank}").write_bytes((end.join(map(str, samples.tolist())) + (last if len(samples) else "")).encode())
        (where / f"rat.clu.{shank}").write_bytes((end.join(map(str, [len(mine) + 3, *clusters.tolist()])) + last).encode())
        (where / f"rat.clu.{shank}.bak").write_text("1\n2\n")
        found += [("%d-%d" % named[u], trains[u] * 1000 / fs) for u in mine if len(trains[u]) and (named[u][1] or keep)]
    xml = f"<?xml version='1.0'?>\n<parameters><acquisitionSystem><nBits>16</nBits><nChannels>4</nChannels><samplingRate>{fs!r}</samplingRate></acquisitionSystem></parameters>"
    known = bool(rng.randint(2))
    if known:
        (where / "rat.xml").write_text(xml)
    return answer(".", found, {**({"keepNoise": True} if keep else {}), **({} if known else {"fsHz": fs})})


def klusta(where, rng, request, trains):
    fs, keep = float(request["fsHz"]), bool(rng.randint(2))
    named = grouped(rng, len(trains), np.arange(60), 20)
    groups = sorted(set(group for group, _ in named)) or [0]
    starts = {0: 0, 1: int(rng.randint(1, 10**6))} if rng.randint(2) else {0: 0}
    found = []
    storage = {**(request["storage"] or {}), "column": "(N,)"}
    with h5py.File(where / "sorted.kwik", "w", libver=["earliest", "latest"][rng.randint(2)]) as f:
        f.attrs["kwik_version"] = 2
        for r, start in starts.items():
            f.create_group(f"recordings/{r}").attrs.update({"sample_rate": fs, "start_sample": start})
        for group in groups[:100]:
            mine = [u for u, (g, _) in enumerate(named) if g == group]
            samples, units = rows_of([trains[u] for u in mine], rng)
            recording = rng.choice(list(starts), len(samples))
            base = f.create_group(f"channel_groups/{group}")
            clusters = np.array([named[u][1] for u in mine] or [0], "i8")[units]
            store(base, "spikes/time_samples", samples.astype("<u8"), storage)
            store(base, "spikes/recording", recording.astype("<u2"), storage)
            store(base, "spikes/clusters/main", clusters.astype(rng.choice(["<i4", "<u4", "<i8"])), storage)
            times = samples + np.array([starts[r] for r in range(len(starts))])[recording] if len(samples) else samples
            for u in mine:
                label = int(rng.randint(0, 5))
                if label < 4:
                    base.create_group(f"clusters/main/{named[u][1]}").attrs["cluster_group"] = label
                own = np.sort(times[clusters == named[u][1]])
                if len(own) and (label != 0 or keep):
                    found.append(("%d-%d" % named[u], own * 1000 / fs))
    return answer("sorted.kwik", found, {"keepNoise": True} if keep else {})


def spykingcircus(where, rng, request, trains):
    fs = float(request["fsHz"])
    numbers = np.sort(rng.permutation(3 * len(trains) + 1)[:max(1, len(trains))]).tolist()
    trains = trains or [np.zeros(0, "i8")]
    storage = {**(request["storage"] or {}), "column": str(rng.choice(["(N,)", "(N, 1)"]))}
    (where / "rec").mkdir()
    (where / "rec.params").write_text(f"[data]\nfile_format = raw_binary\nsampling_rate  = {fs!r}   # in Hz\n")
    found = []
    with h5py.File(where / "rec" / "rec.result.hdf5", "w") as f:
        for number, train in zip(numbers, trains):
            mixed = rng.permutation(train)
            store(f, f"spiketimes/temp_{number}", mixed.astype(fits("<u4", int(train.max()) if len(train) else 0)), storage if len(train) else {})
            found.append((number, train * 1000 / fs))
        f["gspikes/elec_0"] = np.array([1, 2], "u4")
    electrodes = rng.randint(0, 500, max(numbers) + 1)
    with h5py.File(where / "rec" / "rec.clusters.hdf5", "w") as f:
        f["electrodes"] = electrodes.astype("<i4")
    return answer(str(rng.choice(["rec", ".", "rec.params"])), found, electrodes=electrodes[numbers].tolist())


def mda(where, rng, request, trains):
    fs, n = float(request["fsHz"]), len(trains)
    code, kind = {"<u4": (-8, "<u4"), "<f8": (-7, "<f8"), "<i4": (-5, "<i4"), "<f4": (-3, "<f4"), "<u2": (-6, "<u2"), "<i2": (-4, "<i2"), "u1": (-2, "u1")}[
        str(rng.choice(["<u4", "<f8", "<f8", "<i4", "<f4", "<u2", "<i2", "u1"]))]
    dtype = np.dtype(kind)
    most = {"f": 2**24 if dtype.itemsize == 4 else 2**53}.get(dtype.kind) or np.iinfo(dtype).max
    labels = np.sort(rng.permutation(3 * n)[:n]) + 1
    trains = [t[t <= most] if label <= most else t[:0] for t, label in zip(trains, labels)]
    samples, units = rows_of(trains, rng)
    events = np.zeros((3 + int(rng.randint(0, 3)), len(samples)), dtype)
    electrodes = rng.randint(0, 100, max(1, n))
    if kind == "<f8" and rng.randint(2) and len(samples):
        trains = [t + 0.25 for t in trains]
        samples = samples + 0.25
    if len(samples):
        events[0], events[1], events[2] = electrodes[units], samples, labels[units]
    wide = bool(rng.randint(2))
    dims = struct.pack("<i2q", -2, *events.shape) if wide else struct.pack("<3i", 2, *events.shape)
    (where / "firings.mda").write_bytes(struct.pack("<2i", code, dtype.itemsize) + dims + events.T.tobytes())
    beside = bool(rng.randint(2))
    if beside:
        (where / "params.json").write_text(json.dumps({"samplerate": fs}))
    kept = [u for u in range(n) if len(trains[u])]
    return answer("." if rng.randint(2) else "firings.mda", [(int(labels[u]), trains[u] * 1000 / fs) for u in kept], {} if beside else {"fsHz": fs},
                  electrodes=[int(electrodes[u]) or None for u in kept])


def tridesclous(where, rng, request, trains):
    fs = float(request["fsHz"])
    named = grouped(rng, len(trains), np.r_[np.arange(30), -1, -10, -11], 10)
    groups = sorted(set(group for group, _ in named)) or [0]
    (where / "info.json").write_text(json.dumps({"datasource_info": {"sample_rate": fs, "nb_segment": 1}}))
    whole = str(rng.choice(["<i8", "<i4", ">i8", ">i4"]))
    found, electrodes = [], []
    for group in groups[:100]:
        root = where / f"channel_group_{group}"
        mine = [u for u, (g, _) in enumerate(named) if g == group]
        fits_all = fits(whole, int(max([t.max() for t in (trains[u] for u in mine) if len(t)], default=0)))
        fields = [[("index", fits_all.str), ("cluster_label", whole), ("jitter", "<f8")][i] for i in rng.permutation(3)]
        samples, units = rows_of([trains[u] for u in mine], rng)
        spikes = np.zeros(len(samples), fields)
        spikes["index"], spikes["jitter"] = samples, 0.4
        spikes["cluster_label"] = np.array([named[u][1] for u in mine] or [0])[units]
        known = bool(rng.randint(2))
        clusters = np.zeros(len(mine), [("cluster_label", "<i8"), ("extremum_channel", "<i8"), ("tag", "<U16")])
        clusters["cluster_label"] = [named[u][1] for u in mine]
        clusters["extremum_channel"] = rng.randint(0, 64, len(mine))
        for folder, name, array in (("segment_0", "spikes", spikes), *([("catalogues/initial", "clusters", clusters)] if known else [])):
            (root / folder).mkdir(parents=True)
            array.tofile(root / folder / f"{name}.raw")
            described = {name: {"dtype": [list(field) for field in array.dtype.descr], "shape": list(array.shape)}}
            (root / folder / "arrays.json").write_text(json.dumps(described))
        for i, u in enumerate(mine):
            if named[u][1] >= 0 and len(trains[u]):
                unit = "%d-%d" % named[u] if len(groups[:100]) > 1 else named[u][1]
                found.append((unit, trains[u] * 1000 / fs))
                electrodes.append(int(clusters["extremum_channel"][i]) if known else None)
    return answer("." if rng.randint(2) else "info.json", found, electrodes=electrodes)


def cells(values):
    out = np.empty((1, len(values)), object)
    for i, value in enumerate(values):
        out[0, i] = value
    return out


def cellexplorer(where, rng, request, trains):
    fs = float(request["fsHz"])
    seconds = [train / fs for train in trains]
    n = len(trains)
    uid = (np.sort(rng.permutation(70000)[:n]) + 1).tolist()
    path = where / "rat.spikes.cellinfo.mat"
    if request["version"] == "5":
        column = [s[:, None] if rng.randint(2) else s[None, :] for s in seconds]
        spikes = {"times": cells(column), "UID": np.array([uid], str(rng.choice(["f8", "u4", "i4"]))).reshape(1, n), "sessionName": "rat", "sr": fs}
        if rng.randint(2):
            spikes["waves"] = cells([np.eye(2), "x"])
        scipy.io.savemat(path, {"before": np.arange(3), "spikes": spikes}, do_compression=bool(rng.randint(2)))
    else:
        storage = {**(request["storage"] or {}), "column": str(rng.choice(["(N, 1)", "(1, N)"]))}
        with h5py.File(path, "w", userblock_size=512) as f:
            group, refs = f.create_group("spikes"), []
            for u, train in enumerate(seconds):
                if len(train):
                    each = store(f, f"#refs#/r{u}", train, storage)
                else:
                    each = f.create_dataset(f"#refs#/r{u}", data=np.array([0, 0], "u8"))
                    each.attrs["MATLAB_empty"] = np.uint8(1)
                each.attrs["MATLAB_class"] = np.bytes_("double")
                refs.append(each.ref)
            group.create_dataset("times", data=np.array(refs, h5py.ref_dtype).reshape(-1, 1), dtype=h5py.ref_dtype)
            group["UID"], group["sr"] = np.array(uid, "f8").reshape(-1, 1), np.array([[fs]])
        with open(path, "r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + struct.pack("<H", 0x0200) + b"IM")
    return answer("rat.spikes.cellinfo.mat", list(zip(uid, [s * 1000 for s in seconds])))


WRITERS = {
    "blackrock": blackrock, "neuralynx": neuralynx, "plexon": plexon, "neuroscope": neuroscope, "klusta": klusta, "spykingcircus": spykingcircus, "mda": mda,
    "tridesclous": tridesclous, "cellexplorer": cellexplorer}
