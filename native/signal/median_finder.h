// The exact median of values that go by several times, in memory that hardly grows with their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace spikelab {

// Two sweeps: the first counts values in bins over an interval that is known to hold the median, the second keeps those
// of the one or two bins that do. Values outside the interval only need to lie on their side of it.
class MedianFinder {
 public:
  // Of y, or of |y - centre|.
  void startValues(double low, double high);
  void startDeviations(double centre, double high);

  void add(const double* y, size_t count, size_t stride);
  // Adds what another finder of the same interval has seen.
  void merge(const MedianFinder& other);
  // An empty finder in the same state, for another part of the values.
  MedianFinder part() const;
  // True when the median is known; else the values must go by once more.
  bool endSweep();
  // As numpy.median: the mean of the two middle values where there are as many below as above.
  double median() const { return median_; }

 private:
  static constexpr size_t kBins = 16384;
  // 0 … kBins - 1, kBins for what lies above, below 0 for what lies below: rises with the value
  ptrdiff_t binOf(double value) const;
  void chooseBins();
  void chooseValues();

  bool deviations_ = false, picking_ = false;
  double centre_ = 0, low_ = 0, scale_ = 0, median_ = 0;
  uint64_t total_ = 0, below_ = 0;
  std::vector<uint64_t> counts_;
  ptrdiff_t firstBin_ = 0, lastBin_ = 0;
  std::unordered_map<double, uint64_t> picked_;
};

}  // namespace spikelab
