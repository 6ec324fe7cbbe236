// Where medians lie, by counts in parts of the bands that they are expected in.
#include <algorithm>
#include <cmath>

#include "joint_median.h"

namespace spikelab {
namespace {

// Of each band. What is kept at the second look is less than a hundredth of all, mostly far less.
constexpr size_t kParts = 512;
// Parts are found by rounded arithmetic: off by one at most.
constexpr double kOff = 1;

size_t partOf(double place) {
  return static_cast<size_t>(std::clamp(place, 0.0, kParts - 1.0));
}

// How many lie in the parts before each.
std::vector<double> sumsOf(const uint32_t* parts) {
  std::vector<double> sums(kParts + 1);
  for (size_t i = 0; i < kParts; i++) sums[i + 1] = sums[i] + parts[i];
  return sums;
}

}  // namespace

void JointMedian::startCounting() {
  parts_.assign(3 * kParts, 0);
  count();
  std::vector<double>().swap(kept_);
}

void JointMedian::count() {
  for (size_t i = 0; i < count_; i++) countAt(kept_[i], 1);
  if (zeros_ > 0) countAt(0, zeros_);
  count_ = zeros_ = 0;
}

void JointMedian::countAt(double value, uint32_t times) {
  const double d = std::abs(value - centre_);
  if (d <= middle_) parts_[partOf((value - centre_ + middle_) * kParts / (2 * middle_))] += times;
  if (inner_ > d || d > outer_) return;
  parts_[(value < centre_ ? kParts : 2 * kParts) + partOf((d - inner_) * kParts / (outer_ - inner_))] += times;
}

bool JointMedian::narrowMiddle(size_t total, size_t below, double& low, double& high) const {
  const std::vector<double> sums = sumsOf(parts_.data());
  const double lower = static_cast<double>((total - 1) / 2), upper = static_cast<double>(total / 2);
  const double before = static_cast<double>(below), width = 2 * middle_ / kParts;
  if (lower < before || upper >= before + sums[kParts]) return false;
  const auto partWith = [&](double rank) {
    return std::upper_bound(sums.begin(), sums.end(), rank - before) - sums.begin() - 1;
  };
  low = centre_ - middle_ + width * (static_cast<double>(partWith(lower)) - kOff);
  high = centre_ - middle_ + width * (static_cast<double>(partWith(upper)) + 1 + kOff);
  return true;
}

bool JointMedian::narrow(size_t total, double below, double nearer) {
  double low = 0, high = 0;
  if (failed_ || total == 0 || (!centred_ && !narrowMiddle(total, static_cast<size_t>(below), low, high))) {
    giveUp();
    return false;
  }
  // the median is so much above the centre, at least and at most
  const double least = centred_ ? 0 : low - centre_, most = centred_ ? 0 : high - centre_;
  const double off = std::max(std::abs(least), std::abs(most)), width = (outer_ - inner_) / kParts;
  const std::vector<double> left = sumsOf(&parts_[kParts]), right = sumsOf(&parts_[2 * kParts]);
  const auto at = [&](const std::vector<double>& sums, double part) {
    return sums[static_cast<size_t>(std::clamp(part, 0.0, static_cast<double>(kParts)))];
  };
  // So many values, at most and at least, have a deviation below `size`: those above the median lie below median +
  // size, those below it above median - size.
  const auto atMost = [&](double size) {
    return nearer + at(right, std::ceil((size + most - inner_) / width) + kOff) +
           at(left, std::ceil((size - least - inner_) / width) + kOff);
  };
  const auto atLeast = [&](double size) {
    return nearer + at(right, std::floor((size + least - inner_) / width) - kOff) +
           at(left, std::floor((size - most - inner_) / width) - kOff);
  };
  const double lower = static_cast<double>((total - 1) / 2), upper = static_cast<double>(total / 2);
  // what lies nearer than the band is below these for certain, and of what lies farther nothing is known
  const double from = inner_ + off, to = outer_ - off - (kOff + 1) * width;
  double near = -1, far = -1;
  for (size_t i = 0; i <= kParts && far < 0; i++) {
    const double size = from + width * static_cast<double>(i);
    if (size > to) break;
    if (atMost(size) <= lower) near = size;
    if (atLeast(size) > upper) far = size;
  }
  if (near < 0 || far < 0) {
    giveUp();
    return false;
  }
  const double wider = kWider * expected_;
  centre_ = (low + high) / 2;
  middle_ = centred_ ? -1 : (high - low) / 2 + wider;
  expected_ = (near + far) / 2;
  inner_ = near - std::max(0.0, middle_) - wider;
  outer_ = far + std::max(0.0, middle_) + wider;
  std::vector<uint32_t>().swap(parts_);
  looks_++;
  return true;
}

}  // namespace spikelab
