"""CPython's pickle: reads what the package writes with a class of SpikeLab's layout, and writes what SpikeLab would."""
import pickle
import random
import sys
import types

import numpy as np

MODULE = "spikelab.spikedata.spikedata"


def _install_stub():
    """SpikeLab is not here: a class of its name, which pickle fills with the attributes as they are."""
    for name in ("spikelab", "spikelab.spikedata", MODULE):
        sys.modules.setdefault(name, types.ModuleType(name))
    stub = type("SpikeData", (), {"__module__": MODULE})
    sys.modules[MODULE].SpikeData = stub
    return stub


SpikeData = _install_stub()


def read(request):
    with open(request["path"], "rb") as file:
        sd = pickle.load(file)
        rest = file.read()
    assert type(sd) is SpikeData, type(sd)
    assert rest == b"", f"{len(rest)} bytes after the pickle"
    assert all(isinstance(t, np.ndarray) and t.dtype == np.float64 and t.ndim == 1 for t in sd.train)
    state = dict(sd.__dict__)
    offsets = np.cumsum([0] + [len(t) for t in state["train"]]).astype("i8")
    times = np.concatenate(state.pop("train")) if len(offsets) > 1 else np.zeros(0)
    return {**state, "times": times, "offsets": offsets}


TEXT = "aé中🧠e\u0301\"\\\n \u2028ÿ"


def text(rng, length):
    return "".join(rng.choice(TEXT) for _ in range(length))


DTYPES = ("f8", "f4", "f2", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">f8", ">f4", ">i2", ">u4", ">i8", "?")


def draw_array(rng, count, dtype, order="C", shape=None):
    """Small whole numbers, which every dtype holds."""
    array = np.random.RandomState(rng.randrange(2**32)).randint(0, 100, count)
    array = array.astype(dtype).reshape(shape or (count,))
    return np.asfortranarray(array) if order == "F" else array


def draw_value(rng, kind, longest):
    """The value, and what it is to be on the other side."""
    size = int(np.exp(rng.random() * np.log(longest + 1))) + rng.randint(-1, 1)
    size = max(0, min(size, longest))
    if kind == "int":
        value = rng.choice([-1, 1]) * rng.getrandbits(rng.choice([1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 52, 63, 64, 65, 200]))
    elif kind == "float":
        value = rng.choice([rng.uniform(-1e6, 1e6), float("nan"), float("inf"), -0.0, 5e-324, 1e308, 3.0])
    elif kind == "bool":
        value = rng.random() < 0.5
    elif kind == "none":
        value = None
    elif kind == "text":
        value = text(rng, size)
    elif kind == "bytes":
        value = rng.randbytes(size)
    elif kind == "ints":
        bits = rng.choice([3, 8, 16, 31, 40, 52])
        value = [rng.choice([-1, 1]) * rng.getrandbits(bits) for _ in range(size)]
    elif kind == "floats":
        value = [rng.uniform(-1e6, 1e6) for _ in range(size)]
    elif kind == "tuple":
        value = tuple(rng.uniform(-1, 1) for _ in range(min(size, 5)))
    elif kind == "dict":
        value = {text(rng, 3) + str(i): [i, None, "x", 0.5] for i in range(min(size, 2000))}
    elif kind == "int-dict":
        value = {rng.getrandbits(40): i for i in range(min(size, 2000) + 1)}
    elif kind == "shared":
        one = [1, 2.5, "shared"]
        value = [one] * min(size, 50)
    elif kind == "array":
        value = draw_array(rng, size, rng.choice(DTYPES))
    elif kind == "matrix":
        rows = rng.randint(0, 9)
        value = draw_array(rng, rows * size, rng.choice(DTYPES), rng.choice("CF"), (rows, size))
    elif kind == "strided":
        value = draw_array(rng, 3 * size, rng.choice(DTYPES))[::3]
    elif kind == "strings":
        value = np.array([text(rng, rng.randint(0, 6)).rstrip("\0") for _ in range(min(size, 500))] or ["a"], dtype="U")
    elif kind == "scalar":
        value = np.dtype(rng.choice(("f8", "f4", "i1", "u2", "i4", "i8", "u8", "?"))).type(rng.randint(0, 100))
    else:
        raise KeyError(kind)
    return value, expected_of(value)


def expected_of(value):
    """float16 widens to float32 there; byte order is the machine's."""
    if isinstance(value, np.ndarray):
        if value.dtype == np.float16:
            return value.astype("f4")
        return value.tolist() if value.dtype.kind == "U" else np.array(value)
    return value


def draw_train(rng, count, length, dtype):
    times = np.sort(np.random.RandomState(rng.randrange(2**32)).uniform(0, length, count))
    if dtype == "list":
        return times.tolist(), times
    if np.dtype(dtype).kind in "iu":
        times = np.floor(times % np.iinfo(dtype).max)
        times.sort()
    train = times.astype(dtype)
    train.sort()
    return train, train.astype("f8")


def write(request):
    """A pickled SpikeData of the spec, and what must be loaded from it."""
    rng = random.Random(request["seed"])
    counts = [0] * request["units"]
    for _ in range(min(request["spikes"], 2000) if counts else 0):
        counts[rng.randrange(len(counts))] += 1
    if counts and request["spikes"] > 2000:
        counts[rng.randrange(len(counts))] += request["spikes"] - 2000
    trains = [draw_train(rng, n, request["lengthMs"], rng.choice(request["dtypes"] or ["f8"])) for n in counts]
    longest = max(1, min(request["longest"], 300_000 // max(1, len(counts))))
    metadata = {f"{kind}_{i}": draw_value(rng, kind, request["longest"]) for i, kind in enumerate(request["metadata"])}
    attributes = [
        {f"{kind}_{i}": draw_value(rng, kind, longest) for i, kind in enumerate(request["attributes"])} for _ in counts
    ]
    sd = SpikeData()
    sd.train = [train for train, _ in trains]
    sd.start_time = 0.0
    sd.length = float(request["lengthMs"])
    sd.N = len(counts)
    sd.raw_data = np.zeros((0, 0))
    sd.raw_time = np.zeros(0)
    sd.metadata = {key: value for key, (value, _) in metadata.items()}
    sd.neuron_attributes = [{k: v for k, (v, _) in unit.items()} for unit in attributes]
    with open(request["path"], "wb") as file:
        pickle.dump(sd, file, request["protocol"])
    offsets = np.cumsum([0] + [len(t) for _, t in trains]).astype("i8")
    return {
        "times": np.concatenate([t for _, t in trains]) if trains else np.zeros(0),
        "offsets": offsets,
        "metadata": {key: value for key, (_, value) in metadata.items()},
        "neuronAttributes": [{k: v for k, (_, v) in unit.items()} for unit in attributes],
    }
