#include "median_finder.h"

#include <algorithm>
#include <cmath>

namespace spikelab {

void MedianFinder::startValues(double low, double high) {
  *this = MedianFinder();
  low_ = low;
  scale_ = static_cast<double>(kBins) / (high - low);
  counts_.assign(kBins + 1, 0);
}

void MedianFinder::startDeviations(double centre, double high) {
  startValues(0, high);
  deviations_ = true;
  centre_ = centre;
}

ptrdiff_t MedianFinder::binOf(double value) const {
  const double at = (value - low_) * scale_;
  if (at < 0) return -1;
  return at < static_cast<double>(kBins) ? static_cast<ptrdiff_t>(at) : static_cast<ptrdiff_t>(kBins);
}

void MedianFinder::add(const double* y, size_t count, size_t stride) {
  for (size_t i = 0; i < count; i++) {
    const double value = deviations_ ? std::abs(y[i * stride] - centre_) : y[i * stride];
    const ptrdiff_t bin = binOf(value);
    if (picking_) {
      if (bin >= firstBin_ && bin <= lastBin_) picked_[value]++;
    } else if (bin < 0) {
      below_++;
    } else {
      counts_[static_cast<size_t>(bin)]++;
    }
  }
  if (!picking_) total_ += count;
}

MedianFinder MedianFinder::part() const {
  MedianFinder out = *this;
  if (!picking_) {
    out.total_ = out.below_ = 0;
    std::fill(out.counts_.begin(), out.counts_.end(), 0);
  }
  out.picked_.clear();
  return out;
}

void MedianFinder::merge(const MedianFinder& other) {
  for (const auto& [value, count] : other.picked_) picked_[value] += count;
  if (picking_) return;
  total_ += other.total_;
  below_ += other.below_;
  for (size_t i = 0; i < counts_.size(); i++) counts_[i] += other.counts_[i];
}

bool MedianFinder::endSweep() {
  if (picking_) {
    chooseValues();
    return true;
  }
  chooseBins();
  picking_ = true;
  return false;
}

// The bins of the middle one or two of all values; below_ becomes the number of values before them.
void MedianFinder::chooseBins() {
  const uint64_t lower = (total_ - 1) / 2, upper = total_ / 2;
  uint64_t before = below_;
  firstBin_ = lastBin_ = -1;
  for (size_t bin = 0; bin < counts_.size(); bin++) {
    const uint64_t behind = before + counts_[bin];
    if (lower >= before && lower < behind) {
      firstBin_ = static_cast<ptrdiff_t>(bin);
      below_ = before;
    }
    if (upper >= before && upper < behind) lastBin_ = static_cast<ptrdiff_t>(bin);
    before = behind;
  }
  std::vector<uint64_t>().swap(counts_);
}

void MedianFinder::chooseValues() {
  std::vector<std::pair<double, uint64_t>> values(picked_.begin(), picked_.end());
  std::sort(values.begin(), values.end());
  const uint64_t lower = (total_ - 1) / 2, upper = total_ / 2;
  double low = NAN, high = NAN;
  uint64_t before = below_;
  for (const auto& [value, count] : values) {
    if (lower >= before && lower < before + count) low = value;
    if (upper >= before && upper < before + count) high = value;
    before += count;
  }
  median_ = (low + high) / 2;
  picked_.clear();
}

}  // namespace spikelab
