// Times of any type to milliseconds.
#pragma once

#include <cmath>
#include <optional>
#include <span>

#include "trains.h"

namespace spikelab {

// Writes scale(values) to out, which may be the same memory, and tells whether all results are finite.
template <typename T>
bool convertTimes(std::span<const T> values, const TimeScale& scale, double* out) {
  // x - x is 0 for finite x and NaN otherwise; the sum has no branches, so the loop vectorises
  double check = 0;
  if (scale.identity()) {
    for (size_t i = 0; i < values.size(); i++) {
      const double ms = static_cast<double>(values[i]);
      out[i] = ms;
      check += ms - ms;
    }
  } else if (scale.divide == 1) {
    for (size_t i = 0; i < values.size(); i++) {
      const double ms = static_cast<double>(values[i]) * scale.multiply + scale.add;
      out[i] = ms;
      check += ms - ms;
    }
  } else {
    for (size_t i = 0; i < values.size(); i++) {
      const double ms = static_cast<double>(values[i]) * scale.multiply / scale.divide + scale.add;
      out[i] = ms;
      check += ms - ms;
    }
  }
  return check == 0;
}

// The first time that is not finite, or nothing.
inline std::optional<Problem> findNonFinite(std::span<const double> times) {
  for (size_t i = 0; i < times.size(); i++) {
    if (!std::isfinite(times[i])) return Problem{"non-finite-time", i, times[i]};
  }
  return std::nullopt;
}

}  // namespace spikelab
