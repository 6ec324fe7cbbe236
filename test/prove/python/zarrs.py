"""Zarr stores: v2 as the zarr library writes it, with each codec that numcodecs has, v3 by zarr3.py."""
import numcodecs
import numpy as np
import zarr

import zarr3


def compressor(spec):
    name, level = spec["compressor"], max(1, spec["level"])
    if name.startswith("blosc-"):
        return numcodecs.Blosc(cname=name[6:], clevel=level, shuffle=spec["shuffle"] - 1)
    return {
        "none": lambda: None,
        "zlib": lambda: numcodecs.Zlib(level),
        "gzip": lambda: numcodecs.GZip(level),
        "bz2": lambda: numcodecs.BZ2(level),
        "lzma": lambda: numcodecs.LZMA(),
        "zstd": lambda: numcodecs.Zstd(level),
        "lz4": lambda: numcodecs.LZ4(),
    }[name]()


def filters(spec, dtype):
    dtype = np.dtype(dtype)
    made = []
    for name in spec["filters"]:
        if name == "delta" and dtype.kind in "iu":
            made.append(numcodecs.Delta(dtype=dtype.str))
        elif name == "shuffle":
            made.append(numcodecs.Shuffle(dtype.itemsize))
    return made or None


def array(group, name, values, spec):
    values = np.asarray(values)
    # each chunk is a file: at most 300 along time and 10 along channels
    least = [-(-n // most) for n, most in zip(values.shape, (300, 10))]
    asked = [spec["chunk"], spec["chunkChannels"] or 10**6]
    chunks = tuple(max(1, few, min(n, c)) for n, c, few in zip(values.shape, asked, least))
    if isinstance(group, zarr3.Group):
        return group.create_dataset(name, values, spec, chunks)
    return group.create_dataset(
        name, data=values, shape=values.shape, dtype=values.dtype, chunks=chunks or None, order=spec["order"], fill_value=0,
        compressor=compressor(spec), filters=filters(spec, values.dtype), write_empty_chunks=not spec["sparse"])


def root(path, spec):
    return zarr3.Group(path, spec) if spec.get("version") == 3 else zarr.group(zarr.DirectoryStore(path))


def close(*groups, consolidated):
    """The first is the root."""
    for group in groups:
        if isinstance(group, zarr3.Group):
            group.close()
        elif group is groups[0] and consolidated:
            zarr.consolidate_metadata(group.store)


def texts(group, name, values, **attrs):
    """Texts of any length: vlen-utf8 in both versions."""
    if isinstance(group, zarr3.Group):
        return group.create_dataset(name, np.array(values, dtype=object), attrs=attrs)
    made = group.create_dataset(name, data=np.array(values, dtype=object), shape=len(values), dtype=object, object_codec=numcodecs.VLenUTF8())
    made.attrs.update(attrs)


def plain(group, name, values, **attrs):
    if isinstance(group, zarr3.Group):
        return group.create_dataset(name, values, attrs=attrs)
    group.create_dataset(name, data=values, shape=values.shape, compressor=None).attrs.update(attrs)


def sorting(path, rng, request, made):
    group = root(path, request["zarr"])
    group.attrs.update(sampling_frequency=made["fs"], num_segments=made["segments"], annotations={})
    ids(group, "unit_ids", made["ids"])
    spikes = group.create_group("spikes")
    array(spikes, "sample_index", made["samples"], request["zarr"])
    array(spikes, "unit_index", made["units"], request["zarr"])
    ends = np.cumsum([0] + [int((made["which"] == s).sum()) for s in range(made["segments"])])
    plain(spikes, "segment_slices", np.stack([ends[:-1], ends[1:]], 1).astype("i8"))
    properties = group.create_group("properties")
    ids(properties, "quality", made["quality"])
    close(group, spikes, properties, consolidated=request["consolidated"])


def ids(group, name, values):
    """Of fixed width in v2; v3 has no such type."""
    values = np.asarray(values)
    return texts(group, name, values.tolist()) if values.dtype.kind == "U" and isinstance(group, zarr3.Group) else plain(group, name, values)


def recording(path, frames, channel_ids, request):
    group = root(path, request["zarr"])
    group.attrs.update(sampling_frequency=float(request["fsHz"]), num_segments=1)
    ids(group, "channel_ids", channel_ids)
    array(group, "traces_seg0", frames, request["zarr"])
    close(group, consolidated=request["consolidated"])


def nwb(request):
    """NWB as hdmf-zarr lays it out: references are objects with a path, scalars arrays of one."""
    from cases import fits, flat, rng_of, sample_trains

    rng = rng_of(request)
    trains = sample_trains(rng, request)
    n, spec = len(trains), request["zarr"]
    file = root(request["path"], spec)
    file.attrs.update(nwb_version="2.6.0", neurodata_type="NWBFile", namespace="core")
    for name in ("identifier", "session_description"):
        texts(file, name, [name], zarr_dtype="scalar")
    general = file.create_group("general")
    ephys = general.create_group("extracellular_ephys")
    electrodes = ephys.create_group("electrodes")
    rows = max(1, request["electrodes"])
    electrode_ids = rng.permutation(rows * 3)[:rows].astype("i8")
    place = rng.randint(-500, 4000, (rows, 2)) / 2
    plain(electrodes, "id", electrode_ids)
    plain(electrodes, "rel_x", place[:, 0].copy())
    plain(electrodes, "rel_y", place[:, 1].copy())
    texts(electrodes, "location", ["CA1 \u2603"] * rows)
    units = file.create_group("units")
    units.attrs.update(neurodata_type="Units", namespace="core", colnames=["spike_times", "electrodes", "quality"])
    where = lambda target: {"zarr_dtype": "object", "value": {"path": target, "source": "."}}
    whole = np.concatenate(trains) if trains else np.zeros(0, "i8")
    seconds = (whole / request["fsHz"]).astype(request["dtype"])
    ends = np.cumsum([len(t) for t in trains]).astype("i8")
    ids_ = rng.permutation(2 * n)[:n].astype("i8")
    quality = [["good", "mua", "größe"][i] for i in rng.randint(0, 3, n)]
    chosen = rng.randint(0, rows, n)
    plain(units, "id", ids_)
    array(units, "spike_times", seconds, spec)
    plain(units, "spike_times_index", ends.astype(fits(request["indexDtype"], int(ends[-1]) if n else 0)), target=where("/units/spike_times"))
    plain(units, "electrodes", chosen.astype("i8"), neurodata_type="DynamicTableRegion", table=where("/general/extracellular_ephys/electrodes"))
    texts(units, "quality", quality)
    close(file, general, ephys, electrodes, units, consolidated=request["consolidated"])
    ms = seconds.astype("f8") * 1000
    return {**flat([ms[e - len(t) : e] for t, e in zip(trains, ends)]), "ids": ids_, "electrodes": electrode_ids[chosen],
            "locations": place[chosen].tolist(), "quality": quality}
