// Spikes with a unit index each, in any order: grouped by unit in O(spikes), not O(spikes × units).
#pragma once

#include "../numeric_view.h"
#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

struct GroupRequest {
  // Unit of each spike: whole numbers of any type.
  NumericView units;
  NumericView times;
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
