"""Answers requests, one line of JSON each, until its input ends. Each family of readers and writers is a file beside this one."""
import importlib
import json
import os
import sys
import traceback

# what libraries print must not get between the answers
answers = os.fdopen(os.dup(1), "w", encoding="ascii")
os.dup2(2, 1)

FAMILIES = ("pickles", "npys", "hdf5s", "nwbs", "zarrs", "neos", "sorters", "tables", "recordings", "peaks", "rigs", "rig_spikes")


def hello(_):
    """Versions of the modules that there are."""
    found = {"python": sys.version.split()[0]}
    for name in ("numpy", "scipy", "h5py", "zarr", "numcodecs", "neo", "nixio", "pynwb"):
        try:
            found[name] = getattr(importlib.import_module(name), "__version__", "?")
        except Exception:  # a broken install counts as none
            pass
    return found


def handler(action):
    if action == "hello":
        return hello
    family, name = action.split(".")
    if family not in FAMILIES:
        raise KeyError(action)
    return getattr(importlib.import_module(family), name)


def answer(line):
    request = json.loads(line)
    if request["do"] == "hello":
        return {"value": {"$d": list(map(list, hello(request).items()))}, "bytes": 0}
    from values import Answer

    out = Answer()
    value = out.value(handler(request["do"])(request))
    out.save(request["answers"])
    return {"value": value, "bytes": out.bytes}


for line in sys.stdin:
    try:
        reply = answer(line)
    except Exception:
        reply = {"error": "".join(traceback.format_exc().splitlines(True)[-8:]), "bytes": 0}
    answers.write(json.dumps(reply) + "\n")
    answers.flush()
