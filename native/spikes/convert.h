// Times of any type to milliseconds.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "trains.h"

namespace spikelab {

// Integers up to here have a double of their own.
constexpr int64_t kExactIntegers = int64_t{1} << 53;

template <typename T>
bool hasOwnDouble(T value) {
  if constexpr (std::is_same_v<T, int64_t>) return value >= -kExactIntegers && value <= kExactIntegers;
  if constexpr (std::is_same_v<T, uint64_t>) return value <= static_cast<uint64_t>(kExactIntegers);
  return true;
}

// Writes scale(values) to out, which may be the same memory, and tells whether all are times: finite, and nothing lost.
template <typename T>
bool convertTimes(std::span<const T> values, const TimeScale& scale, double* out) {
  // x - x is 0 for finite x and NaN otherwise; the sum has no branches, so the loop vectorises
  double check = 0;
  bool exact = true;
  const auto convert = [&](auto toMs) {
    for (size_t i = 0; i < values.size(); i++) {
      exact &= hasOwnDouble(values[i]);
      const double ms = toMs(static_cast<double>(values[i]));
      out[i] = ms;
      check += ms - ms;
    }
  };
  if (scale.identity()) {
    convert([](double value) { return value; });
  } else if (scale.divide == 1) {
    convert([&](double value) { return value * scale.multiply + scale.add; });
  } else {
    convert(scale);
  }
  return check == 0 && exact;
}

// The first value that convertTimes would refuse, as it was given; `start` is the position of values[0].
template <typename T>
std::optional<Problem> findBadTime(std::span<const T> values, const TimeScale& scale, size_t start = 0) {
  for (size_t i = 0; i < values.size(); i++) {
    const double value = static_cast<double>(values[i]);
    if (!hasOwnDouble(values[i])) return Problem{"inexact-time", start + i, value};
    if (!std::isfinite(scale(value))) return Problem{"non-finite-time", start + i, value};
  }
  return std::nullopt;
}

}  // namespace spikelab
