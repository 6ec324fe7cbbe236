// The noise of one series by its median absolute deviation, from samples that go by several times.
#pragma once

#include <cmath>
#include <limits>

#include "median_finder.h"

namespace spikelab {

// median(|y - median(y)|) / 0.6745, which is the standard deviation where the noise is Gaussian.
class NoiseFinder {
 public:
  // Sweeps that are enough for some 10^8 samples of anything like noise; fewer are for short ones.
  static constexpr int kUsualSweeps = 4;

  // The median lies within one standard deviation of the mean, the absolute deviation within two.
  void start(double mean, double deviation) {
    // squares that add up to it neither underflow nor overflow
    const bool right = deviation > kTiny && deviation < std::numeric_limits<double>::infinity();
    // nothing to look for in what is constant, or not finite
    known_ = !std::isfinite(mean) || (deviation == 0 && std::abs(mean) > kTiny);
    noise_ = deviation;
    if (known_) return;
    if (!right) return finder_.startAnywhere();
    // not without width where the mean is huge
    const double reach = deviation * (1 + 1e-6) + 1e-9 * std::abs(mean);
    finder_.startValues(mean - reach, mean + reach);
  }

  void add(const double* y, size_t count, size_t stride) {
    if (!known_) finder_.add(y, count, stride);
  }
  // Empties the part.
  void merge(NoiseFinder& part) {
    if (!known_) finder_.merge(part.finder_);
  }
  NoiseFinder part() const {
    NoiseFinder out;
    out.known_ = known_;
    if (!known_) out.finder_ = finder_.part();
    return out;
  }
  void endSweep() {
    if (known_ || !finder_.endSweep()) return;
    if (!centred_) {
      centred_ = true;
      return finder_.startDeviations(finder_.median(), finder_.leastDeviation(), finder_.mostDeviation());
    }
    noise_ = finder_.median() / 0.6745;
    known_ = true;
    finder_ = MedianFinder();
  }

  // Nothing more to see.
  bool known() const { return known_; }
  double noise() const { return noise_; }

 private:
  static constexpr double kTiny = 1e-140;

  MedianFinder finder_;
  double noise_ = 0;
  bool known_ = true, centred_ = false;
};

}  // namespace spikelab
