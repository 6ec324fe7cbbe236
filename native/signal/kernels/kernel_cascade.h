// Second-order sections one after the other on vectors over lanes. Part of kernel_body.h.

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
