"""NWB files as other writers make them, with h5py, after the schema."""
import h5py
import numpy as np

from cases import flat, fits, rng_of, sample_trains, store

TEXT = h5py.string_dtype()
WORDS = ["good", "mua", "", "ß☃", "a much longer text than the others", "CA1", "x" * 300]


def typed(item, kind, namespace="hdmf-common", **attributes):
    item.attrs["neurodata_type"] = kind
    item.attrs["namespace"] = namespace
    for key, value in attributes.items():
        item.attrs[key] = value
    return item


def root(file):
    typed(file, "NWBFile", "core", nwb_version="2.6.0")
    for name in ("identifier", "session_description"):
        file[name] = name
    for name in ("session_start_time", "timestamps_reference_time"):
        file[name] = "2020-01-01T00:00:00.000000+00:00"
    for name in ("acquisition", "analysis", "general", "processing", "stimulus/presentation", "stimulus/templates"):
        file.require_group(name)


def electrodes(file, rng, request):
    """The electrodes table; gives the id and the place of each row."""
    rows = max(1, request["electrodes"])
    ids = rng.permutation(rows * 3)[:rows] + request["firstId"]
    ephys = file.require_group("general/extracellular_ephys")
    device = typed(file.create_group("general/devices/D"), "Device", "core")
    group = typed(ephys.create_group("G"), "ElectrodeGroup", "core", description="d", location="l")
    group["device"] = h5py.SoftLink(device.name)
    table = typed(ephys.create_group("electrodes"), "DynamicTable", description="d")
    table["id"] = ids
    columns = ["location", "group", "group_name"]
    table.create_dataset("location", data=["CA1"] * rows, dtype=TEXT)
    table.create_dataset("group", data=[group.ref] * rows, dtype=h5py.ref_dtype)
    table.create_dataset("group_name", data=["G"] * rows, dtype=TEXT)
    axes = {"xyz": ("x", "y", "z"), "rel": ("rel_x", "rel_y"), "none": ()}[request["axes"]]
    place = rng.randint(-500, 4000, (rows, len(axes))) / 2
    for a, axis in enumerate(axes):
        table[axis] = place[:, a].astype(request["placeDtype"])
        columns.append(axis)
    for name in columns:
        typed(table[name], "VectorData", description=name)
    typed(table["id"], "ElementIdentifiers")
    table.attrs.create("colnames", columns, dtype=TEXT)
    return table, ids, place


def column(units, rng, kind, n):
    """The values to store, and for ragged ones their ends, and what each unit has."""
    if kind == "int":
        values = rng.randint(-1000, 1000, n)
        return values.astype(rng.choice(["<i2", ">i4", "<i8", "<f4"])), None, values.tolist()
    if kind == "unsigned":
        values = rng.randint(0, 200, n)
        return values.astype(rng.choice(["u1", "<u2", ">u4", "<u8"])), None, values.tolist()
    if kind == "float":
        values = rng.uniform(-1, 1, n)
        values[rng.uniform(size=n) < 0.2] = np.nan
        return values.astype(rng.choice(["<f8", ">f8"])), None, values.tolist()
    if kind == "bool":
        values = rng.uniform(size=n) < 0.5
        return values, None, values.tolist()
    if kind == "text":
        values = [WORDS[i] for i in rng.randint(0, len(WORDS), n)]
        return np.array(values, dtype=TEXT), None, values
    if kind == "fixed-text":
        values = [["good", "mua", "noise"][i] for i in rng.randint(0, 3, n)]
        return np.array(values, dtype="S8"), None, values
    counts = rng.randint(0, 5, n)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if n else 0
    if kind == "ragged":
        values = rng.uniform(-5, 5, total)
        return values, ends, [values[e - c : e].tolist() for c, e in zip(counts, ends)]
    values = [WORDS[i] for i in rng.randint(0, len(WORDS), total)]
    return np.array(values, dtype=TEXT), ends, [values[e - c : e] for c, e in zip(counts, ends)]


def write(request):
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    n = len(trains)
    whole = np.concatenate(trains) if trains else np.zeros(0, "i8")
    seconds = (whole / request["fsHz"]).astype(request["dtype"])
    ends = np.cumsum([len(t) for t in trains]).astype("i8")
    ids = rng.permutation(2 * n)[:n] if request["ids"] == "mixed" else np.arange(n)
    expected = {"attributes": {}, "electrodes": None, "locations": None}
    with h5py.File(request["path"], "w", libver=request["libver"]) as file:
        root(file)
        units = typed(file.create_group("units"), "Units", "core", description="units")
        typed(store(units, "id", ids.astype(request["idDtype"]), {}), "ElementIdentifiers")
        names = ["spike_times"]
        times = typed(store(units, "spike_times", seconds, request["storage"]), "VectorData", description="t")
        index = store(units, "spike_times_index", ends.astype(fits(request["indexDtype"], int(ends[-1]) if n else 0)), {})
        typed(index, "VectorIndex", description="i", target=times.ref)
        if request["electrodes"]:
            table, electrode_ids, place = electrodes(file, rng, request)
            each = rng.randint(1, 4, n) if request["region"] == "ragged" else np.ones(n, "i8")
            rows = rng.randint(0, len(electrode_ids), int(each.sum()))
            region = typed(units.create_dataset("electrodes", data=rows), "DynamicTableRegion", description="e", table=table.ref)
            if request["region"] != "plain":
                last = np.cumsum(each).astype("u4")
                typed(units.create_dataset("electrodes_index", data=last), "VectorIndex", description="i", target=region.ref)
            first = rows[np.cumsum(each) - each] if n else rows
            names.append("electrodes")
            expected["electrodes"] = electrode_ids[first]
            if place.shape[1]:
                expected["locations"] = place[first].astype(request["placeDtype"]).astype("f8").tolist()
        for c, kind in enumerate(request["columns"]):
            values, column_ends, meant = column(units, rng, kind, n)
            name = f"{kind}_{c}"
            data = typed(units.create_dataset(name, data=values), "VectorData", description=name)
            if column_ends is not None:
                typed(units.create_dataset(f"{name}_index", data=column_ends.astype("u4")), "VectorIndex", description="i", target=data.ref)
            names.append(name)
            expected["attributes"][name] = meant
        units.attrs.create("colnames", names, dtype=TEXT)
    ms = seconds.astype("f8") * 1000
    parts = [ms[e - len(t) : e] for t, e in zip(trains, ends)]
    return {**flat(parts), "ids": ids, **expected}
