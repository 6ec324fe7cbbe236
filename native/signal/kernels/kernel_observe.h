// Sums of tiles, and samples above a limit. Part of kernel_body.h.

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
  // from the last row to the first: a row needs the mask before it as it was
  for (size_t t = count; t-- > 0;) {
    // mostly there is nothing in many rows
    uint64_t four;
    while (t >= 3 && (__builtin_memcpy(&four, masks + t - 3, sizeof four), four == 0)) {
      if (t < 4) return;
      t -= 4;
    }
    const unsigned held = t > 0 ? masks[t - 1] & masks[t] : masks[t];
    // where the one before is not above the limit, it is not above anything that counts
    if (held == 0) continue;
    const double *row = tile + t * kLanes, *last = t > 0 ? row - kLanes : before;
    unsigned over = 0, falls = 0;
    for (size_t lane = 0; lane < kLanes; lane += kWidth) {
      const Vector was = measured(load(last + lane), measure);
      over |= above(was, load(search.highest + lane)) << lane;
      falls |= above(was, measured(load(row + lane), measure) * beyond) << lane;
    }
    search.passed |= held & over;
    masks[t] = static_cast<uint16_t>(masks[t] & ~(held & (over | falls)));
  }
}

void bands(const double* tile, size_t count, Bands& bands, uint16_t* masks) {
  constexpr Measure kSize = {~uint64_t{0} >> 1, 0};
  constexpr unsigned kAll = (1u << kWidth) - 1;
  for (size_t lane = 0; lane < kLanes; lane += kWidth) {
    const Vector centre = load(bands.centre + lane), middle = load(bands.middle + lane);
    const Vector inner = load(bands.inner + lane), outer = load(bands.outer + lane);
    const Vector lowest = all(0) - middle;
    Vector below = load(bands.below + lane), nearer = load(bands.nearer + lane);
    for (size_t t = 0; t < count; t++) {
      const Vector off = load(tile + t * kLanes + lane) - centre;
      const Vector size = measured(off, kSize);
      below = countAbove(below, lowest, off);
      nearer = countAbove(nearer, inner, size);
      const unsigned outside = above(size, middle) & (above(inner, size) | above(size, outer));
      const unsigned found = (~outside & kAll) << lane;
      masks[t] = static_cast<uint16_t>(lane == 0 ? found : masks[t] | found);
    }
    store(bands.below + lane, below);
    store(bands.nearer + lane, nearer);
  }
}
