// Sums in twice the precision of float64: rounded once, so that they hardly depend on the order and never on pieces.
#pragma once

#include <cmath>
#include <cstddef>

#include "../filter/samples.h"

namespace spikelab {

struct Twofold {
  double high = 0, low = 0;
};

inline Twofold exactSum(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

// Dekker's product: right without fused operations.
inline Twofold exactProduct(double a, double b) {
  constexpr double kSplit = 134217729;  // 2^27 + 1
  const double sa = kSplit * a, sb = kSplit * b;
  const double ah = sa - (sa - a), al = a - ah, bh = sb - (sb - b), bl = b - bh;
  const double product = a * b;
  return {product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

// Of 16 lanes side by side: sums of y and of y².
class LaneSums {
 public:
  void add(const double* tile, size_t count) {
    for (size_t t = count; t-- > 0;) {
      const double* y = tile + t * kLanes;
      for (size_t lane = 0; lane < kLanes; lane++) {
        accumulate(sum_[lane], rest_[lane], y[lane], 0);
        const Twofold square = exactProduct(y[lane], y[lane]);
        accumulate(squares_[lane], squareRest_[lane], square.high, square.low);
      }
    }
    count_ += count;
  }

  // As numpy.std with divisor n, and sqrt(mean(y²)).
  double deviation(size_t lane) const {
    const double n = static_cast<double>(count_);
    Twofold square = exactProduct(sum_[lane], sum_[lane]);
    square.low += 2 * sum_[lane] * rest_[lane];
    const double mean = square.high / n;
    const Twofold back = exactProduct(mean, n);
    const double meanRest = ((square.high - back.high) - back.low + square.low) / n;
    const Twofold difference = exactSum(squares_[lane], -mean);
    const double variance = (difference.high + (difference.low + (squareRest_[lane] - meanRest))) / n;
    return std::sqrt(variance > 0 ? variance : 0 * variance);
  }
  double rootMeanSquare(size_t lane) const {
    return std::sqrt((squares_[lane] + squareRest_[lane]) / static_cast<double>(count_));
  }

 private:
  static void accumulate(double& sum, double& rest, double value, double low) {
    const Twofold next = exactSum(sum, value);
    sum = next.high;
    rest += next.low + low;
  }

  double sum_[kLanes] = {}, rest_[kLanes] = {}, squares_[kLanes] = {}, squareRest_[kLanes] = {};
  size_t count_ = 0;
};

}  // namespace spikelab
