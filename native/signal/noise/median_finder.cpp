#include "median_finder.h"

#include <algorithm>
#include <cmath>

namespace spikelab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// How many values lie where, as far as bins say.
class Ranks {
 public:
  template <typename Bins>
  Ranks(const ValueBins& bins, const Bins& counted, uint64_t below, uint64_t total)
      : bins_(bins), total_(total), before_(ValueBins::kBins + 1, below) {
    for (size_t bin = 0; bin < counted.size(); bin++) before_[bin + 1] = before_[bin] + counted[bin].count;
  }
  // At least so many are smaller.
  uint64_t surelyBelow(double value) const {
    if (value < bins_.low()) return 0;
    return value > bins_.high() ? before_.back() : before_[bins_.binOf(value)];
  }
  // At most so many are not larger.
  uint64_t perhapsUpTo(double value) const {
    if (value < bins_.low()) return before_.front();
    return value > bins_.high() ? total_ : before_[bins_.binOf(value) + 1];
  }

 private:
  const ValueBins& bins_;
  uint64_t total_;
  std::vector<uint64_t> before_;
};

// The border in [0, most] below which `holds` is true.
template <typename Holds>
double border(double most, const Holds& holds) {
  double from = 0, to = most;
  for (int i = 0; i < 40; i++) {
    const double middle = (from + to) / 2;
    (holds(middle) ? from : to) = middle;
  }
  return to;
}

}  // namespace

void MedianFinder::startValues(double low, double high) {
  *this = MedianFinder();
  sight_.bins = ValueBins::fineInTheMiddle(low, high);
  mostDeviation_ = 1.05 * (high - low);
  clear();
}

void MedianFinder::startAnywhere() {
  *this = MedianFinder();
  sight_.bins = ValueBins::ofAll();
  mostDeviation_ = kInfinity;
  whole_ = false;
  clear();
}

void MedianFinder::startDeviations(double centre, double low, double high) {
  *this = MedianFinder();
  sight_.bins = ValueBins::even(low, high);
  sight_.deviations = true;
  sight_.centre = centre;
  clear();
}

void MedianFinder::clear() {
  total_ = below_ = 0;
  largestBefore_ = -kInfinity;
  smallestBehind_ = kInfinity;
  std::vector<double>().swap(kept_);
  std::vector<Bin>().swap(counted_);
}

inline void MedianFinder::take(double value) {
  if (!counted_.empty()) return counted_[sight_.bins.binOf(value)].add(1, value);
  if (kept_.size() < kKept) return kept_.push_back(value);
  count();
  take(value);
}

void MedianFinder::add(const double* y, size_t count, size_t stride) {
  total_ += count;
  const auto valueAt = [&](size_t i) {
    return sight_.deviations ? std::abs(y[i * stride] - sight_.centre) : y[i * stride];
  };
  if (sight_.apart) {
    for (size_t i = 0; i < count; i++) {
      const double value = valueAt(i);
      if (value <= sight_.border) {
        largestBefore_ = std::max(largestBefore_, value);
      } else {
        smallestBehind_ = std::min(smallestBehind_, value);
      }
    }
    return;
  }
  const double low = sight_.bins.low(), high = sight_.bins.high();
  for (size_t i = 0; i < count; i++) {
    const double value = valueAt(i);
    below_ += value < low ? 1 : 0;
    if (value >= low && value <= high) take(value);
  }
}

// From now on values are counted.
void MedianFinder::count() {
  if (!counted_.empty()) return;
  counted_.resize(ValueBins::kBins);
  for (const double value : kept_) counted_[sight_.bins.binOf(value)].add(1, value);
  std::vector<double>().swap(kept_);
}

MedianFinder MedianFinder::part() const {
  MedianFinder out;
  out.sight_ = sight_;
  out.clear();
  return out;
}

void MedianFinder::merge(MedianFinder& other) {
  total_ += other.total_;
  below_ += other.below_;
  largestBefore_ = std::max(largestBefore_, other.largestBefore_);
  smallestBehind_ = std::min(smallestBehind_, other.smallestBehind_);
  for (const double value : other.kept_) take(value);
  if (!other.counted_.empty()) count();
  for (size_t bin = 0; bin < other.counted_.size(); bin++) {
    const Bin& theirs = other.counted_[bin];
    if (theirs.count > 0) counted_[bin].add(theirs.count, theirs.value);
  }
  other.clear();
}

bool MedianFinder::pick(double lower, double upper) {
  // the sum of a large number and itself may be infinite
  median_ = total_ % 2 ? lower : (lower + upper) / 2;
  clear();
  return true;
}

bool MedianFinder::endSweep() {
  if (sight_.apart) return pick(largestBefore_, smallestBehind_);
  const uint64_t lower = (total_ - 1) / 2, upper = total_ / 2;
  uint64_t inside = kept_.size();
  for (const Bin& bin : counted_) inside += bin.count;
  if (lower < below_ || upper >= below_ + inside) {
    // not where it was expected
    sight_.bins = ValueBins::ofAll();
    whole_ = false;
    clear();
    return false;
  }
  if (!counted_.empty()) return lookBetween(lower, upper);
  std::sort(kept_.begin(), kept_.end());
  return pick(kept_[lower - below_], kept_[upper - below_]);
}

// Looks on in the bin of the two middle values, or in the gap between theirs.
bool MedianFinder::lookBetween(uint64_t lower, uint64_t upper) {
  size_t bin = 0, last = 0;
  uint64_t behind = below_ + counted_[0].count;
  while (behind <= lower) behind += counted_[++bin].count;
  for (last = bin; behind <= upper;) behind += counted_[++last].count;
  const ValueBins& bins = sight_.bins;
  if (whole_ && !sight_.deviations) boundDeviations(bins.firstOf(bin), bins.lastOf(last), lower, upper);
  whole_ = false;
  if (counted_[bin].oneValue() && counted_[last].oneValue()) return pick(counted_[bin].value, counted_[last].value);
  sight_.apart = bin < last;
  sight_.border = bins.lastOf(bin);
  if (!sight_.apart) sight_.bins = bins.within(bin);
  clear();
  return false;
}

// With the median in [low, high]: how far around it the bins say that there are too few values, and enough.
void MedianFinder::boundDeviations(double low, double high, uint64_t lower, uint64_t upper) {
  const Ranks ranks(sight_.bins, counted_, below_, total_);
  const double width = sight_.bins.high() - sight_.bins.low();
  const double most = mostDeviation_;
  const double few =
      border(most, [&](double r) { return ranks.perhapsUpTo(high + r) - ranks.surelyBelow(low - r) <= lower; });
  const double enough =
      border(most, [&](double r) { return ranks.surelyBelow(low + r) <= ranks.perhapsUpTo(high - r) + upper; });
  // what rounding does here is made good by looking elsewhere, but that takes sweeps
  const double slack = 1e-9 * width + 1e-15 * std::abs(low);
  leastDeviation_ = few > slack ? few - slack : 0;
  mostDeviation_ = enough + slack;
}

}  // namespace spikelab
