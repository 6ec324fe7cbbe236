"""Blocks that Neo itself pickles, and NIX files as Neo lays them out (1.1.1), written with h5py."""
import h5py
import neo
import numpy as np
import quantities as pq

from cases import flat, rng_of, sample_trains

UNITS = {"s": (pq.s, 1e3), "ms": (pq.ms, 1.0), "us": (pq.us, 1e-3), "min": (pq.min, 6e4)}


def write(request):
    rng = rng_of(request)
    segments = []
    block = neo.Block(name="block")
    for s in range(max(1, request["segments"])):
        segment = neo.Segment(name=f"segment {s}")
        trains = []
        for u, samples in enumerate(sample_trains(rng, request)):
            unit, scale = UNITS[request["timeUnits"][u % len(request["timeUnits"])]] if request["timeUnits"] else UNITS["s"]
            times = (samples / request["fsHz"] * 1000 / scale).astype(request["dtype"])
            stop = max(float(times.max()) if len(times) else 0.0, 1.0) * 1.001
            train = neo.SpikeTrain(
                times, units=unit, t_start=-1.0, t_stop=stop, name=f"unit ☃{u}", dtype=request["dtype"],
                unit_id=u * 3, channel_id=u % 7, quality="good")
            segment.spiketrains.append(train)
            trains.append((np.asarray(train.magnitude, "f8"), scale))
        if request["signals"]:
            segment.analogsignals.append(neo.AnalogSignal(rng.uniform(size=(50, 3)), units="mV", sampling_rate=1 * pq.kHz))
            segment.events.append(neo.Event(np.array([0.1]) * pq.s, labels=np.array(["go"])))
        block.segments.append(segment)
        segments.append(trains)
    block.create_relationship()
    if request["writer"] == "PickleIO":
        neo.PickleIO(request["path"]).write_block(block)
    else:
        import pickle

        root = {"block": block, "segment": block.segments[0]}[request["root"]]
        with open(request["path"], "wb") as file:
            pickle.dump(root, file, request["protocol"])
    which = 0 if request["root"] == "segment" and request["writer"] != "PickleIO" else min(request["segment"], len(segments) - 1)
    return {**flat([t * scale for t, scale in segments[which]]), "segment": which}


def nix_thing(parent, name, kind, made):
    group = parent.create_group(name)
    group.attrs.update(name=name, type=kind, entity_id=name, created_at=f"20181129T17{made // 60:02d}{made % 60:02d}")
    return group


def nix_section(parent, kind, properties):
    metadata = nix_thing(parent, "metadata", f"{kind}.metadata", 0).create_group("properties")
    for name, (value, unit) in properties.items():
        data = metadata.create_dataset(name, data=[value], dtype=h5py.string_dtype() if isinstance(value, str) else None)
        data.attrs["name"] = name
        if unit:
            data.attrs["unit"] = unit


def write_nix(request):
    """Names are in no order; objects are made one after another, so their times tell it."""
    rng = rng_of(request)
    segments = []
    with h5py.File(request["path"], "w") as file:
        file.attrs.update(format="nix", version=[1, 1, 1])
        file.create_group("metadata")
        block = nix_thing(file.create_group("data"), "neo.block.b", "neo.block", 0)
        nix_section(block, "neo.block", {"neo_name": ("my block", None)})
        tags, groups = block.create_group("multi_tags"), block.create_group("groups")
        for s in range(max(1, request["segments"])):
            segment = nix_thing(groups, f"neo.segment.{rng.randint(2**31)}", "neo.segment", s)
            members = segment.create_group("multi_tags")
            segments.append([nix_train(rng, u, train, tags, members, request) for u, train in enumerate(sample_trains(rng, request))])
    which = min(request["segment"], len(segments) - 1)
    return {**flat(segments[which]), "segment": which}


def nix_train(rng, u, samples, tags, members, request):
    names = request["timeUnits"] or ["s"]
    unit = names[u % len(names)]
    scale = UNITS[unit][1]
    times = (samples / request["fsHz"] * 1000 / scale).astype(request["dtype"])
    name = f"neo.spiketrain.{rng.randint(2**31)}"
    tag = nix_thing(tags, name, "neo.spiketrain", u)
    positions = nix_thing(tag, "positions", "neo.spiketrain.times", u)
    positions.attrs["unit"] = unit
    positions.create_dataset("data", data=times)
    stop = (float(times.max()) if len(times) else 1.0) * 1.001 + 1
    nix_section(tag, "neo.spiketrain", {"neo_name": (f"unit {u}", None), "t_start": (-1.0, unit), "t_stop": (stop, unit)})
    members[name] = tag
    return times.astype("f8") * scale
