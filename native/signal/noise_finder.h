// The noise of one series by its median absolute deviation, over four sweeps.
#pragma once

#include <cmath>
#include <limits>

#include "median_finder.h"

namespace spikelab {

// median(|y - median(y)|) / 0.6745, which is the standard deviation where the noise is Gaussian.
class NoiseFinder {
 public:
  // The median lies within one standard deviation of the mean, the absolute deviation within two.
  void start(double mean, double deviation) {
    deviation_ = deviation;
    // nothing to look for in what is constant, or not finite
    known_ = !(deviation > 0 && deviation < std::numeric_limits<double>::infinity());
    noise_ = deviation;
    // not without width where the mean is huge
    const double reach = deviation * (1 + 1e-6) + 1e-9 * std::abs(mean);
    if (!known_) finder_.startValues(mean - reach, mean + reach);
  }

  void add(const double* y, size_t count, size_t stride) {
    if (!known_) finder_.add(y, count, stride);
  }
  void merge(const NoiseFinder& part) {
    if (!known_) finder_.merge(part.finder_);
  }
  NoiseFinder part() const {
    NoiseFinder out = *this;
    if (!known_) out.finder_ = finder_.part();
    return out;
  }
  void endSweep() {
    if (known_ || !finder_.endSweep()) return;
    if (!centred_) {
      centred_ = true;
      return finder_.startDeviations(finder_.median(), 2.1 * deviation_);
    }
    noise_ = finder_.median() / 0.6745;
    known_ = true;
  }

  // Sweeps that are always enough.
  static constexpr int kSweeps = 4;
  bool known() const { return known_; }
  double noise() const { return noise_; }

 private:
  MedianFinder finder_;
  double deviation_ = 0, noise_ = 0;
  bool known_ = true, centred_ = false;
};

}  // namespace spikelab
