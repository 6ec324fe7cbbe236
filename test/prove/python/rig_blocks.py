"""Rigs whose files are blocks, packets or records: Intan, Blackrock, Neuralynx, Plexon."""
import struct

import numpy as np


def signal(rng, channels, samples, dtype="<i2"):
    """Noise with dips, and now and then the ends of the type."""
    info = np.iinfo(dtype)
    middle = (int(info.max) + int(info.min) + 1) // 2
    traces = np.round(rng.normal(0, 40, (channels, samples)))
    if channels and samples:
        count = min(60, channels * samples // 40)
        traces[rng.randint(0, channels, count), rng.randint(0, samples, count)] -= 600
    traces = traces + middle
    if channels and samples and rng.uniform() < 0.3:
        traces[rng.randint(channels), rng.randint(samples)] = info.min
        traces[rng.randint(channels), rng.randint(samples)] = info.max
    return np.clip(traces, info.min, info.max).astype(dtype)


def whole(rng, shape, dtype):
    info = np.iinfo(dtype)
    return rng.randint(info.min, int(info.max) + 1, shape, dtype="i8").astype(dtype)


def places(rng, count, samples):
    """Up to `count` different samples behind the first."""
    return np.sort(rng.permutation(np.arange(1, samples))[:count]) if samples > 1 else np.zeros(0, "i8")


def split(rng, total, parts):
    """Sizes of so many parts, some of nothing."""
    cuts = np.sort(rng.randint(0, total + 1, max(0, parts - 1)))
    return np.diff(np.concatenate([[0], cuts, [total]])).astype(int).tolist()


# Intan

RHD = {"amplifier": 0, "auxiliary": 1, "supply": 2, "analogin": 3, "digitalin": 4, "digitalout": 5}
RHS = {"amplifier": 0, "analogin": 3, "analogout": 4, "digitalin": 5, "digitalout": 6}


def qstring(text):
    return struct.pack("<I", 0xFFFFFFFF) if text is None else struct.pack("<I", 2 * len(text)) + text.encode("utf-16-le")


def intan_header(groups, version, fs, board, rhs, dc, temperatures, note):
    out = struct.pack("<Ihhf", 0xD69127AC if rhs else 0xC6912702, *version, fs) + bytes(2 + 4 * (8 if rhs else 6)) + bytes(10)
    out += bytes(16) if rhs else b""
    out += qstring(note) + qstring("") + qstring(None)
    if rhs:
        out += struct.pack("<2h", dc, board) + qstring("n/a")
    else:
        out += struct.pack("<h", temperatures) if version >= (1, 1) else b""
        out += struct.pack("<h", board) if version >= (1, 3) else b""
        out += qstring("n/a") if version >= (2, 0) else b""
    out += struct.pack("<h", len(groups))
    for name, channels in groups:
        kinds = [kind for _, kind, _ in channels]
        out += qstring(name) + qstring(name[-1:]) + struct.pack("<3h", bool(channels), len(channels), kinds.count("amplifier"))
        for order, (native, kind, enabled) in enumerate(channels):
            out += qstring(native) + qstring(f"{native}\u00b5") + struct.pack("<4h", order, order, (RHS if rhs else RHD)[kind], enabled)
            out += struct.pack("<3h" if rhs else "<2h", *([0] * (3 if rhs else 2))) + struct.pack("<4h2f", 0, 0, 0, 0, 1e5, -20)
    return out


def intan(where, rng, request):
    layout, fs = request["layout"], float(np.float32(request["fsHz"]))
    rhs = bool(rng.randint(2))
    folder = layout in ("signal", "channel")
    old = [] if folder else [(1, 0), (1, 1), (1, 2), (1, 3), (1, 5)]
    versions = [(1, 0), (3, 0), (3, 3)] if rhs else [*old, (2, 0), (3, 0), (3, 3)]
    version = versions[rng.randint(len(versions))]
    n = 60 if not rhs and version < (2, 0) else 128
    amps = max(1, request["channels"])
    counts = {kind: int(rng.randint(0, 1 + min(3, request["extra"]))) for kind in (RHS if rhs else RHD)}
    counts["amplifier"] = amps
    dc, temperatures = bool(rng.randint(2)) and rhs, int(rng.randint(0, 3)) if not rhs and version >= (1, 1) else 0
    board = int(rng.choice([0, 1, 13])) if version >= (1, 3) or rhs else 0
    # channels that are off stand among the others
    native = {"amplifier": "{0}-{1:03d}", "auxiliary": "A-AUX{1}", "supply": "A-VDD{1}", "analogin": "ANALOG-IN-{1}", "analogout": "ANALOG-OUT-{1}",
              "digitalin": "DIGITAL-IN-{1:02d}", "digitalout": "DIGITAL-OUT-{1:02d}"}
    groups = {"Port A": [], "Port B": [], "Port C": [], "Board": []}
    for kind, count in counts.items():
        on = rng.permutation(count + int(rng.randint(0, 3))) < count
        for c in range(len(on)):
            port = "B" if kind == "amplifier" and c >= count / 2 else "A"
            place = f"Port {port}" if kind in ("amplifier", "auxiliary", "supply") else "Board"
            groups[place].append((native[kind].format(port, c), kind, int(on[c])))
    # the order is the header's: port after port
    ids = {kind: [name for channels in groups.values() for name, k, on in channels if k == kind and on] for kind in counts}
    head = intan_header(list(groups.items()), version, fs, board, rhs, dc, temperatures, "n" * int(rng.randint(0, 40)))
    samples = max(0, request["samples"]) if folder else -(-request["samples"] // n) * n
    first = int(rng.choice([0, 0, 1, 12345, -777 if (rhs or version >= (1, 2)) else 3_000_000_000]))
    jumps = places(rng, request["gaps"], samples)
    missing = rng.randint(1, 1000, len(jumps))
    times = np.arange(samples, dtype="i8") + first
    for at, lost in zip(jumps, missing):
        times[at:] += lost
    times = times.astype("<u4" if first > 2**31 else "<i4")
    word = lambda count, length: rng.randint(0, 65536, (count, length)).astype("<u2")  # noqa: E731
    per = {"auxiliary": n // 4, "supply": 1} if not folder else {}
    parts = {}
    order = ["amplifier", "dcamplifier", "stim", "analogin", "analogout"] if rhs else ["amplifier", "auxiliary", "supply", "temperature", "analogin"]
    for kind in [*order, "digitalin", "digitalout"]:
        names = ids["amplifier"] if kind == "stim" or (kind == "dcamplifier" and dc) else ids.get(kind, [])
        count = temperatures if kind == "temperature" else min(1, len(names)) if kind.startswith("digital") else len(names)
        if count:
            length = samples // n * (1 if kind == "temperature" else per.get(kind, n)) if not folder else samples
            parts[kind] = signal(rng, count, length, "<u2") if kind == "amplifier" else word(count, length)
            ids[kind] = names if not kind.startswith("digital") or layout == "channel" else [f"DIGITAL-{'IN' if kind == 'digitalin' else 'OUT'}"]
    stem = "rec_{}_210101_{:02d}0000" if layout == "minutes" else "rec"
    ending = ".rhs" if rhs else ".rhd"
    if not folder:
        blocks = samples // n
        kind_of = [("time", times.dtype.str, (n,))]
        kind_of += [(k, "<u2", (len(v), 1 if k == "temperature" else per.get(k, n))) for k, v in parts.items()]
        body = np.zeros(blocks, kind_of)
        body["time"] = times.reshape(blocks, n)
        for kind, data in parts.items():
            body[kind] = data.reshape(len(data), blocks, body[kind].shape[2]).transpose(1, 0, 2)
        sizes = split(rng, blocks, 1 + request["extra"]) if layout == "minutes" else [blocks]
        at = 0
        for f, size in enumerate(sizes):
            rest = b"\x5a" * min(request["cut"], body.itemsize - 1)
            (where / (stem.format("x", f) + ending)).write_bytes(head + body[at:at + size].tobytes() + rest)
            at += size
    kinds = [kind for kind in parts if kind != "temperature"]
    kind = "amplifier" if rng.uniform() < 0.6 else kinds[rng.randint(len(kinds))]
    traces, rate = parts[kind], fs * (per.get(kind, n) / n if not folder else 1)
    signed = folder and kind == "amplifier"
    if signed:
        traces = (traces.astype("i4") - 32768).astype("<i2")
    found = samples
    if folder:
        (where / f"info{ending}").write_bytes(head)
        times.astype("<i4").tofile(where / "time.dat")
        for other, data in parts.items():
            if other == "temperature":
                continue
            data = (data.astype("i4") - 32768).astype("<i2") if other == "amplifier" else data
            if layout == "signal":
                found_rows = data.T.tobytes()
                if other == kind and request["cut"]:
                    found = samples - min(samples, 1 + request["cut"] // (2 * len(data)))
                    found_rows = data.T[:found].tobytes() + b"\1" * (request["cut"] % (2 * len(data)))
                (where / f"{other}.dat").write_bytes(found_rows)
            else:
                prefix = {"amplifier": "amp-", "auxiliary": "aux-", "supply": "vdd-", "dcamplifier": "dc-", "stim": "stim-"}.get(other, "board-")
                if other.startswith("digital"):
                    data = rng.randint(0, 2, (len(ids[other]), samples)).astype("<u2")
                    traces = data if other == kind else traces
                for name, row in zip(ids[other], data):
                    row.tofile(where / f"{prefix}{name}.dat")
    centred = {"analogin": {0: 0, 1: 1, 13: 1}[board] or rhs, "analogout": 1}.get(kind)
    gain = {"amplifier": 0.195, "auxiliary": 37.4, "supply": 74.8, "analogin": 312.5 if rhs else {0: 50.354, 1: 152.59, 13: 312.5}[board],
            "analogout": 312.5, "dcamplifier": -19230}.get(kind)
    offset = None if gain is None else 9845760 if kind == "dcamplifier" else -32768 * gain if centred or (kind == "amplifier" and not signed) else 0
    gap_rows = [] if kind in per else [[int(a), int(m), m * 1000 / fs] for a, m in zip(jumps, missing) if a < found or not folder]
    slower = kind in per and len(jumps) > 0
    neo = None
    if layout == "single" and kind == "amplifier" and not len(jumps) and version >= (2, 0) and not request["cut"]:
        neo = ("IntanRawIO", {"filename": str(where / f"rec{ending}"), "_stream": "0"})
    target = "." if folder or layout == "minutes" else f"rec{ending}"
    return {"path": target, "options": {"dataset": kind}, "traces": traces[:, :found] if folder else traces, "samples": traces.shape[1] if not folder else found,
            "fsHz": rate, "ids": ids[kind], "gains": None if gain is None else [gain] * len(traces), "offsets": None if gain is None else [offset] * len(traces),
            "startMs": first * 1000 / fs, "gaps": gap_rows, "refused": bool(gap_rows), "any": slower, "neo": neo}


# Blackrock

def text(value, length):
    return value.encode("latin-1").ljust(length, b"\0")


def nsx_header(electrodes, period, version, resolution, extra, scale):
    magic = b"BRSMPGRP" if version[0] == 3 else b"NEURALCD"
    out = magic + struct.pack("<2BI", *version, 314 + 66 * len(electrodes) + extra) + text("label", 16) + text("", 256)
    out += struct.pack("<2I8HI", period, resolution, 2021, 1, 5, 1, 12, 0, 0, 0, len(electrodes))
    unit, digital, analog = scale
    for e in electrodes:
        out += b"CC" + struct.pack("<H", e) + text(f"elec{e}", 16) + struct.pack("<2B4h", 1, e % 32, *digital, *analog) + unit.ljust(16, b"\0") + bytes(20)
    return out + b"\0" * extra


def blackrock(where, rng, request):
    channels, layout = max(1, request["channels"]), request["layout"]
    samples = request["samples"]
    electrodes = np.sort(rng.permutation(max(200, channels))[:channels] + 1).tolist()
    period = int(rng.choice([1, 3, 15, 30, 60]))
    fs = 30000 / period
    data = signal(rng, channels, samples)
    path = where / f"rec.ns{rng.randint(1, 7)}"
    frame = 2 * channels
    rest = b"\1" * min(request["cut"], frame - 1)
    if layout == "2.1":
        head = b"NEURALSG" + text("x", 16) + struct.pack("<2I", period, channels) + struct.pack(f"<{channels}I", *electrodes)
        path.write_bytes(head + data.T.tobytes() + rest)
        return {"path": path.name, "options": {}, "traces": data, "samples": samples, "fsHz": fs, "ids": electrodes, "gains": None, "offsets": None,
                "startMs": 0, "gaps": [], "refused": False}
    digital, analog = [(-32764, 32764), (-32767, 32767), (-1000, 3000)][rng.randint(3)], [(-8191, 8191), (-5000, 5000), (0, 5000)][rng.randint(3)]
    unit, factor = [(b"uV", 1), (b"mV", 1000), (b"V", 1e6)][rng.randint(3)]
    gain = (analog[1] - analog[0]) / (digital[1] - digital[0]) * factor
    scale = {"ids": electrodes, "gains": [gain] * channels, "offsets": [analog[0] * factor - digital[0] * gain] * channels}
    extra = int(rng.randint(0, 20))
    if layout == "ptp":
        base = 1_700_000_000_000_000_000 + int(rng.randint(0, 2**31))
        step = 1e9 * period / 30000
        jumps = places(rng, request["gaps"], samples)
        lost = rng.randint(1, 500, len(jumps))
        skipped = np.zeros(samples, "i8")
        for at, m in zip(jumps, lost):
            skipped[at:] += m
        body = np.zeros(samples, [("mark", "u1"), ("time", "<u8"), ("points", "<u4"), ("data", "<i2", (channels,))])
        jitter = rng.randint(-40, 41, samples)
        jitter[:1] = 0
        ticks = np.round((np.arange(samples) + skipped) * step).astype("i8") + jitter
        body["mark"], body["points"], body["time"], body["data"] = 1, 1, ticks + base, data.T
        path.write_bytes(nsx_header(electrodes, period, (3, 0), 10**9, extra, (unit, digital, analog)) + body.tobytes() + rest)
        gaps = [[int(at), int(m), float(ticks[at] - ticks[at - 1] - step) / 1e6] for at, m in zip(jumps, lost)]
        return {"path": path.name, "options": {}, "traces": data, "samples": samples, "fsHz": fs, **scale, "startMs": base / 1e6,
                "gaps": gaps, "refused": bool(len(gaps))}
    version = {"2.2": (2, 2), "2.3": (2, 3), "3.0": (3, 0)}[layout]
    wide = version[0] == 3
    resolution = int(rng.choice([30000, 30000, 60000] if wide else [30000]))
    per_sample = resolution * period // 30000
    sizes = split(rng, samples, 1 + request["gaps"])
    time = int(rng.choice([0, 7, 2**33 if wide else 2**31]))
    head = nsx_header(electrodes, period, version, resolution, extra, (unit, digital, analog))
    body, segments, at, expected = b"", [], 0, None
    for k, size in enumerate(sizes):
        if k:
            # the clock goes on, stood still, or began again, which behind a packet of nothing nobody could tell from samples
            back = min(time, per_sample * 3000) if sizes[k - 1] else 0
            time += int(rng.choice([0, per_sample * 5, per_sample * 30011, -back]))
        cut = request["cut"] and k == len(sizes) - 1
        stated = 0 if cut and rng.uniform() < 0.3 and size else size + (1000 if cut else 0)
        body += struct.pack("<BQI" if wide else "<BII", 1, time, stated) + data[:, at:at + size].T.tobytes()
        if size:
            if segments and abs(time - expected) <= per_sample / 2:
                segments[-1][1] += size
            else:
                segments.append([at, size, time])
            expected = time + size * per_sample
        at, time = at + size, time + size * per_sample
    path.write_bytes(head + body + (rest if request["cut"] else b""))
    base = {"path": path.name, "fsHz": fs, **scale, "segments": len(segments)}
    if request["join"] or not segments:
        gaps = []
        for a, b in zip(segments, segments[1:]):
            extra_ticks = b[2] - a[2] - a[1] * per_sample
            gaps.append([b[0], round(extra_ticks / per_sample), extra_ticks * 1000 / resolution])
        return {**base, "options": {"gapToleranceMs": 1e12}, "traces": data, "samples": samples, "gaps": gaps, "refused": False,
                "startMs": segments[0][2] * 1000 / resolution if segments else 0}
    k = int(rng.randint(len(segments)))
    begin, size, tick = segments[k]
    plain = layout == "2.3" and len(sizes) == len(segments) and not request["cut"] and len(segments) == 1
    neo = ("BlackrockRawIO", {"filename": str(where / "rec"), "nsx_to_load": int(path.name[-1])}) if plain else None
    return {**base, "options": {"segmentIndex": k}, "traces": data[:, begin:begin + size], "samples": size, "gaps": [], "refused": False,
            "startMs": tick * 1000 / resolution, "neo": neo}


# Neuralynx

def nlx_header(lines, style):
    """Blanks, colons or tabs, as versions of Cheetah write them; Neo reads the first."""
    newline = ["\r\n", "\n", "\r\n"][style]
    turn = [lambda k, v: f"-{k} {v}", lambda k, v: f"-{k}: {v}", lambda k, v: f"\t-{k}\t{v} "][style]
    body = newline.join(["######## Neuralynx Data File Header", "## Time Opened (m/d/y): 1/1/2021", *[turn(k, v) for k, v in lines], ""])
    return body.encode("latin-1").ljust(16384, b"\0")


def neuralynx(where, rng, request):
    channels, samples = max(1, min(64, request["channels"])), request["samples"]
    said, fs = [(32000, 32000.0), (30303, 30303.0), (2666.67, 2666.67), (1017.375, 1017.375), (27789, 1e6 / 35), (29411, 1e6 / 34)][rng.randint(6)]
    old = said in (27789, 29411)
    data = signal(rng, channels, samples)
    valid, at = [], 0
    pauses = set((places(rng, request["gaps"], max(1, samples // 512)) if samples > 1024 else np.zeros(0, int)).tolist())
    while at < samples:
        count = min(512, samples - at)
        # a record that is not full, as before a pause
        if rng.uniform() < 0.05 or len(valid) + 1 in pauses:
            count = int(rng.randint(1, count + 1))
        valid.append(count)
        at += count
    valid = np.array(valid, int)
    starts = np.concatenate([[0], np.cumsum(valid)[:-1]]).astype(int)
    first = int(rng.choice([0, 70594114, 1_600_000_000_000_000]))
    lost = np.zeros(len(valid), "i8")
    for record in pauses:
        if record < len(valid):
            lost[record] = int(rng.randint(1, 100000)) * 100 + int(2e6 / fs)
    exact = starts * 1e6 / fs + np.cumsum(lost)
    times = (np.round(exact) if not old else exact.round()).astype("i8") + first
    kind = [("time", "<u8"), ("channel", "<u4"), ("rate", "<u4"), ("valid", "<u4"), ("data", "<i2", (512,))]
    empty = rng.uniform() < 0.1 and len(valid) > 1
    volts = float(rng.choice([6.1e-8, 0.000000024426, 1.5e-7]))
    inverted, style = bool(rng.randint(2)), int(rng.randint(3))
    names = []
    for c in range(channels):
        body = np.full(len(valid), 0, kind)
        body["time"], body["rate"], body["valid"], body["channel"] = times, int(said), valid, 7
        rows = np.full((len(valid), 512), 0x7777, "<i2")
        mask = np.arange(512)[None, :] < valid[:, None]
        rows[mask] = data[c]
        body["data"] = rows
        if empty:
            body = np.insert(body, 1, np.zeros(1, kind))
        revision = [("CheetahRev", "4.0.2"), ("NLX_Base_Class_Type", "CscAcqEnt")] if old else [("CheetahRev", "5.7.4"), ("HardwareSubSystemType", "DigitalLynx"), ("TimeCreated", "2021/01/01 12:00:00"), ("TimeClosed", "2021/01/01 12:00:00")]
        lines = [("FileType", "CSC"), *revision, ("RecordSize", 1044), ("SamplingFrequency", said), ("ADBitVolts", f"{volts:.12f}"), ("ADChannel", c),
                 ("DspFilterDelay_\xb5s", 473), ("InputInverted", "True" if inverted else "False"), ("AcqEntName", f"CSC{c + 1}")]
        name = f"CSC{c + 1}"
        names.append(name)
        (where / f"{name}.ncs").write_bytes(nlx_header(lines, style) + body.tobytes() + b"\1" * min(request["cut"], 1043))
    gain = float(f"{volts:.12f}") * 1e6 * (-1 if inverted else 1)
    gaps = []
    for r in range(1, len(valid)):
        extra = times[r] - times[r - 1] - valid[r - 1] * 1e6 / fs
        if abs(extra) > 5e5 / fs:
            gaps.append([int(starts[r]), round(extra * fs / 1e6), extra / 1000])
    one = channels == 1 and rng.uniform() < 0.5
    full = len(valid) and (valid[:-1] == 512).all()
    simple = full and not old and not gaps and not empty and not request["cut"] and float(said).is_integer() and style == 0
    neo = ("NeuralynxRawIO", {"dirname": str(where), "_order": np.argsort(names)}) if simple else None
    return {"path": "CSC1.ncs" if one else ".", "options": {}, "traces": data, "samples": samples, "fsHz": fs, "ids": names, "gains": [gain] * channels,
            "offsets": [0] * channels, "startMs": times[0] / 1000 if len(times) else 0, "gaps": gaps, "refused": bool(gaps), "neo": neo}


# Plexon

def plx_header(version, ticks, spike_channels, slow, bits, top, preamp):
    out = b"PLEX" + struct.pack("<i", version) + text("comment", 128) + struct.pack("<6i", ticks, len(spike_channels), 1, len(slow), 32, 8)
    out += struct.pack("<8id", 2021, 1, 2, 3, 4, 5, 0, ticks, 1e6) + struct.pack("<4B3H", 1, 1, 16, bits, 3000, top, preamp)
    # the counts of events, spikes and samples are hints that nobody may trust
    out = out.ljust(256, b"\0") + bytes(2 * 130 * 5 * 4 + 512 * 4)
    for name, number in spike_channels:
        out += (text(name, 32) + text("sig", 32) + struct.pack("<i", number)).ljust(1020, b"\0")
    out += (text("EVT01", 32) + struct.pack("<i", 1)).ljust(296, b"\0")
    for name, number, rate, gain, enabled, amplifier in slow:
        out += (text(name, 32) + struct.pack("<6i", number, rate, gain, enabled, amplifier, 0)).ljust(296, b"\0")
    return out


def plx_block(kind, time, channel, unit=0, words=None):
    words = np.zeros(0, "<i2") if words is None else np.asarray(words, "<i2")
    return struct.pack("<hHI4h", kind, time >> 32, time & 0xFFFFFFFF, channel, unit, 1 if len(words) else 0, len(words)) + words.tobytes()


def plx_gain(version, bits, top, gain, amplifier):
    if version <= 101:
        return 5000 / (2048 * gain * 1000) * 1000
    return 5000 / (2048 * gain * amplifier) * 1000 if version == 102 else top / (0.5 * 2**bits * gain * amplifier) * 1000


def plexon(where, rng, request):
    version = int(rng.choice([100, 101, 102, 103, 105, 106, 107]))
    ticks = 40000
    rates = [40000, 1000] if request["extra"] else [int(rng.choice([40000, 1000, 20000]))]
    channels = max(1, min(request["channels"], 250))
    bits, top = (int(rng.choice([12, 16])), int(rng.choice([2500, 5000]))) if version >= 103 else (12, 5000)
    first = int(rng.choice([0, 77, 2**33]))
    streams, slow, blocks = {}, [], []
    number = int(rng.randint(0, 3))
    samples = min(request["samples"], 40000)
    for rate in rates:
        own = channels if rate == rates[0] else int(rng.randint(1, 4))
        count = samples if rate == rates[0] else max(1, samples * rate // rates[0])
        data = signal(rng, own, count, "<i2")
        fragments = [f for f in split(rng, count, 1 + min(400, count // max(1, int(rng.choice([1, 7, 120, 512]))))) if f]
        step = ticks // rate
        jump = set(places(rng, request["gaps"], len(fragments)).tolist()) if rate == rates[0] else set()
        time, at, gaps, pieces = first, 0, [], []
        for f, size in enumerate(fragments):
            if f in jump:
                lost = int(rng.randint(1, 5000))
                time += lost * step
                gaps.append([at, lost, lost * 1000 / rate])
            pieces.append((time, at, size))
            time, at = time + size * step, at + size
        numbers = []
        for c in range(own):
            gain = int(rng.choice([1, 10, 50]))
            slow.append((f"AD{number}", number, rate, gain, 1, int(rng.choice([1, 1000]))))
            numbers.append(number)
            number += 1 + int(rng.randint(0, 2))
        streams[rate] = (data, numbers, gaps, count)
        for time, at, size in pieces:
            for c in rng.permutation(own):
                blocks.append(((time, len(blocks)), plx_block(5, time, numbers[c], words=data[c, at:at + size])))
        last = pieces[-1][2] if pieces else 0
    slow.append(("off", number, rates[0], 1, 0, 1))
    for _ in range(min(200, samples)):
        time = first + int(rng.randint(0, 100000))
        blocks.append(((time, len(blocks)), plx_block(1, time, 1, int(rng.randint(0, 3)), np.zeros(8)) if rng.uniform() < 0.7 else plx_block(4, time, 1)))
    # blocks come about in the order of time
    body = b"".join(block for _, block in sorted(blocks, key=lambda each: each[0]))
    cut = plx_block(5, 0, slow[0][1], words=np.zeros(200))[:min(request["cut"], 400)]
    (where / "rec.plx").write_bytes(plx_header(version, ticks, [("SPK01", 1)], slow, bits, top, 1000) + body + cut)
    rate = rates[rng.randint(len(rates))]
    data, numbers, gaps, count = streams[rate]
    chosen = [row for row in slow if row[1] in numbers]
    gains = [plx_gain(version, bits, top, row[3], row[5]) for row in chosen]
    neo = ("PlexonRawIO", {"filename": str(where / "rec.plx"), "_end": last}) if len(rates) == 1 and not gaps and not cut else None
    return {"path": "rec.plx", "options": {"dataset": str(rate)}, "traces": data, "samples": count, "fsHz": rate, "ids": numbers, "gains": gains,
            "offsets": [0] * len(gains), "startMs": first * 1000 / ticks, "gaps": gaps, "refused": bool(gaps), "neo": neo}
