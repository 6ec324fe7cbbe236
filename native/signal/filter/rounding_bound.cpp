#include "rounding_bound.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikelab {
namespace {

constexpr double kUnit = std::numeric_limits<double>::epsilon() / 2;

// Runs sections [first, end) with all states zero but `states`, on an impulse of size `input`, and calls
// visit(t, outputs) where outputs[k] is what section k gave. Stops when everything has died out.
template <typename Visit>
bool respond(const Sos& sos, size_t first, std::vector<std::array<double, 2>> states, double input, size_t longest,
             Visit visit) {
  std::vector<double> outputs(sos.size(), 0.0);
  double largest = 0;
  size_t quiet = 0;
  for (size_t t = 0; t < longest; t++) {
    double x = t == 0 ? input : 0, size = 0;
    for (size_t k = first; k < sos.size(); k++) {
      const Section& s = sos[k];
      const double y = s[0] * x + states[k][0];
      states[k] = {s[1] * x - s[4] * y + states[k][1], s[2] * x - s[5] * y};
      outputs[k] = x = y;
      size = std::max({size, std::abs(y), std::abs(states[k][0]), std::abs(states[k][1])});
    }
    visit(t, outputs);
    largest = std::max(largest, size);
    quiet = size < 1e-22 * largest ? quiet + 1 : 0;
    if (quiet > 64) return true;
  }
  return false;
}

using States = std::vector<std::array<double, 2>>;

}  // namespace

double roundingBound(const Sos& sos, size_t margin) {
  const double infinite = std::numeric_limits<double>::infinity();
  const size_t longest = 64 * margin + 4096;
  const States rest(sos.size(), {0, 0});
  // reach[k]: the largest that section k can put out
  std::vector<double> reach(sos.size(), 0.0);
  bool settled = respond(sos, 0, rest, 1, longest, [&](size_t, const std::vector<double>& out) {
    for (size_t k = 0; k < out.size(); k++) reach[k] += std::abs(out[k]);
  });
  double onePass = 0, late = 0;
  for (size_t k = 0; k < sos.size(); k++) {
    const Section& s = sos[k];
    const double in = k == 0 ? 1 : reach[k - 1], out = reach[k];
    const double second = std::abs(s[2]) * in + std::abs(s[5]) * out;
    const double first = std::abs(s[1]) * in + std::abs(s[4]) * out + second;
    // what one rounding in the output and in each delay of this section can come to at the end of the cascade
    const double injected = kUnit * (2 * out + 4 * first + 3 * second);
    for (int delay = 0; delay < 2; delay++) {
      States pushed = rest;
      pushed[k][static_cast<size_t>(delay)] = 1;
      double total = 0, tail = 0;
      settled = respond(sos, k, pushed, 0, longest,
                        [&](size_t t, const std::vector<double>& y) {
                          total += std::abs(y.back());
                          if (t >= margin) tail = std::max(tail, std::abs(y.back()));
                        }) &&
                settled;
      if (delay == 0) onePass += injected * total;
      // the guessed state may be off by twice what the state can be
      late += 2 * (delay == 0 ? first : second) * tail;
    }
  }
  if (!settled) return infinite;
  const double gain = reach.back();
  // both passes may start from a guessed state
  return 2 * onePass * gain + 2 * late * gain;
}

}  // namespace spikelab
