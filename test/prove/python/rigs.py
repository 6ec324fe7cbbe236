"""Files of recording rigs, written after their published layouts; Neo reads them too, where it reads them rightly."""
import pathlib

import numpy as np

import rig_blocks
import rig_files
from cases import rng_of

WRITERS = {
    "intan": rig_blocks.intan, "blackrock": rig_blocks.blackrock, "neuralynx": rig_blocks.neuralynx, "plexon": rig_blocks.plexon,
    "spikegadgets": rig_files.spikegadgets, "tdt": rig_files.tdt, "biocam": rig_files.biocam, "edf": rig_files.edf,
    "neuroscope": rig_files.neuroscope}


def write(request):
    """Writes files into `folder`, and says how to open them and what must be found; traces: (channels, samples)."""
    truth = WRITERS[request["format"]](pathlib.Path(request["folder"]), rng_of(request), request)
    judge = truth.pop("neo", None)
    if request["neo"] and judge and truth["samples"] > 0:
        compare(judge, truth)
        truth["judge"] = "Neo"
    traces = truth["traces"]
    truth["dtype"] = str(traces.dtype.newbyteorder("="))
    truth["channels"] = len(traces)
    truth["traces"] = np.ascontiguousarray(traces, traces.dtype.newbyteorder("=")).ravel()
    for key in ("gains", "offsets"):
        if truth.get(key) is not None:
            truth[key] = np.array([np.nan if v is None else v for v in truth[key]], "f8")
    return truth


def compare(judge, truth):
    """judge: class and arguments of Neo; those with _ : its stream, its order of channels, and the samples at the end that it gets wrong."""
    import warnings

    warnings.simplefilter("ignore")
    import neo.rawio

    name, arguments = judge
    reader = getattr(neo.rawio, name)(**{key: value for key, value in arguments.items() if not key.startswith("_")})
    reader.parse_header()
    streams = [str(s["id"]) for s in reader.header["signal_streams"]]
    stream = streams.index(arguments["_stream"]) if "_stream" in arguments else 0
    parts = []
    for segment in range(reader.segment_count(0)):
        n = reader.get_signal_size(0, segment, stream)
        parts.append(np.asarray(reader.get_analogsignal_chunk(0, segment, 0, n, stream)).T)
    kept = truth["samples"] - arguments.get("_end", 0)
    order = arguments.get("_order", slice(None))
    found, expected = np.concatenate(parts, axis=1)[:, :kept], truth["traces"][order, :kept]
    if found.shape != expected.shape or not np.array_equal(found, expected):
        raise AssertionError(f"Neo finds {found.shape} {found[:2, :4].tolist()}, written were {expected.shape} {expected[:2, :4].tolist()}")
