// The kernels in terms of Vector, kWidth and the functions on them; included once for each instruction set, inside a
// namespace of its own. Nothing here may come from the standard library: a shared inline function compiled for AVX-512
// could be the copy that the linker keeps.

// Vectors in flight: two cover the latency of the recursion without spilling registers.
constexpr size_t kInFlight = 2;
constexpr size_t kGroup = kInFlight * kWidth;

template <Form form, int sections>
struct Cascade {
  Vector b0[sections], b1[sections], b2[sections], a1[sections], a2[sections];
  Vector s1[sections][kInFlight], s2[sections][kInFlight];

  Cascade(const Coefficients& c, const State& state, size_t lane) {
    for (int k = 0; k < sections; k++) {
      const double sign = form == Form::kExact ? 1 : -1;
      b0[k] = all(c.b0[k]);
      b1[k] = all(c.b1[k]);
      b2[k] = all(c.b2[k]);
      a1[k] = all(sign * c.a1[k]);
      a2[k] = all(sign * c.a2[k]);
      for (size_t i = 0; i < kInFlight; i++) {
        s1[k][i] = load(state.s[k][0] + lane + i * kWidth);
        s2[k][i] = load(state.s[k][1] + lane + i * kWidth);
      }
    }
  }

  void save(State& state, size_t lane) const {
    for (int k = 0; k < sections; k++) {
      for (size_t i = 0; i < kInFlight; i++) {
        store(state.s[k][0] + lane + i * kWidth, s1[k][i]);
        store(state.s[k][1] + lane + i * kWidth, s2[k][i]);
      }
    }
  }

  // One sample of vector i through all sections (transposed direct form II).
  Vector step(Vector x, size_t i) {
#pragma GCC unroll 3
    for (int k = 0; k < sections; k++) {
      Vector y;
      if (form == Form::kExact) {
        y = b0[k] * x + s1[k][i];
        s1[k][i] = (b1[k] * x - a1[k] * y) + s2[k][i];
        s2[k][i] = b2[k] * x - a2[k] * y;
      } else if (form == Form::kBandpass) {
        y = x + s1[k][i];
        s1[k][i] = fused(a1[k], y, s2[k][i]);
        s2[k][i] = fused(a2[k], y, -x);
      } else {
        y = x + s1[k][i];
        s1[k][i] = fused(a1[k], y, fused(b1[k], x, s2[k][i]));
        s2[k][i] = fused(a2[k], y, b2[k] * x);
      }
      x = y;
    }
    return x;
  }
};

// kWidth samples of kGroup lanes as vectors over lanes: block[sample][i].
template <typename T, bool timeMajor>
inline void fetch(const Lanes& lanes, size_t t, size_t lane, Vector (*block)[kInFlight]) {
  for (size_t i = 0; i < kInFlight; i++) {
    Vector v[kWidth];
    if (timeMajor) {
      const T* row = static_cast<const T*>(lanes.rows[lane + i * kWidth]) + t * lanes.sampleStride;
      for (size_t k = 0; k < kWidth; k++) v[k] = convert(row + k * lanes.sampleStride);
    } else {
      for (size_t k = 0; k < kWidth; k++) {
        const T* row = static_cast<const T*>(lanes.rows[lane + i * kWidth + k]) + t;
        // rows lie far apart: the hardware's own prefetching does not follow 16 streams
        __builtin_prefetch(reinterpret_cast<const char*>(row) + 768);
        v[k] = convert(row);
      }
      transpose(v);
    }
    for (size_t k = 0; k < kWidth; k++) block[k][i] = v[k];
  }
}

struct NoCascade {
  NoCascade(const Coefficients&, const State&, size_t) {}
  void save(State&, size_t) const {}
  Vector step(Vector x, size_t) { return x; }
};

