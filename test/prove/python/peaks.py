"""Peaks by the definitions of docs/detection.md, written out for whole recordings in float64."""
import numpy as np
from scipy import signal

FS = 20000


def traces_of(spec):
    rng = np.random.default_rng(spec["seed"])
    channels, samples = spec["channels"], spec["samples"]
    x = rng.normal(size=(channels, samples)) * 20
    shape = np.array([1, 3, 1, -2, -1, 0.5])
    for _ in range(samples * channels // 400):
        at, c = rng.integers(0, max(1, samples - 6)), rng.integers(0, channels)
        size = rng.choice([-60, -40, 30, 50]) * rng.uniform(0.5, 1.5)
        for k, part in ((c, 1), (c + 1, 0.6)):
            n = min(6, samples - at)
            if k < channels:
                x[k, at:at + n] += size * part * shape[:n]
    if spec["flat"] and channels:
        x[rng.integers(0, channels)] = 3
    if spec["stored"] == "coarse":
        return np.round(x / 15).astype("<i2")
    return np.round(x * 8).astype("<i2") if spec["stored"] == "int16" else x.astype("<f4")


def places_of(channels):
    return np.array([[c % 2 * 20, c // 2 * 25] for c in range(channels)], float).reshape(channels, 2)


def referenced(y, spec, bad):
    kind = spec["reference"]
    if kind == "none":
        return y
    channels = len(y)
    good = [c for c in range(channels) if c not in bad]
    place = places_of(channels)
    out = y.copy()
    for c in range(channels):
        rows = good
        if kind == "single":
            rows = [0]
        if kind == "groups":
            group = [k for k in range(channels) if k % 3 == c % 3]
            if c % 3 == 2:
                continue
            rows = [k for k in group if k not in bad]
        if kind == "local":
            far = np.sqrt(((place - place[c]) ** 2).sum(1))
            others = [k for k in good if k != c and far[k] > 15]
            ring = [k for k in others if far[k] <= 40]
            rows = ring if len(ring) >= 3 else sorted(sorted(others, key=lambda k: (far[k], k))[:3])
        if not rows:
            continue
        if kind == "average":
            total = y[rows[0]].copy()
            for k in rows[1:]:
                total += y[k]
            out[c] = y[c] - total / len(rows)
        else:
            out[c] = y[c] - np.median(y[rows], axis=0)
    return out


def noise_of(y, kind):
    if kind == "std":
        return np.std(y)
    if kind == "rms":
        return np.sqrt(np.mean(y * y))
    centre = 0 if kind == "quiroga" else np.median(y)
    return np.median(np.abs(y - centre)) / (0.6744897501960817 if kind == "si-mad" else 0.6745)


def by_channel(y, t, sweep):
    found = []
    for s in np.flatnonzero(y > t):
        before, after = y[max(0, s - sweep):s], y[s + 1:s + 1 + sweep]
        if (y[s] > before).all() and (y[s] >= after).all():
            found.append(s)
    return found


def dead_time(z, t, dead):
    align, free, found = max(1, dead // 2), -1, []
    for s in np.flatnonzero(z > t):
        if s < free:
            continue
        at = s + int(np.argmax(z[s:s + align]))
        found.append(at)
        free = at + dead
    return found


def candidates(y, t):
    wide = np.concatenate([[-np.inf], y, [-np.inf]])
    return np.flatnonzero((y >= t) & (y > wide[:-2]) & (y >= wide[2:]))


def exclusive(y, thresholds, signs, sweep, radius):
    place, all_ = places_of(len(y)), []
    for c, t in enumerate(thresholds):
        if np.isfinite(t):
            for sign in signs:
                all_ += [(int(s), c, abs(y[c, s]) / t) for s in candidates(sign * y[c], t)]
    near = np.sqrt(((place[:, None] - place[None]) ** 2).sum(2)) <= radius
    found, close = [], False
    for s, c, r in all_:
        reached = [(q, o, k) for q, k, o in all_ if near[c, k] and abs(q - s) <= sweep]
        close = close or any(k != c and abs(o - r) <= 1e-12 * r for q, o, k in reached)
        if not any(o > r or (o == r and q < s) for q, o, k in reached):
            found.append((s, c))
    return found, close


def find(request):
    """Traces of the spec and the peaks in them."""
    spec = request["spec"]
    x = traces_of(spec)
    bad = [b for b in spec["bad"] if b < len(x)]
    y = x.astype("f8")
    if spec["filter"]:
        sos = signal.iirfilter(3, [300 / FS * 2, 6000 / FS * 2], btype="bandpass", output="sos")
        y = signal.sosfiltfilt(sos, y, axis=1)
    y = referenced(y, spec, bad)
    keep = np.ones(y.shape[1], bool)
    for start, end in spec["blank"]:
        keep[start:end] = False
    y[:, ~keep] = 0
    noise, thresholds = np.zeros(len(y)), np.full(len(y), np.inf)
    for c in range(len(y)):
        flat = (x[c] == x[c, 0]).all()
        noise[c] = 0 if flat else noise_of(y[c, keep], spec["noise"])
        if not flat and noise[c] > 0 and c not in bad:
            thresholds[c] = spec["sigma"] * noise[c]
    signs = {"neg": [-1], "pos": [1], "both": [1, -1]}[spec["sign"]]
    sweep = int(spec["sweepMs"] * FS / 1000)
    close = False
    if spec["method"] == "locally-exclusive":
        found, close = exclusive(y, thresholds, signs, sweep, spec["radius"])
    elif spec["method"] == "by-channel":
        found = [(s, c) for c, t in enumerate(thresholds) for sign in signs for s in by_channel(sign * y[c], t, sweep)]
    else:
        z = np.abs(y) if len(signs) == 2 else signs[0] * y
        dead = int(spec["deadMs"] * FS / 1000)
        found = [(s, c) for c, t in enumerate(thresholds) for s in dead_time(z[c], t, dead)]
    found.sort()
    amplitude = [y[c, s] for s, c in found]
    return {"traces": x.reshape(-1), "sample": np.array([s for s, _ in found], "f8"), "noise": noise, "threshold": thresholds,
            # two channels and their median mirror each other: which is larger is a matter of the last bit of the filter
            "tied": bool(close and spec["filter"]),
            "channel": np.array([c for _, c in found], "f8"), "amplitude": np.array(amplitude, "f4")}
