"""Rigs whose samples lie one after the other behind a description: SpikeGadgets, TDT, 3Brain, EDF and BDF, NeuroScope."""
import json
import struct

import h5py
import numpy as np

from cases import store
from rig_blocks import places, signal, split


def spikegadgets(where, rng, request):
    probe = request["layout"] == "neuropixels"
    channels = max(1, request["channels"]) if probe else 32 * max(1, min(16, request["channels"] // 32))
    samples, fs = request["samples"], request["fsHz"]
    data = signal(rng, channels, samples)
    sizes = rng.randint(1, 20, rng.randint(1, 5))
    devices = "".join(f'<Device name="d{i}" numBytes="{n}" available="1" packetOrderPreference="{rng.randint(99)}"/>' for i, n in enumerate(sizes))
    scale = rng.choice([None, 0.195, 0.018])
    listed, groups = rng.permutation(channels), ""
    spots = {int(number): rng.randint(-4000, 4000, 3) for number in listed}
    for i, number in enumerate(listed):
        scaling = "" if scale is None else f' rawScalingToUv="{scale}"'
        spot = ' coord_ml="%d" coord_dv="%d" coord_ap="%d"' % tuple(spots[int(number)]) if probe else ""
        groups += f'<SpikeNTrode id="{i}"{scaling}><SpikeChannel hwChan="{number}" maxDisp="200"{spot}/></SpikeNTrode>\n'
    device = ' device="neuropixels1" chanPerChip="0"' if probe else rng.choice(["", ' chanPerChip="32"', ' device="intan"'])
    xml = f"""<?xml version="1.0" encoding="UTF-8"?>
<Configuration>
 <GlobalConfiguration saveDisplayedChanOnly="0"/>
 <HardwareConfiguration samplingRate="{fs!r}" numChannels="{channels}">{devices}<Device name="off" numBytes="9" available="0"/></HardwareConfiguration>
 <SpikeConfiguration{device}>{groups}</SpikeConfiguration>
</Configuration>
"""
    first = int(rng.choice([0, 1234, 2**32 - 40]))
    jumps = places(rng, request["gaps"], samples)
    lost = rng.randint(1, 1000, len(jumps))
    times = np.arange(samples, dtype="i8") + first
    for at, m in zip(jumps, lost):
        times[at:] += m
    body = np.zeros(samples, [("sync", "u1"), ("devices", "u1", (int(sizes.sum()),)), ("time", "<u4"), ("data", "<i2", (channels,))])
    body["sync"], body["devices"], body["time"], body["data"] = 0x55, 0xAA, times % 2**32, data.T
    newline = "\r\n" if rng.randint(2) else "\n"
    (where / "rec.rec").write_bytes(xml.replace("\n", newline).encode() + body.tobytes() + b"\x55" * min(request["cut"], 2 * channels))
    chips = channels // 32
    ids = list(range(channels)) if probe else [(p % chips) * 32 + p // chips for p in range(channels)]
    return {"path": "rec.rec", "options": {}, "traces": data, "samples": samples, "fsHz": fs, "ids": ids,
            "gains": None if scale is None else [scale] * channels, "offsets": None if scale is None else [0] * channels, "startMs": first * 1000 / fs,
            "gaps": [[int(a), int(m), m * 1000 / fs] for a, m in zip(jumps, lost)], "refused": bool(len(jumps)),
            "locations": [spots[i].tolist() for i in ids] if probe else None}


# TDT

START = 1_600_000_000.25
TDT = ["<f4", "<i4", "<i2", "i1", "<f8"]


def tsq_row(size, kind, name, channel, time, offset=0, form=0, fs=0.0):
    return struct.pack("<ii4sHHdqif", size, kind, name, channel, 0, time, offset, form, fs)


def tdt(where, rng, request):
    channels, samples = max(1, min(200, request["channels"])), request["samples"]
    # the rate is 2^(code - 12) × 25 MHz
    code = int(rng.randint(0, 4))
    fs = 25e6 * 2.0**(code - 12)
    form = int(rng.randint(5))
    dtype = np.dtype(TDT[form])
    data = (rng.normal(0, 1e-4, (channels, samples)) if dtype.kind == "f" else signal(rng, channels, samples, "i1" if form == 3 else "<i2")).astype(dtype)
    ids = np.sort(rng.permutation(channels * 2)[:channels] + 1).tolist()
    delay = float(rng.choice([0, 0.5, 17.25]))
    gains = [1e6] * channels if form == 0 else None
    base = {"fsHz": fs, "ids": ids, "gains": gains, "offsets": gains and [0] * channels}
    rows = [tsq_row(0, 0x8801, b"\1\0\0\0", 0, START)]
    if request["layout"] == "sev":
        # files of one channel, in hours; of each channel the last is cut by its own
        sizes = split(rng, samples, 1 + request["extra"])
        found = samples
        rows.append(tsq_row(10, 0x8111, b"RSn1", 1, START + delay, 0, form, fs))
        for c, number in enumerate(ids):
            at = 0
            for hour, size in enumerate(sizes):
                piece = data[c, at:at + size]
                at += size
                rest = b""
                if request["cut"] and hour == len(sizes) - 1 and c % 3 == 1:
                    drop = min(len(piece), 1 + request["cut"] % 50)
                    piece, rest = piece[:len(piece) - drop], b"\1" * min(request["cut"], dtype.itemsize - 1)
                    found = min(found, at - drop)
                head = struct.pack("<Q", 7) + b"SEV" + struct.pack("<B", 3) + b"RSn1" + struct.pack("<HHHHBBH", number, channels, dtype.itemsize, 0, 0xA0 | form, 1, code)
                name = f"tank_block_RSn1_{'Ch' if hour % 2 else 'ch'}{number}{f'-{hour}h' if hour else ''}.sev"
                (where / name).write_bytes(head.ljust(40, b"\0") + piece.tobytes() + rest)
        (where / "tank_block.tsq").write_bytes(tsq_row(40 * (len(rows) + 1), 0, b"\0\0\0\0", 0, 0) + b"".join(rows))
        return {**base, "path": ".", "options": {"dataset": "RSn1"}, "traces": data[:, :found], "samples": found, "startMs": delay * 1000, "gaps": [], "refused": False}
    # pieces hold whole words of four bytes
    unit = max(1, 4 // dtype.itemsize) * int(rng.choice([1, 4, 16, 64, 256]))
    pieces = samples // unit
    jump = set(places(rng, request["gaps"], pieces).tolist())
    tev, time, before, gaps = bytearray(64), delay, 0, []
    lacking = set(ids[c] for c in range(channels) if rng.uniform() < 0.3) if request["cut"] and pieces > 1 else set()
    lacking = lacking if len(lacking) < channels else set()
    # channels in one order in each cycle, or in any
    steady = rng.permutation(channels) if rng.randint(2) else None
    for p in range(pieces):
        if p in jump:
            lost = int(rng.randint(1, 5000))
            time += lost / fs
            # seconds since 1970 have digits of 0.2 µs
            gaps.append([p * unit, lost, ((START + time) - (START + before) - unit / fs) * 1000])
        before = time
        for c in rng.permutation(channels) if steady is None else steady:
            if p == pieces - 1 and ids[c] in lacking:
                continue
            piece = data[c, p * unit:(p + 1) * unit].tobytes()
            rows.append(tsq_row(10 + len(piece) // 4, 0x8101, b"Wav1", ids[c], START + time, len(tev), form, fs))
            tev += piece
        if request["extra"]:
            rows.append(tsq_row(10, 0x0201, b"Tick", 0, START + time, 0, 4, 0.0))
            rows.append(tsq_row(10 + 8, 0x8201, b"eNe1", 1, START + time, len(tev), 0, fs))
            tev += bytes(32)
        time += unit / fs
    rows.append(tsq_row(0, 0x8801, b"\2\0\0\0", 0, START + time))
    whole = pieces - (1 if lacking and pieces else 0)
    gaps = [gap for gap in gaps if gap[0] < whole * unit]
    block = where / "tank" / "block"
    block.mkdir(parents=True)
    (block / "tank_block.tsq").write_bytes(tsq_row(40 * (len(rows) + 1), 0, b"\0\0\0\0", 0, 0) + b"".join(rows))
    (block / "tank_block.tev").write_bytes(bytes(tev))
    (block / "tank_block.Tbk").write_bytes(b"[USERNOTEDELIMITER]\0\0[STOREHDRITEM]\0NAME=StoreName;TYPE=T;VALUE=Wav1;\r\nNAME=NumPoints;TYPE=L;VALUE=1;\r\n[USERNOTEDELIMITER]")
    return {**base, "path": "tank/block", "options": {"dataset": "Wav1"}, "traces": data[:, :whole * unit], "samples": whole * unit, "startMs": delay * 1000 if pieces else 0,
            "gaps": gaps, "refused": bool(gaps)}


# 3Brain

def biocam(where, rng, request):
    channels, samples, fs, layout = max(1, request["channels"]), request["samples"], float(request["fsHz"]), request["layout"]
    data = signal(rng, channels, samples, "<u2") // 16 if layout != "v4" else signal(rng, channels, samples, "<u2" if rng.randint(2) else "<i2")
    path = where / "rec.brw"
    storage = {**(request["storage"] or {}), "column": "(N,)"}
    if "scaleoffset" in (storage.get("filters") or []):
        storage["filters"] = []
    with h5py.File(path, "w", libver=["earliest", "latest"][rng.randint(2)]) as f:
        if layout != "v4":
            inversion = float(rng.choice([1, -1]))
            flat = layout == "v3"
            variables = f.create_group("3BRecInfo/3BRecVars")
            for name, value, kind in (("BitDepth", 12, "u1"), ("MaxVolt", 4125, "f8"), ("MinVolt", -4125, "f8"), ("SamplingRate", fs, "f8"),
                                      ("NRecFrames", samples, "i8"), ("SignalInversion", inversion, "f8")):
                variables[name] = np.array([value], kind)
            chips = rng.permutation(max(64 * 64, channels))[:channels]
            spots = [(int(p) // 64 + 1, int(p) % 64 + 1) for p in chips]
            f["3BRecInfo/3BMeaStreams/Raw/Chs"] = np.array(spots, [("Row", "<i2"), ("Col", "<i2")])
            group = f.create_group("3BData")
            group.attrs["Version"] = 101 if flat else 100
            store(group, "Raw", data.T.ravel() if flat else data.T, storage)
            gain = inversion * 8250 / 4096
            ids, offset, gaps, start = [f"{r}-{c}" for r, c in spots], inversion * -4125, [], 0
            options = {}
        else:
            top, bottom, low, high, factor = 4000.0, -4000.0, int(rng.choice([0, 5])), int(rng.choice([4095, 4005])), float(rng.choice([1.0, 2.0]))
            converter = {"MinAnalogValue": bottom, "MaxAnalogValue": top, "MinDigitalValue": low, "MaxDigitalValue": high, "ScaleFactor": factor}
            settings = json.dumps({"ValueConverter": converter, "TimeConverter": {"FrameRate": fs}})
            f.create_dataset("ExperimentSettings", data=np.array([settings.encode()], object), dtype=h5py.string_dtype("ascii"))
            sizes = [size for size in split(rng, samples, 1 + request["gaps"]) if size] or [samples]
            start, rows, gaps, at = int(rng.choice([0, 10])), [], [], 0
            now = start
            for k, size in enumerate(sizes):
                lost = int(rng.choice([0, 3, 1000])) if k else 0
                if lost:
                    gaps.append([at, lost, lost * 1000 / fs])
                rows.append((now + lost, now + lost + size))
                now, at = now + lost + size, at + size
            f["TOC"] = np.array(rows, "i8")
            ids = np.sort(rng.permutation(4096)[:channels]).tolist() if channels <= 4096 else list(range(channels))
            wells = ["Well_A1", "Well_B2"] if request["extra"] else ["Well_A1"]
            mine = wells[rng.randint(len(wells))]
            for well in wells:
                group = f.create_group(well)
                group["StoredChIdxs"] = np.array(ids, "i4")
                store(group, "Raw", (data if well == mine else data[:, ::-1]).T.ravel(), storage)
            gain = factor * (top - bottom) / (high - low)
            offset, options = bottom - low * gain, {"dataset": mine} if len(wells) > 1 else {}
    neo = ("BiocamRawIO", {"filename": str(path)}) if layout != "v4" and gain > 0 else None
    return {"path": "rec.brw", "options": options, "traces": data, "samples": samples, "fsHz": fs, "ids": ids, "gains": [gain] * channels,
            "offsets": [offset] * channels, "startMs": start * 1000 / fs, "gaps": gaps, "refused": bool(gaps), "neo": neo}


# EDF

def field(value, length):
    return str(value).encode("latin-1")[:length].ljust(length)


def edf(where, rng, request):
    bdf, variant = request["layout"].startswith("BDF"), request["layout"][3:]
    width, limit = (3, 2**23) if bdf else (2, 2**15)
    per = [int(rng.choice([1, 2, 60, 128, 200, 512]))]
    if request["extra"]:
        per.append(per[0] * 2 + 1)
    duration = float(rng.choice([1, 0.1, 0.5, 2]))
    records = request["samples"] // per[0]
    channels = max(1, min(request["channels"], 300))
    signals, values = [], []
    units = {"uV": 1, "mV": 1000, "V": 1e6, "nV": 1e-3, "\xb5V": 1, "MV": 1000, "degC": None, "": None}
    for c in range(channels):
        n = per[rng.randint(len(per))]
        unit = str(rng.choice(list(units)))
        pmin, pmax = [(-100, 100), (50, -50), (0, 1)][rng.randint(3)]
        dmin, dmax = [(-limit, limit - 1), (-1000, 3000)][rng.randint(2)]
        ends = np.iinfo("<i2")
        data = signal(rng, 1, records * n, "<i2")[0].astype("i4")
        if bdf:
            data = np.clip(data.astype("i8") * 256 + rng.randint(0, 256, len(data)), -limit, limit - 1).astype("i4")
        else:
            data = np.clip(data, ends.min, ends.max)
        gain = None if units[unit] is None else (pmax - pmin) / (dmax - dmin) * units[unit]
        offset = None if gain is None else pmin * units[unit] - dmin * gain
        signals.append((f"E{c % 50}", unit, pmin, pmax, dmin, dmax, n))
        values.append((data, gain, offset))
    onsets, gaps, now = [], [], 0.25
    chosen = signals[int(rng.randint(channels))][6]
    step = duration / chosen
    for r in range(records):
        if variant == "+D" and r and rng.uniform() < min(0.5, request["gaps"] / max(1, records)):
            # onsets have some digits only
            lost = max(1, round(7 * duration / 0.0625)) * 0.0625
            now += lost
            gaps.append([r * chosen, round(lost / step), lost * 1000])
        onsets.append(f"+{now:.6f}".rstrip("0").rstrip(".") + "\x14\x14\0" + ("+1\x15" "0.5\x14note\x14" if r % 3 == 1 else ""))
        now += duration
    notes = 30
    order = [("signal", c) for c in range(channels)]
    if variant:
        order.insert(int(rng.randint(len(order) + 1)), ("notes", 0))
    label = "BDF Annotations" if bdf else "EDF Annotations"
    rows = [signals[c] if kind == "signal" else (label, "", -1, 1, -32768, 32767, notes) for kind, c in order]
    said = records if not request["cut"] else int(rng.choice([-1, records + 5]))
    head = (b"\xffBIOSEMI" if bdf else field(0, 8)) + field("X", 80) + field("X", 80) + field("01.01.21", 8) + field("12.00.00", 8)
    reserved = f"{'BDF' if bdf else 'EDF'}{variant}" if variant else "24BIT" if bdf else ""
    head += field(256 * (len(rows) + 1), 8) + field(reserved, 44) + field(said, 8) + field(f"{duration:g}", 8) + field(len(rows), 4)
    for column, length in ((0, 16), (None, 80), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (None, 80), (6, 8), (None, 32)):
        head += b"".join(field("" if column is None else row[column], length) for row in rows)
    body = np.zeros(records, [(f"s{i}", "u1", (row[6] * width,)) for i, row in enumerate(rows)])
    for i, (kind, c) in enumerate(order):
        if kind == "notes":
            for r in range(records):
                body[f"s{i}"][r] = np.frombuffer(onsets[r].encode().ljust(notes * width, b"\0"), "u1")
        else:
            wide = values[c][0].astype("<i4").reshape(-1, 1).view("u1").reshape(-1, 4)[:, :width]
            body[f"s{i}"] = np.ascontiguousarray(wide).reshape(records, rows[i][6] * width)
    (where / "rec.edf").write_bytes(head + body.tobytes() + b"\1" * min(request["cut"], body.itemsize - 1))
    own = [c for c in range(channels) if signals[c][6] == chosen]
    traces = np.array([values[c][0] for c in own]).reshape(len(own), records * chosen).astype("i4" if bdf else "i2")
    gains = [values[c][1] for c in own]
    known = any(g is not None for g in gains)
    fs = chosen / duration
    return {"path": "rec.edf", "options": {"dataset": f"{fs:g}"}, "traces": traces, "samples": traces.shape[1], "fsHz": fs, "ids": [signals[c][0] for c in own],
            "gains": gains if known else None, "offsets": [values[c][2] for c in own] if known else None, "startMs": 250 if variant else 0,
            "gaps": gaps, "refused": bool(gaps)}


# NeuroScope

def neuroscope(where, rng, request):
    channels, samples, fs, kind = max(1, request["channels"]), request["samples"], request["fsHz"], request["layout"]
    bits = int(rng.choice([12, 14, 16, 16, 32]))
    data = signal(rng, channels, samples, "<i4" if bits == 32 else "<i2")
    lfp, voltage, amplification = int(rng.choice([1250, 500])), int(rng.choice([20, 10, 0])), int(rng.choice([1000, 400]))
    skipped = "".join(f'<channel skip="{int(rng.uniform() < 0.1)}">{c}</channel>' for c in rng.permutation(channels))
    listed = f"<files><file><extension>{kind}</extension><samplingRate>777</samplingRate></file></files>" if request["extra"] == 1 else ""
    xml = f"""<?xml version='1.0'?>
<!DOCTYPE neuroscope>
<parameters version="1.0">
 <acquisitionSystem><nBits>{bits}</nBits><nChannels>{channels}</nChannels><samplingRate>{fs!r}</samplingRate>
  <voltageRange>{voltage}</voltageRange><amplification>{amplification}</amplification><offset>2048</offset></acquisitionSystem>
 <fieldPotentials><lfpSamplingRate>{lfp}</lfpSamplingRate></fieldPotentials>{listed}
 <anatomicalDescription><channelGroups><group>{skipped}</group></channelGroups></anatomicalDescription>
 <spikeDetection><channelGroups/></spikeDetection>
</parameters>
"""
    (where / ("rat.xml" if rng.randint(2) else "other.xml")).write_text(xml)
    rest = b"\1" * min(request["cut"], data.dtype.itemsize * channels - 1)
    (where / f"rat.{kind}").write_bytes(data.T.tobytes() + rest)
    rate = 777 if listed else fs if kind in ("dat", "fil") else lfp
    gain = voltage / 2**bits / amplification * 1e6
    return {"path": f"rat.{kind}", "options": {}, "traces": data, "samples": samples, "fsHz": rate, "ids": list(range(channels)),
            "gains": [gain] * channels if gain else None, "offsets": [0] * channels if gain else None, "startMs": 0, "gaps": [], "refused": False}