template <typename Filter, typename T, bool timeMajor>
void stageBlocks(const Coefficients& c, State& state, const Lanes& lanes, size_t count, double* tile, double* peak) {
  for (size_t lane = 0; lane < kLanes; lane += kGroup) {
    Filter filter(c, state, lane);
    Vector top[kInFlight];
    for (size_t i = 0; i < kInFlight; i++) top[i] = load(peak + lane + i * kWidth);
    for (size_t t = 0; t < count; t += kWidth) {
      Vector block[kWidth][kInFlight];
      fetch<T, timeMajor>(lanes, t, lane, block);
#pragma GCC unroll 8
      for (size_t k = 0; k < kWidth; k++) {
        for (size_t i = 0; i < kInFlight; i++) {
          top[i] = largestMagnitude(top[i], block[k][i]);
          store(tile + (t + k) * kLanes + lane + i * kWidth, filter.step(block[k][i], i));
        }
      }
    }
    for (size_t i = 0; i < kInFlight; i++) store(peak + lane + i * kWidth, top[i]);
    filter.save(state, lane);
  }
}

template <typename T>
void stagePlain(const Lanes& lanes, size_t first, size_t count, double* tile, double* peak) {
  for (size_t t = first; t < count; t++) {
    for (size_t lane = 0; lane < kLanes; lane++) {
      const double x = static_cast<double>(static_cast<const T*>(lanes.rows[lane])[t * lanes.sampleStride]);
      const double size = x < 0 ? -x : x;
      if (size > peak[lane]) peak[lane] = size;
      tile[t * kLanes + lane] = x;
    }
  }
}

template <typename T>
bool adjacent(const Lanes& lanes) {
  for (size_t lane = 1; lane < kLanes; lane++) {
    if (static_cast<const T*>(lanes.rows[lane]) != static_cast<const T*>(lanes.rows[0]) + lane) return false;
  }
  return true;
}

template <typename Filter, typename T>
size_t stageWhole(const Coefficients& c, State& state, const Lanes& lanes, size_t count, double* tile, double* peak) {
  const size_t whole = count - count % kWidth;
  if (lanes.sampleStride == 1) {
    stageBlocks<Filter, T, false>(c, state, lanes, whole, tile, peak);
    return whole;
  }
  if (!adjacent<T>(lanes)) return 0;
  stageBlocks<Filter, T, true>(c, state, lanes, whole, tile, peak);
  return whole;
}

template <typename T>
void stageAs(const Lanes& lanes, size_t count, double* tile, double* peak) {
  State none;
  const size_t done = stageWhole<NoCascade, T>(Coefficients{}, none, lanes, count, tile, peak);
  stagePlain<T>(lanes, done, count, tile, peak);
}

void stage(const Lanes& lanes, size_t count, double* tile, double* peak) {
  switch (lanes.type) {
    case ElementType::kInt16:
      return stageAs<int16_t>(lanes, count, tile, peak);
    case ElementType::kUint16:
      return stageAs<uint16_t>(lanes, count, tile, peak);
    case ElementType::kInt32:
      return stageAs<int32_t>(lanes, count, tile, peak);
    case ElementType::kFloat32:
      return stageAs<float>(lanes, count, tile, peak);
    case ElementType::kFloat64:
      return stageAs<double>(lanes, count, tile, peak);
    case ElementType::kInt8:
      return stagePlain<int8_t>(lanes, 0, count, tile, peak);
    case ElementType::kUint8:
      return stagePlain<uint8_t>(lanes, 0, count, tile, peak);
    case ElementType::kUint32:
      return stagePlain<uint32_t>(lanes, 0, count, tile, peak);
    case ElementType::kInt64:
      return stagePlain<int64_t>(lanes, 0, count, tile, peak);
    case ElementType::kUint64:
      return stagePlain<uint64_t>(lanes, 0, count, tile, peak);
  }
}

// Sums and comparisons of kInFlight vectors.
template <bool search>
struct Observer {
  Vector shift[kInFlight], limit[kInFlight], sum[kInFlight], squares[kInFlight];
  size_t lane;

