"""The same random samples as each raw-recording format stores them."""
import json
import os

import h5py
import numpy as np

from cases import rng_of, store

TEXT = h5py.string_dtype()


def frames_of(request):
    """(samples, channels) of noise with spikes in it."""
    rng = rng_of(request)
    samples, channels = max(1, request["samples"]), max(1, request["channels"])
    dtype = np.dtype(request["dtype"])
    frames = rng.normal(0, 12, (samples, channels))
    for _ in range(min(50, samples // 40)):
        frames[rng.randint(samples), rng.randint(channels)] -= 150
    frames = np.round(frames) + (200 if dtype.kind == "u" else 0)
    if dtype.kind in "iu":
        frames = np.clip(frames, np.iinfo(dtype).min, np.iinfo(dtype).max)
    return frames.astype(dtype)


def write(request):
    frames = frames_of(request)
    FORMATS[request["format"]](request["path"], frames, request)
    native = frames.T.astype(frames.dtype.newbyteorder("="))
    return {"traces": np.ascontiguousarray(native).ravel(), "channels": frames.shape[1], "samples": frames.shape[0]}


def binary(path, frames, request):
    turned = frames.T if request["layout"] == "channels-time" else frames
    with open(path, "wb") as file:
        file.write(b"\x07" * request["offset"])
        file.write(np.ascontiguousarray(turned).tobytes())


def npy(path, frames, request):
    turned = frames.T if request["layout"] == "channels-time" else frames
    turned = np.asfortranarray(turned) if request["fortran"] else np.ascontiguousarray(turned)
    with open(path, "wb") as file:
        np.lib.format.write_array(file, turned, version=(request["version"], 0))


def hdf5(path, frames, request):
    turned = frames.T if request["layout"] == "channels-time" else frames
    with h5py.File(path, "w", libver=request["libver"]) as file:
        store(file, "a/traces", turned, request["storage"])


def zarr(path, frames, request):
    import zarrs

    zarrs.recording(path, frames, np.array([f"A-{c}" for c in range(frames.shape[1])], dtype="U"), request)


def si_binary(path, frames, request):
    os.makedirs(path)
    turned = frames.T if request["layout"] == "channels-time" else frames
    with open(os.path.join(path, "traces_cached_seg0.raw"), "wb") as file:
        file.write(b"\0" * request["offset"])
        file.write(np.ascontiguousarray(turned).tobytes())
    kwargs = {
        "file_paths": ["traces_cached_seg0.raw"], "sampling_frequency": request["fsHz"], "num_channels": frames.shape[1],
        "dtype": frames.dtype.str, "channel_ids": list(range(frames.shape[1])), "time_axis": int(request["layout"] == "channels-time"),
        "file_offset": request["offset"], "t_starts": None, "gain_to_uV": None, "offset_to_uV": None}
    with open(os.path.join(path, "binary.json"), "w") as file:
        json.dump({"class": "spikeinterface.core.binaryrecordingextractor.BinaryRecordingExtractor", "kwargs": kwargs}, file)


def nwb(path, frames, request):
    import nwbs

    with h5py.File(path, "w", libver=request["libver"]) as file:
        nwbs.root(file)
        series = nwbs.typed(file["acquisition"].create_group("E"), "ElectricalSeries", "core", description="d")
        data = store(series, "data", frames, request["storage"])
        data.attrs.update(unit="volts", conversion=1e-6, offset=0.0, resolution=-1.0)
        rows = {"electrodes": frames.shape[1], "firstId": 0, "axes": "none", "placeDtype": "f8"}
        table, _, _ = nwbs.electrodes(file, rng_of(request), rows)
        region = series.create_dataset("electrodes", data=np.arange(frames.shape[1]))
        nwbs.typed(region, "DynamicTableRegion", description="e", table=table.ref)
        start = series.create_dataset("starting_time", data=0.0)
        start.attrs.update(rate=float(request["fsHz"]), unit="seconds")


def spikeglx(path, frames, request):
    channels = frames.shape[1]
    sync = np.full((len(frames), 1), 64)
    os.makedirs(path)
    base = os.path.join(path, "run_g0_t0.imec0.ap")
    np.hstack([frames, sync]).astype("<i2").tofile(base + ".bin")
    imro = "".join(f"({c} 0 0 500 250 1)" for c in range(channels))
    shank = "".join(f"(0:{c % 2}:{c // 2}:1)" for c in range(channels))
    lines = [
        "typeThis=imec", "imDatPrb_type=0", "imDatPrb_pn=PRB_1_4_0480_1", f"nSavedChans={channels + 1}", f"snsApLfSy={channels},0,1",
        f"snsSaveChanSubset=0:{channels - 1},768", f"imSampRate={request['fsHz']}", "imAiRangeMax=0.6", "firstSample=0",
        f"~imroTbl=(0,{channels}){imro}", f"~snsShankMap=(1,2,480){shank}"]
    with open(base + ".meta", "w", newline="\r\n") as file:
        file.write("\n".join(lines) + "\n")


def openephys(path, frames, request):
    channels = frames.shape[1]
    stream = os.path.join(path, "continuous", "P-100.0")
    os.makedirs(stream)
    frames.astype("<i2").tofile(os.path.join(stream, "continuous.dat"))
    np.save(os.path.join(stream, "sample_numbers.npy"), np.arange(len(frames), dtype="i8") + 1000)
    np.save(os.path.join(stream, "timestamps.npy"), (np.arange(len(frames)) + 1000) / request["fsHz"])
    listed = [{"channel_name": f"CH{c + 1}", "bit_volts": 0.195, "units": "uV"} for c in range(channels)]
    info = {"GUI version": "0.6.0", "continuous": [{
        "folder_name": "P-100.0/", "stream_name": "P", "sample_rate": request["fsHz"], "num_channels": channels, "channels": listed}]}
    with open(os.path.join(path, "structure.oebin"), "w") as file:
        json.dump(info, file)


def maxwell(path, frames, request):
    """MaxWell's newer layout; its mapping is in another order than the rows, and has channels that are not routed."""
    rng = rng_of(request)
    channels = rng.permutation(1024)[: frames.shape[1]] if frames.shape[1] <= 1024 else np.arange(frames.shape[1])
    lines = [(int(c), int(c) * 3, float(c) * 17.5, 0.0) for c in rng.permutation(channels)] + [(5000, 1, 0.0, 0.0)]
    with h5py.File(path, "w") as file:
        file["version"] = np.array([b"20190530"])
        record = file.create_group("data_store/data0000")
        store(record, "groups/routed/raw", frames.T, request["storage"])
        record["groups/routed/frame_nos"] = np.arange(len(frames), dtype="<u8") + 70594114
        record["groups/routed/channels"] = channels.astype("<u2")
        record["settings/sampling"], record["settings/lsb"], record["settings/gain"] = [float(request["fsHz"])], [6.29e-06], [512.0]
        record["settings/mapping"] = np.array(lines, dtype=[("channel", "<i4"), ("electrode", "<i4"), ("x", "<f8"), ("y", "<f8")])
        record["well_id"] = np.array([0], dtype="<i4")
        file["wells/well000/rec0000"] = h5py.SoftLink("/data_store/data0000")


def mcs(path, frames, request):
    """MCS' HDF5: RowIndex of channel i says which row of the data it has; here each has its own number."""
    n = frames.shape[1]
    kind = [("RowIndex", "<i4"), ("Label", "S8"), ("Exponent", "<i4"), ("ADZero", "<i4"), ("Tick", "<i8"), ("ConversionFactor", "<i8")]
    with h5py.File(path, "w") as file:
        file.attrs["McsHdf5ProtocolType"] = b"RawData"
        stream = file.create_group("Data/Recording_0/AnalogStream/Stream_0")
        stream.attrs["DataSubType"] = b"Electrode"
        store(stream, "ChannelData", frames.T, request["storage"])
        stream["InfoChannel"] = np.array([(r, f"E{r}".encode(), -9, 0, 50, 1000) for r in range(n)], dtype=kind)
        stream["ChannelDataTimeStamps"] = np.array([[0, 0, len(frames) - 1]], dtype="<i8")


FORMATS = {
    "binary": binary, "npy": npy, "hdf5": hdf5, "zarr": zarr, "si-binary": si_binary, "nwb": nwb, "spikeglx": spikeglx,
    "openephys": openephys, "maxwell": maxwell, "mcs": mcs}
