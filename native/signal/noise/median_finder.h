// The exact median of values that go by several times, in memory that does not grow with their number.
#pragma once

#include <limits>
#include <vector>

#include "value_bins.h"

namespace spikelab {

// An interval that is expected to hold the median is narrowed sweep by sweep until its values can be kept. Values
// outside only need to lie on their side of it. Memory: about 32 KB.
class MedianFinder {
 public:
  // Of y, expected near the middle of the interval, or anywhere; or of |y - centre|.
  void startValues(double low, double high);
  void startAnywhere();
  void startDeviations(double centre, double low, double high);

  void add(const double* y, size_t count, size_t stride);
  // Adds what another finder in the same state has seen, and empties it.
  void merge(MedianFinder& other);
  // An empty finder in the same state, for another part of the values.
  MedianFinder part() const;
  // True when the median is known; else the values must go by once more.
  bool endSweep();
  // As numpy.median: the mean of the two middle values where there are as many below as above.
  double median() const { return median_; }
  // Between these lies the median of |y - median|, y being what the first sweep saw.
  double leastDeviation() const { return leastDeviation_; }
  double mostDeviation() const { return mostDeviation_; }

 private:
  // Values that are kept instead of counted.
  static constexpr size_t kKept = 4096;
  struct Bin {
    uint64_t count = 0;
    // of all in it; NaN where they differ
    double value = 0;
    void add(uint64_t more, double of) {
      if (count == 0) value = of;
      if (value != of) value = std::numeric_limits<double>::quiet_NaN();
      count += more;
    }
    bool oneValue() const { return value == value; }
  };
  // What a sweep counts: the same for all parts of it, which different threads may see.
  struct Sight {
    ValueBins bins;
    bool deviations = false;
    double centre = 0;
    // With an even number of values the two middle ones may lie in different bins: then the largest value below
    // `border` and the smallest above it are all that is still looked for.
    bool apart = false;
    double border = 0;
  };

  void take(double value);
  void count();
  void clear();
  bool lookBetween(uint64_t lower, uint64_t upper);
  bool pick(double lower, double upper);
  void boundDeviations(double low, double high, uint64_t lower, uint64_t upper);

  Sight sight_;
  // in this sweep
  uint64_t total_ = 0, below_ = 0;
  double largestBefore_ = 0, smallestBehind_ = 0;
  std::vector<double> kept_;
  std::vector<Bin> counted_;
  // not narrowed yet
  bool whole_ = true;
  double median_ = 0, leastDeviation_ = 0, mostDeviation_ = 0;
};

}  // namespace spikelab