  Observer(const Observation& seen, size_t firstLane) : lane(firstLane) {
    for (size_t i = 0; i < kInFlight; i++) {
      shift[i] = load(seen.shift + lane + i * kWidth);
      limit[i] = load(seen.limit + lane + i * kWidth);
      sum[i] = squares[i] = all(0);
    }
  }
  unsigned see(Vector y, size_t i, Measure measure) {
    const Vector d = y - shift[i];
    sum[i] += d;
    squares[i] = fused(d, d, squares[i]);
    return search ? above(measured(y, measure), limit[i]) << (lane + i * kWidth) : 0;
  }
  void mark(unsigned found, uint16_t* mask) const {
    if (search) *mask = static_cast<uint16_t>(lane == 0 ? found : *mask | found);
  }
  void save(Observation& seen) const {
    for (size_t i = 0; i < kInFlight; i++) {
      store(seen.sum + lane + i * kWidth, sum[i]);
      store(seen.squares + lane + i * kWidth, squares[i]);
    }
  }
};

struct Forward {
  template <Form form, int sections>
  static void run(const Coefficients& c, State& state, double* tile, size_t count, Observation*) {
    for (size_t lane = 0; lane < kLanes; lane += kGroup) {
      Cascade<form, sections> filter(c, state, lane);
      for (size_t t = 0; t < count; t++) {
        double* row = tile + t * kLanes + lane;
        for (size_t i = 0; i < kInFlight; i++) store(row + i * kWidth, filter.step(load(row + i * kWidth), i));
      }
      filter.save(state, lane);
    }
  }
};

template <bool keep>
struct Backward {
  template <Form form, int sections>
  static void run(const Coefficients& c, State& state, double* tile, size_t count, Observation*) {
    for (size_t lane = 0; lane < kLanes; lane += kGroup) {
      Cascade<form, sections> filter(c, state, lane);
      for (size_t t = count; t-- > 0;) {
        double* row = tile + t * kLanes + lane;
        for (size_t i = 0; i < kInFlight; i++) {
          const Vector y = filter.step(load(row + i * kWidth), i);
          if (keep) store(row + i * kWidth, y);
        }
      }
      filter.save(state, lane);
    }
  }
};

template <bool search>
struct BackwardObserved {
  template <Form form, int sections>
  static void run(const Coefficients& c, State& state, double* tile, size_t count, Observation* seen) {
    const Measure measure = seen->measure;
    for (size_t lane = 0; lane < kLanes; lane += kGroup) {
      Cascade<form, sections> filter(c, state, lane);
      Observer<search> observer(*seen, lane);
      for (size_t t = count; t-- > 0;) {
        double* row = tile + t * kLanes + lane;
        unsigned found = 0;
        for (size_t i = 0; i < kInFlight; i++) {
          const Vector y = filter.step(load(row + i * kWidth), i);
          store(row + i * kWidth, y);
          found |= observer.see(y, i, measure);
        }
        observer.mark(found, seen->masks + t);
      }
      observer.save(*seen);
      filter.save(state, lane);
    }
  }
};

// Picks the instance for the form and the number of sections.
template <typename Sweep>
inline void sweep(const Coefficients& c, State& state, double* tile, size_t count, Observation* seen) {
  const int n = c.sections;
  if (c.form == Form::kBandpass) {
    if (n == 1) return Sweep::template run<Form::kBandpass, 1>(c, state, tile, count, seen);
    if (n == 2) return Sweep::template run<Form::kBandpass, 2>(c, state, tile, count, seen);
    return Sweep::template run<Form::kBandpass, 3>(c, state, tile, count, seen);
  }
  if (c.form == Form::kGeneral) {
    if (n == 1) return Sweep::template run<Form::kGeneral, 1>(c, state, tile, count, seen);
    if (n == 2) return Sweep::template run<Form::kGeneral, 2>(c, state, tile, count, seen);
    return Sweep::template run<Form::kGeneral, 3>(c, state, tile, count, seen);
  }
  if (n == 1) return Sweep::template run<Form::kExact, 1>(c, state, tile, count, seen);
  if (n == 2) return Sweep::template run<Form::kExact, 2>(c, state, tile, count, seen);
  return Sweep::template run<Form::kExact, 3>(c, state, tile, count, seen);
}

