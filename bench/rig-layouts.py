"""The same samples as recording rigs lay them out, with what the prover writes headers by: FOLDER PROVE CHANNELS SAMPLES FS."""
import sys, pathlib, struct, json
folder, prove, channels, samples, fs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
sys.path.insert(0, prove)
import h5py, numpy as np
import rig_blocks as blocks
where = pathlib.Path(folder)
rng = np.random.default_rng(1)
x = rng.normal(0, 20, (samples, channels))
t = np.arange(40)
spike = -150 * np.sin(t / 6) * np.exp(-t / 12)
for c in range(channels):
    for s in rng.integers(0, samples - 50, 18 * samples // fs):
        x[s:s + 40, c] += spike * rng.uniform(0.7, 1.6)
x = np.rint(x).astype("<i2")
x.tofile(where / "flat.bin")
rows = np.ascontiguousarray(x.T)
rows.tofile(where / "rows.bin")
(x.astype("i4") + 32768).astype("<u2").tofile(where / "unsigned.bin")
names = [(f"A-{c:03d}", "amplifier", 1) for c in range(channels)]
header = lambda: blocks.intan_header([("Port A", names)], (3, 3), fs, 0, False, False, 0, "")
(where / "intan").mkdir()
n = 128
body = np.zeros(samples // n, [("time", "<i4", (n,)), ("data", "<u2", (channels, n))])
body["time"] = np.arange(samples).reshape(-1, n)
body["data"] = (x.astype("i4") + 32768).astype("<u2").reshape(-1, n, channels).transpose(0, 2, 1)
(where / "intan/single.rhd").write_bytes(header() + body.tobytes())
for kind in ("signal", "channel"):
    (where / f"intan_{kind}").mkdir()
    (where / f"intan_{kind}/info.rhd").write_bytes(header())
    np.arange(samples, dtype="<i4").tofile(where / f"intan_{kind}/time.dat")
x.tofile(where / "intan_signal/amplifier.dat")
for c in range(channels):
    rows[c].tofile(where / f"intan_channel/amp-A-{c:03d}.dat")
nsx = lambda version, resolution: blocks.nsx_header(list(range(1, channels + 1)), 1, version, resolution, 0, (b"uV", (-32764, 32764), (-8191, 8191)))
(where / "one.ns6").write_bytes(nsx((2, 3), 30000) + struct.pack("<BII", 1, 0, samples) + x.tobytes())
packets = np.zeros(samples, [("mark", "u1"), ("time", "<u8"), ("points", "<u4"), ("data", "<i2", (channels,))])
packets["mark"], packets["points"], packets["data"] = 1, 1, x
packets["time"] = np.round(np.arange(samples) * 1e9 / 30000).astype("u8") + 1_700_000_000_000_000_000
(where / "ptp.ns6").write_bytes(nsx((3, 0), 10**9) + packets.tobytes())
(where / "neuralynx").mkdir()
for c in range(channels):
    records = np.zeros(samples // 512, [("time", "<u8"), ("channel", "<u4"), ("rate", "<u4"), ("valid", "<u4"), ("data", "<i2", (512,))])
    records["time"], records["valid"] = np.round(np.arange(samples // 512) * 512e6 / fs), 512
    records["data"] = rows[c].reshape(-1, 512)
    lines = [("FileType", "CSC"), ("CheetahRev", "5.7.4"), ("RecordSize", 1044), ("SamplingFrequency", fs), ("ADBitVolts", "0.000000061")]
    (where / f"neuralynx/CSC{c + 1}.ncs").write_bytes(blocks.nlx_header(lines, 0) + records.tobytes())
slow = [(f"AD{c}", c, fs, 10, 1, 100) for c in range(channels)]
size = 1024
fragments = np.zeros((samples // size, channels), [("type", "<i2"), ("high", "<u2"), ("low", "<u4"), ("channel", "<i2"), ("unit", "<i2"), ("waves", "<i2"), ("words", "<i2"), ("data", "<i2", (size,))])
fragments["type"], fragments["waves"], fragments["words"] = 5, 1, size
fragments["low"], fragments["channel"] = (np.arange(samples // size) * size)[:, None], np.arange(channels)[None, :]
fragments["data"] = x.reshape(-1, size, channels).transpose(0, 2, 1)
(where / "one.plx").write_bytes(blocks.plx_header(106, fs, [], slow, 12, 5000, 1000) + fragments.tobytes())
listed = "".join(f'<SpikeNTrode id="{c}" rawScalingToUv="0.195"><SpikeChannel hwChan="{c}"/></SpikeNTrode>' for c in range(channels))
xml = f'<?xml version="1.0"?>\n<Configuration><HardwareConfiguration samplingRate="{fs}" numChannels="{channels}"><Device name="d" numBytes="13" available="1" packetOrderPreference="1"/></HardwareConfiguration><SpikeConfiguration>{listed}</SpikeConfiguration>\n</Configuration>\n'
body = np.zeros(samples, [("sync", "u1"), ("devices", "u1", (13,)), ("time", "<u4"), ("data", "<i2", (channels,))])
body["sync"], body["time"], body["data"] = 0x55, np.arange(samples), x
(where / "one.rec").write_bytes(xml.encode() + body.tobytes())
import rig_files as files
(where / "tdt").mkdir()
size, tev, table = 256, bytearray(), [files.tsq_row(0, 0x8801, b"\1\0\0\0", 0, files.START)]
for p in range(samples // size):
    for c in range(channels):
        table.append(files.tsq_row(10 + size // 2, 0x8101, b"Wav1", c + 1, files.START + p * size / 25e6 * 1024, len(tev), 2, 25e6 / 1024))
        tev += rows[c, p * size:(p + 1) * size].tobytes()
(where / "tdt/a_b.tsq").write_bytes(files.tsq_row(40, 0, b"\0\0\0\0", 0, 0) + b"".join(table))
(where / "tdt/a_b.tev").write_bytes(bytes(tev))
rate = 1000
signals = [(f"E{c}", "uV", -100, 100, -32768, 32767, rate) for c in range(channels)]
for name, width in (("one.edf", 2), ("one.bdf", 3)):
    head = (files.field(0, 8) if width == 2 else b"\xffBIOSEMI") + files.field("X", 80) + files.field("X", 80) + files.field("01.01.21", 8) + files.field("12.00.00", 8)
    head += files.field(256 * (channels + 1), 8) + files.field("", 44) + files.field(samples // 1024, 8) + files.field(repr(1024 / fs)[:8], 8) + files.field(channels, 4)
    for column, length in ((0, 16), (None, 80), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (None, 80), (6, 8), (None, 32)):
        head += b"".join(files.field("" if column is None else 1024 if column == 6 else row[column], length) for row in signals)
    data = x.astype("<i4").reshape(-1, 1024, channels).transpose(0, 2, 1)
    out = np.ascontiguousarray(data.astype("<i2")).tobytes() if width == 2 else np.ascontiguousarray(np.ascontiguousarray(data).view("u1").reshape(*data.shape, 4)[..., :3]).tobytes()
    (where / name).write_bytes(head + out)
    if width == 3:
        np.ascontiguousarray(np.ascontiguousarray(rows.astype("<i4")).view("u1").reshape(channels, samples, 4)[..., :3]).tofile(where / "wide.bin")
for name, more in (("plain", {"chunks": (15_000 * channels,)}), ("odd", {"chunks": (1_000_003,)}), ("gzip", {"chunks": (1_000_003,), "compression": "gzip", "compression_opts": 1}), ("whole", {})):
    with h5py.File(where / f"{name}.brw", "w") as f:
        converter = {"MinAnalogValue": -4000.0, "MaxAnalogValue": 4000.0, "MinDigitalValue": 0, "MaxDigitalValue": 4095, "ScaleFactor": 1.0}
        text = json.dumps({"ValueConverter": converter, "TimeConverter": {"FrameRate": fs}})
        f.create_dataset("ExperimentSettings", data=np.array([text.encode()], object), dtype=h5py.string_dtype("ascii"))
        f["TOC"] = np.array([(0, samples)], "i8")
        f["Well_A1/StoredChIdxs"] = np.arange(channels, dtype="i4")
        f["Well_A1"].create_dataset("Raw", data=x.ravel(), **more)
with h5py.File(where / "frames.h5", "w") as f:
    f.create_dataset("gzip", data=x, chunks=(15625, channels), compression="gzip", compression_opts=1)
