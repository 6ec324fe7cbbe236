// Spikes with a unit index each, in any order: grouped by unit in O(spikes), not O(spikes × units).
#pragma once

#include <functional>
#include <optional>

#include "../core/numeric_view.h"
#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

// Values that are not in memory: read while they are scattered, so that they never are there at once.
struct StreamedValues {
  ElementType type = ElementType::kFloat64;
  size_t length = 0;
  // Values that are best read together, from a multiple of it on: those of one chunk, say.
  size_t block = 1;
  // Fills `out` with values [start, start + count); called by several threads at a time.
  std::function<void(size_t start, size_t count, void* out)> read;
};

struct GroupRequest {
  // Unit of each spike: whole numbers of any type.
  NumericView units;
  NumericView times;
  // Where given, instead of `times`. Integers beyond ±2^53 are a problem ("inexact-time").
  std::optional<StreamedValues> streamedTimes;
  TimeScale scale;
  // Number of trains. Negative: the largest index + 1.
  double count = -1;
  // More units than this are refused before anything is allocated.
  double maxUnits = 0;
  // Where given: train of each unit index, negative to leave the unit's spikes out; an index beyond it is left out too.
  // `count` must then be given.
  const int32_t* trainOf = nullptr;
  size_t trainOfLength = 0;
};

// A stable counting sort; only trains that come out unsorted are sorted.
Trains groupSpikes(const GroupRequest& request, Control& control);

}  // namespace spikelab