void forward(const Coefficients& c, State& state, double* tile, size_t count) {
  sweep<Forward>(c, state, tile, count, nullptr);
}
void backward(const Coefficients& c, State& state, double* tile, size_t count) {
  sweep<Backward<true>>(c, state, tile, count, nullptr);
}
void backwardObserved(const Coefficients& c, State& state, double* tile, size_t count, Observation& seen) {
  if (seen.masks == nullptr) return sweep<BackwardObserved<false>>(c, state, tile, count, &seen);
  sweep<BackwardObserved<true>>(c, state, tile, count, &seen);
}
void backwardState(const Coefficients& c, State& state, const double* tile, size_t count) {
  // this instance never stores
  sweep<Backward<false>>(c, state, const_cast<double*>(tile), count, nullptr);
}

template <bool search>
void observeAs(const double* tile, size_t count, Observation& seen) {
  for (size_t lane = 0; lane < kLanes; lane += kGroup) {
    Observer<search> observer(seen, lane);
    for (size_t t = 0; t < count; t++) {
      const double* row = tile + t * kLanes + lane;
      unsigned found = 0;
      for (size_t i = 0; i < kInFlight; i++) found |= observer.see(load(row + i * kWidth), i, seen.measure);
      observer.mark(found, seen.masks + t);
    }
    observer.save(seen);
  }
}
void observe(const double* tile, size_t count, Observation& seen) {
  if (seen.masks == nullptr) return observeAs<false>(tile, count, seen);
  observeAs<true>(tile, count, seen);
}

void edges(const double* tile, const double* before, size_t count, EdgeSearch& search, uint16_t* masks) {
  const Measure measure = search.measure;
  // what a sample must exceed to count as higher, beyond any rounding
  const Vector beyond = all(1 + 1e-6);
  for (size_t t = 0; t < count; t++) {
    const double* row = tile + t * kLanes;
    unsigned found = 0;
    for (size_t lane = 0; lane < kLanes; lane += kWidth) {
      const Vector value = measured(load(row + lane), measure);
      unsigned bits = above(value, load(search.limit + lane));
      if (search.rising) {
        const Vector last = measured(load(before + lane), measure);
        const unsigned high = above(last, load(search.highest + lane));
        search.passed |= (bits & high) << lane;
        bits &= ~(high | above(last, value * beyond));
      }
      found |= bits << lane;
    }
    masks[t] = static_cast<uint16_t>(found);
    before = row;
  }
}

void unstage(const double* tile, size_t count, const double* scale, double* const* rows) {
  for (size_t lane = 0; lane < kLanes; lane += kWidth) {
    const Vector factor = load(scale + lane);
    size_t t = 0;
    for (; t + kWidth <= count; t += kWidth) {
      Vector v[kWidth];
      for (size_t k = 0; k < kWidth; k++) v[k] = load(tile + (t + k) * kLanes + lane) * factor;
      transpose(v);
      for (size_t k = 0; k < kWidth; k++) {
        if (rows[lane + k] != nullptr) storeFar(rows[lane + k] + t, v[k]);
      }
    }
    for (; t < count; t++) {
      for (size_t k = 0; k < kWidth; k++) {
        if (rows[lane + k] != nullptr) rows[lane + k][t] = tile[t * kLanes + lane + k] * scale[lane + k];
      }
    }
  }
  finishFar();
}

bool stageForward(const Coefficients& c, State& state, const Lanes& lanes, size_t count, double* tile, double* peak) {
  if (c.form != Form::kBandpass || c.sections != 3 || count % kWidth != 0) return false;
  using Filter = Cascade<Form::kBandpass, 3>;
  if (count == 0) return true;
  switch (lanes.type) {
    case ElementType::kInt16:
      return stageWhole<Filter, int16_t>(c, state, lanes, count, tile, peak) == count;
    case ElementType::kUint16:
      return stageWhole<Filter, uint16_t>(c, state, lanes, count, tile, peak) == count;
    case ElementType::kInt32:
      return stageWhole<Filter, int32_t>(c, state, lanes, count, tile, peak) == count;
    case ElementType::kFloat32:
      return stageWhole<Filter, float>(c, state, lanes, count, tile, peak) == count;
    case ElementType::kFloat64:
      return stageWhole<Filter, double>(c, state, lanes, count, tile, peak) == count;
    default:
      return false;
  }
}
