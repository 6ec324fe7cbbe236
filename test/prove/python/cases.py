"""What the writers share: random trains on a grid of samples, and ways to store an array."""
import numpy as np


def rng_of(request):
    return np.random.RandomState(request["seed"] % 2**32)


def counts_of(rng, units, spikes, empty_percent):
    """Spikes of each unit: some have none, some have most."""
    if units == 0:
        return np.zeros(0, "i8")
    weights = rng.uniform(size=units) ** 3 + 1e-9
    weights[rng.uniform(0, 100, units) < empty_percent] = 0
    total = weights.sum()
    return np.zeros(units, "i8") if total == 0 else np.round(spikes * weights / total).astype("i8")


def sample_trains(rng, request):
    """Ascending sample numbers below `length`, with repeats, one array a unit."""
    counts = counts_of(rng, request["units"], request["spikes"], request["emptyPercent"])
    length = max(1, request["length"])
    return [np.sort(rng.randint(0, length, n, dtype="i8")) for n in counts]


def flat(trains):
    """All values and where each train begins and ends, as the other side wants them."""
    offsets = np.cumsum([0] + [len(t) for t in trains]).astype("i8")
    times = np.concatenate([np.asarray(t, "f8") for t in trains]) if trains else np.zeros(0)
    return {"times": times, "offsets": offsets}


def fits(dtype, largest):
    """The dtype where it holds the number exactly, else int64."""
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        return kind if largest <= np.iinfo(kind).max else np.dtype("i8")
    bits = {2: 11, 4: 24, 8: 53}[kind.itemsize]
    return kind if largest <= 2**bits else np.dtype("f8")


def store(group, name, values, storage):
    """An HDF5 dataset stored as the spec says: shape (N,), (N, 1) or (1, N); chunks; filters; layout."""
    storage = storage or {}
    values = np.asarray(values)
    if storage.get("column") == "(N, 1)" and values.ndim == 1:
        values = values.reshape(-1, 1)
    if storage.get("column") == "(1, N)" and values.ndim == 1:
        values = values.reshape(1, -1)
    options = {}
    filters = storage.get("filters") or []
    if storage.get("chunk") or filters or storage.get("unlimited"):
        if values.size:
            # at most 1000 chunks along each axis: HDF5 takes its time for every one
            sides = [max(1, -(-n // 1000), min(n, storage.get("chunk") or 1000)) for n in values.shape]
            options["chunks"] = tuple(sides)
        elif filters or storage.get("unlimited"):  # chunks of nothing need room to grow
            options.update(chunks=tuple(max(1, min(n, 16)) for n in values.shape), maxshape=(None,) * values.ndim)
        if storage.get("unlimited"):
            options["maxshape"] = (None,) * values.ndim
        if "chunks" in options:
            options["shuffle"] = "shuffle" in filters
            options["fletcher32"] = "fletcher32" in filters
            if "gzip" in filters:
                options.update(compression="gzip", compression_opts=storage.get("level") or 0)
            elif "lzf" in filters:
                options["compression"] = "lzf"
            elif "scaleoffset" in filters and values.dtype.kind in "iu":
                options["scaleoffset"] = 0
                options["fletcher32"] = False
    return group.create_dataset(name, data=values, **options)
