// Spike trains back to back, and what was found while they were made.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../core/owned_array.h"

namespace spikelab {

// Why an input cannot be spike trains. The caller knows what the values were called, so it words the error.
struct Problem {
  // non-finite-time, inexact-time (an integer that a double cannot hold), non-finite-unit, fractional-unit,
  // negative-unit, unit-too-large, non-finite-count, negative-count, too-many-spikes, offsets
  std::string kind;
  size_t position = 0;
  double value = 0;
};

// Counts of what is worth knowing about trains that are otherwise fine.
struct TrainFindings {
  // Trains that had to be sorted.
  size_t unsortedTrains = 0;
  // Spikes at exactly the time of the one before them in the same train.
  size_t duplicateTimes = 0;
  size_t emptyTrains = 0;
  // Spikes that the caller asked to leave out.
  size_t droppedSpikes = 0;
  // Raster cells whose count was not a whole number.
  size_t fractionalCounts = 0;

  void add(const TrainFindings& other) {
    unsortedTrains += other.unsortedTrains;
    duplicateTimes += other.duplicateTimes;
    emptyTrains += other.emptyTrains;
    droppedSpikes += other.droppedSpikes;
    fractionalCounts += other.fractionalCounts;
  }
};

struct Trains {
  // Milliseconds, sorted in each train.
  OwnedArray<double> times;
  // Trains + 1 entries, from 0 to the number of spikes.
  OwnedArray<double> offsets;
  TrainFindings findings;
  std::optional<Problem> problem;
};

// ms = value × multiply ÷ divide + add; one rounding where value × multiply is exact.
struct TimeScale {
  double multiply = 1;
  double divide = 1;
  double add = 0;

  bool identity() const { return multiply == 1 && divide == 1 && add == 0; }
  double operator()(double value) const { return value * multiply / divide + add; }
};

}  // namespace spikelab
