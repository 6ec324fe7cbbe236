// Filters over whole tiles, forward and backward in time. Part of kernel_body.h.

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
