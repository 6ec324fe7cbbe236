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
