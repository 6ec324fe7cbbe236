// What scipy and numpy define, one channel and one sample at a time, written for reading and not for speed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "signal/detect/detect.h"

namespace spikelab::scalar {

using Series = std::vector<double>;

// scipy.signal.sosfilt from the steady state for the value `from`.
inline void sosfilt(const Sos& sos, double from, Series& x) {
  const auto steady = steadyState(sos);
  for (size_t k = 0; k < sos.size(); k++) {
    const Section& s = sos[k];
    double z0 = steady[k][0] * from, z1 = steady[k][1] * from;
    for (double& value : x) {
      const double in = value, out = s[0] * in + z0;
      z0 = (s[1] * in - s[4] * out) + z1;
      z1 = s[2] * in - s[5] * out;
      value = out;
    }
  }
}

// scipy.signal.sosfiltfilt with its defaults: odd extension by `padding` samples, forward, backward.
inline Series sosfiltfilt(const Sos& sos, const Series& x) {
  const size_t padding = defaultPadding(sos), n = x.size();
  Series y;
  for (size_t i = padding; i >= 1; i--) y.push_back(2 * x[0] - x[i]);
  y.insert(y.end(), x.begin(), x.end());
  for (size_t i = 1; i <= padding; i++) y.push_back(2 * x[n - 1] - x[n - 1 - i]);
  sosfilt(sos, y.front(), y);
  std::reverse(y.begin(), y.end());
  sosfilt(sos, y.front(), y);
  std::reverse(y.begin(), y.end());
  return {y.begin() + static_cast<std::ptrdiff_t>(padding), y.end() - static_cast<std::ptrdiff_t>(padding)};
}

inline double median(Series values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

inline double deviation(const Series& y) {
  long double sum = 0, squares = 0;
  for (const double v : y) sum += v;
  const long double mean = sum / static_cast<long double>(y.size());
  for (const double v : y) squares += (v - mean) * (v - mean);
  return static_cast<double>(std::sqrt(squares / static_cast<long double>(y.size())));
}

inline double medianDeviation(Series y) {
  const double middle = median(y);
  for (double& v : y) v = std::abs(v - middle);
  return median(y) / 0.6745;
}

struct Found {
  double noise = 0;
  std::vector<double> times;
  // largest |x|
  double peak = 0;
};

inline bool isAbove(double y, double threshold, Direction direction) {
  const bool up = y > threshold, down = y < -threshold;
  return direction == Direction::kBoth ? up || down : direction == Direction::kUp ? up : down;
}

// One channel. Samples that are not finite leave it without noise and spikes; what the filter reduces to rounding has
// no spikes (but see Verdict for amplitudes whose squares underflow), and what is constant no noise either.
inline Found detect(const Series& x, const DetectOptions& options) {
  Found found;
  bool finite = true;
  for (const double v : x) {
    finite = finite && std::isfinite(v);
    found.peak = std::max(found.peak, std::abs(v));
  }
  if (!finite) return {std::numeric_limits<double>::quiet_NaN(), {}, found.peak};
  const bool filters = !options.sos.empty();
  if (filters && std::all_of(x.begin(), x.end(), [&](double v) { return v == x[0]; })) return found;
  const Series y = filters ? sosfiltfilt(options.sos, x) : x;
  found.noise = options.noise == Noise::kMedian ? medianDeviation(y) : deviation(y);
  if (filters && deviation(y) < 1e-14 * found.peak && found.peak > 1e-126) return found;
  const double threshold = options.sigma * found.noise;
  for (size_t t = 0; t < y.size(); t++) {
    bool spike = isAbove(y[t], threshold, options.direction);
    if (options.hysteresis) spike = spike && t > 0 && !isAbove(y[t - 1], threshold, options.direction);
    if (spike) found.times.push_back((static_cast<double>(t) + 0.5) * 1000 / options.fsHz + options.startTimeMs);
  }
  return found;
}

}  // namespace spikelab::scalar
