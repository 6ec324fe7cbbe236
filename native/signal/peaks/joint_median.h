// The exact median and median absolute deviation of series from one look at them, or two, where samples of them say
// about where these lie.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "../kernels/kernels.h"

namespace spikelab {

// Two bands around a centre are kept, one that the median is expected in and one where the deviation is; what lies
// nearer or below is counted. What was expected wrongly is found out at the end. Where they hold too much to be kept,
// it is counted in parts of the bands, and the two parts that are meant are kept at a second look.
class JointMedian {
 public:
  // `sample`: values that are like those to come. `centred`: deviations from 0 are wanted, not from the median.
  JointMedian(const std::vector<float>& sample, bool centred);

  // The bands, for the kernel.
  void describe(Bands& bands, size_t lane) const;
  // Room for `count` more values, of which those that lie in one of them are written there; then the end of these.
  double* room(size_t count);
  void keepUntil(const double* end) { count_ = static_cast<size_t>(end - kept_.data()); }
  size_t kept() const { return count_; }
  // From now on, and of what was kept so far, only counts.
  void startCounting();
  // After keepUntil, where it counts.
  void count();
  bool counts() const { return !parts_.empty(); }
  // Whether the bands are as narrow as they get.
  bool narrowed() const { return narrowed_; }
  // After a look of counting, of `total` values of which so many were counted: the bands that are to be kept at the
  // next one. False where the median or the deviation lies elsewhere.
  bool narrow(size_t total, double below, double nearer);
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
  // Numbers that all lie in a range.
  struct Ranged {
    const double* values;
    size_t count;
    double from, to;
  };
  static std::optional<Middle> middleOf(const Ranged& ranged, size_t total, size_t before);
  static Middle ranked(const Ranged& ranged, size_t rank);
  std::optional<double> median(size_t total, size_t below) const;

  // Bands are wider than expected by this share, so that values which repeat lie inside of their edges.
  static constexpr double kWider = 1e-9;

  bool narrowMiddle(size_t total, size_t below, double& low, double& high) const;

  bool centred_, failed_ = false, narrowed_ = false;
  double centre_ = 0, middle_ = -1, inner_ = -1, outer_ = -1, expected_ = 0;
  // The first `count_` of these.
  std::vector<double> kept_;
  size_t count_ = 0;
  // How many lie in each part of the middle band, of the outer one below the centre, and of it above; empty: not
  // counted.
  std::vector<uint32_t> parts_;
};

}  // namespace spikelab
