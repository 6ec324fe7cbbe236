// Samples of any type into tiles and out of them, filtered on the way or not. Part of kernel_body.h.

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

#ifdef SPIKELAB_SHORTS
// Rows of 16-bit samples are turned as they are, which moves a quarter of the bytes.
template <typename Filter, typename T>
size_t stageShorts(const Coefficients& c, State& state, const Lanes& lanes, size_t count, double* tile, double* peak) {
  Filter filter(c, state, 0);
  Vector top[kInFlight];
  for (size_t i = 0; i < kInFlight; i++) top[i] = load(peak + i * kWidth);
  alignas(64) uint16_t turned[kInFlight][kShorts * kWidth];
  const size_t whole = count - count % kShorts;
  for (size_t t = 0; t < whole; t += kShorts) {
    for (size_t i = 0; i < kInFlight; i++) turnShorts(lanes.rows + i * kWidth, t, turned[i]);
    for (size_t k = 0; k < kShorts; k++) {
      for (size_t i = 0; i < kInFlight; i++) {
        const Vector x = convert(reinterpret_cast<const T*>(turned[i]) + shortsAt(k));
        top[i] = largestMagnitude(top[i], x);
        store(tile + (t + k) * kLanes + i * kWidth, filter.step(x, i));
      }
    }
  }
  for (size_t i = 0; i < kInFlight; i++) store(peak + i * kWidth, top[i]);
  filter.save(state, 0);
  return whole;
}
#endif

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
#ifdef SPIKELAB_SHORTS
    if constexpr (sizeof(T) == 2) {
      const size_t done = stageShorts<Filter, T>(c, state, lanes, whole, tile, peak);
      stageBlocks<Filter, T, false>(c, state, lanes.from(done), whole - done, tile + done * kLanes, peak);
      return whole;
    }
#endif
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
