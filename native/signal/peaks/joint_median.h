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
  void keepUntil(const double* end);
  size_t kept() const { return count_; }
  // From now on, and of what was kept so far, only counts.
  void startCounting();
  // After keepUntil, where it counts.
  void count();
  bool counts() const { return !parts_.empty(); }
  // Whether another look of counting makes the bands narrower: each does so by a factor of 20 to 100, unless values
  // repeat.
  bool canNarrow() const { return looks_ < kMostLooks; }
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

  // Enough for bands of a 60,000th.
  static constexpr size_t kMostLooks = 3;

  void countAt(double value, uint32_t times);

  bool centred_, failed_ = false;
  size_t looks_ = 0;
  double centre_ = 0, middle_ = -1, inner_ = -1, outer_ = -1, expected_ = 0;
  // The first `count_` of these, and so many zeros: a median of an odd number of channels is taken off the channel that
  // it is of, too, so each has them in the middle, as often as it is that one.
  std::vector<double> kept_;
  size_t count_ = 0;
  uint32_t zeros_ = 0;
  // How many lie in each part of the middle band, of the outer one below the centre, and of it above; empty: not
  // counted.
  std::vector<uint32_t> parts_;
};

}  // namespace spikelab
