"""h5py: reads what the package writes, and writes spike trains in the four layouts."""
import h5py
import numpy as np

from cases import fits, flat, rng_of, sample_trains, store


def attributes(item):
    return {key: text(item.attrs[key]) for key in item.attrs if not isinstance(item.attrs[key], h5py.Reference)}


def text(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray) and value.dtype.kind in "OS":
        return [text(v) for v in value.tolist()]
    return value


def values(dataset):
    reference = h5py.check_ref_dtype(dataset.dtype)
    if reference and dataset.size > 2000:  # how many there are must do
        return [None] * dataset.size
    if reference:
        return [dataset.file[r].name for r in dataset[()].ravel()]
    if h5py.check_string_dtype(dataset.dtype):
        return text(dataset[()])
    return dataset[()]


def read(request):
    """Every dataset with its values, and every attribute, by path."""
    datasets, attrs = {}, {}
    with h5py.File(request["path"], "r") as file:
        attrs["/"] = attributes(file)

        def visit(name, item):
            attrs[name] = attributes(item)
            if isinstance(item, h5py.Dataset):
                datasets[name] = values(item)

        file.visititems(visit)
    return {"datasets": datasets, "attributes": attrs}


def stored_times(samples, request):
    """The array to store, and the ms that it stands for."""
    unit, fs = request["unit"], request["fsHz"]
    if unit == "samples":
        stored = samples.astype(fits(request["dtype"], samples.max() if len(samples) else 0))
        return stored, stored.astype("f8") * 1000 / fs
    kind = request["dtype"] if np.dtype(request["dtype"]).kind == "f" else "f8"
    stored = (samples / fs * (1000 if unit == "ms" else 1)).astype(kind)
    return stored, stored.astype("f8") * (1 if unit == "ms" else 1000)


def write(request):
    """A file of the layout that the request names; gives what must be loaded."""
    rng = rng_of(request)
    trains = sample_trains(rng, request)
    whole = np.concatenate(trains) if trains else np.zeros(0, "i8")
    stored, ms = stored_times(whole, request)
    ends = np.cumsum([len(t) for t in trains]).astype("i8")
    starts = ends - np.array([len(t) for t in trains], "i8")
    expected = [ms[a:b] for a, b in zip(starts, ends)]
    with h5py.File(request["path"], "w", libver=request["libver"]) as file:
        where = file.require_group(request["group"]) if request["group"] else file
        if request["style"] == "ragged":
            ragged(where, stored, ends, request)
        elif request["style"] == "group":
            units = where.create_group("units")
            for u, (a, b) in enumerate(zip(starts, ends)):
                store(units, str(u) if request["plainNames"] else f"unit_{u}", stored[a:b], request["storage"])
            if request["unitAttribute"]:
                units.attrs["unit"] = request["unit"]
        else:
            paired(where, rng, stored, trains, request)
    return {**flat(expected), "lead": 0}


def ragged(where, stored, ends, request):
    dataset = store(where, "times", stored, request["storage"])
    if request["unitAttribute"]:
        dataset.attrs["units" if request["plainNames"] else "unit"] = request["unit"]
    index = {"ends": ends, "zero": np.concatenate([[0], ends]), "counts": np.diff(np.concatenate([[0], ends]))}[request["index"]]
    kind = fits(request["indexDtype"], int(ends[-1]) if len(ends) else 0)
    store(where, "times_index", index.astype(kind), request["indexStorage"])


def paired(where, rng, stored, trains, request):
    units = np.repeat(np.arange(len(trains)), [len(t) for t in trains]) if trains else np.zeros(0, "i8")
    order = rng.permutation(len(stored)) if request["mixed"] else np.argsort(stored, kind="stable")
    dataset = store(where, "times", stored[order], request["storage"])
    if request["unitAttribute"]:
        dataset.attrs["unit"] = request["unit"]
    kind = fits(request["indexDtype"], max(0, len(trains) - 1))
    store(where, "idces", units[order].astype(kind), request["storage"])


def write_raster(request):
    rng = rng_of(request)
    bins = max(1, request["bins"])
    counts = rng.poisson(request["mean"], (max(1, request["units"]), bins)).astype(request["dtype"])
    with h5py.File(request["path"], "w") as file:
        store(file, "raster", counts, request["storage"])
    return {"counts": counts.astype("i8").ravel(), "bins": bins}


def count_bins(request):
    """Spikes in bins that are open on the left and closed on the right; those at the very start are in the first."""
    with h5py.File(request["path"], "r") as file:
        times, ends = file["times"][()], file["index"][()].astype("i8")
    bins = request["bins"]
    counts = np.zeros((len(ends), bins), "i8")
    for u, (a, b) in enumerate(zip(np.concatenate([[0], ends[:-1]]) if len(ends) else [], ends)):
        cells = np.ceil((times[a:b] - request["startMs"]) / request["binMs"]).astype("i8") - 1
        np.add.at(counts[u], np.clip(cells, 0, max(bins - 1, 0)), 1)
    return counts
