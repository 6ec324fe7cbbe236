// The exact median and median absolute deviation of series from a single look at them, where samples of them say about
// where these lie.
#pragma once

#include <optional>
#include <vector>

#include "../kernels/kernels.h"

namespace spikelab {

// Two bands around a centre are kept, one that the median is expected in and one where the deviation is; what lies
// nearer or below is counted. What was expected wrongly is found out at the end.
class JointMedian {
 public:
  // `sample`: values that are like those to come. `centred`: deviations from 0 are wanted, not from the median.
  JointMedian(std::vector<double> sample, bool centred);

  // The bands, for the kernel.
  void describe(Bands& bands, size_t lane) const;
  // A value in one of them.
  void keep(double value) { kept_.push_back(value); }
  size_t kept() const { return kept_.size(); }
  // About what the deviation will be.
  double expected() const { return expected_; }
  // Of `total` values of which so many were counted. Whether the deviation is exact.
  bool end(size_t total, double below, double nearer, double& deviation);
  // Nothing can come of it: keeps no more.
  void giveUp();
  bool failed() const { return failed_; }

 private:
  struct Middle {
    double lower, upper, mean;
  };
  static std::optional<Middle> middleOf(std::vector<double>& values, size_t total, size_t before);
  std::optional<double> median(size_t total, size_t below) const;

  bool centred_, failed_ = false;
  double centre_ = 0, middle_ = -1, inner_ = -1, outer_ = -1, expected_ = 0;
  std::vector<double> kept_;
};

}  // namespace spikelab
