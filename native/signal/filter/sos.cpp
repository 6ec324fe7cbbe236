#include "sos.h"

#include <algorithm>
#include <cmath>

namespace spikelab {
namespace {

// The steady state of one section: numpy.linalg.solve of [1 + a1, -1; a2, 1] z = [b1 - a1 b0, b2 - a2 b0], which is LU
// with partial pivoting. The order of operations is kept, since spike lists must agree with scipy to the last bit.
std::array<double, 2> sectionSteadyState(const Section& s) {
  double p = 1 + s[4], q = -1, r = s[5], t = 1;
  double f = s[1] - s[4] * s[0], g = s[2] - s[5] * s[0];
  if (std::abs(r) > std::abs(p)) {
    std::swap(p, r);
    std::swap(q, t);
    std::swap(f, g);
  }
  const double factor = r * (1 / p);  // LAPACK scales by the reciprocal
  const double second = (g - factor * f) / (t - factor * q);
  return {(f - q * second) / p, second};
}

}  // namespace

std::vector<std::array<double, 2>> steadyState(const Sos& sos) {
  std::vector<std::array<double, 2>> states;
  double scale = 1;
  for (const Section& s : sos) {
    const auto state = sectionSteadyState(s);
    states.push_back({scale * state[0], scale * state[1]});
    // gain at frequency 0: the value that this section's step response settles at
    scale *= ((s[0] + s[1]) + s[2]) / ((s[3] + s[4]) + s[5]);
  }
  return states;
}

size_t defaultPadding(const Sos& sos) {
  const auto zeroAt = [&](size_t k) {
    return static_cast<size_t>(std::count_if(sos.begin(), sos.end(), [&](const Section& s) { return s[k] == 0; }));
  };
  return 3 * (2 * sos.size() + 1 - std::min(zeroAt(2), zeroAt(5)));
}

}  // namespace spikelab
