// Sums as numpy adds up: by halves inside a buffer.
#pragma once

#include <array>

#include "../filter/samples.h"

namespace spikelab {

// numpy's pairwise sum of value(t, lane) for t in [first, first + n), lane by lane.
template <typename Value>
std::array<double, kLanes> pairwiseSum(size_t first, size_t n, const Value& value) {
  std::array<double, kLanes> total{};
  if (n < 8) {
    for (size_t t = 0; t < n; t++) {
      for (size_t lane = 0; lane < kLanes; lane++) total[lane] += value(first + t, lane);
    }
    return total;
  }
  if (n > 128) {
    const size_t half = n / 2 - n / 2 % 8;
    const auto left = pairwiseSum(first, half, value), right = pairwiseSum(first + half, n - half, value);
    for (size_t lane = 0; lane < kLanes; lane++) total[lane] = left[lane] + right[lane];
    return total;
  }
  std::array<double, kLanes> r[8];
  for (size_t k = 0; k < 8; k++) {
    for (size_t lane = 0; lane < kLanes; lane++) r[k][lane] = value(first + k, lane);
  }
  size_t t = 8;
  for (; t < n - n % 8; t += 8) {
    for (size_t k = 0; k < 8; k++) {
      for (size_t lane = 0; lane < kLanes; lane++) r[k][lane] += value(first + t + k, lane);
    }
  }
  for (size_t lane = 0; lane < kLanes; lane++) {
    total[lane] = ((r[0][lane] + r[1][lane]) + (r[2][lane] + r[3][lane])) +
                  ((r[4][lane] + r[5][lane]) + (r[6][lane] + r[7][lane]));
  }
  for (; t < n; t++) {
    for (size_t lane = 0; lane < kLanes; lane++) total[lane] += value(first + t, lane);
  }
  return total;
}

}  // namespace spikelab
