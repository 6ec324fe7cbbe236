// Times that already lie train after train: converted, checked and sorted.
#pragma once

#include "../core/numeric_view.h"
#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

struct RaggedRequest {
  NumericView times;
  // Trains + 1 entries that must rise from 0 to times.length; the caller has made them from the file's own index.
  NumericView offsets;
  TimeScale scale;
  // Where given, the result goes there and the result's own `times` stay empty; may be the memory of `times` itself
  // where those are float64.
  double* out = nullptr;
};

// What came of some of many trains.
struct SettledTrains {
  TrainFindings findings;
  std::optional<Problem> problem;

  // Of several problems the one at the lowest position is kept.
  void addTo(Trains& trains) const;
};

// Converts, checks and sorts, on this thread, trains whose float64 times are in place already: train i of `count` is
// times[offsets[i]] to times[offsets[i + 1]]. For who makes the times piece by piece and has them in the cache.
SettledTrains settleInPlace(double* times, const double* offsets, size_t count, const TimeScale& scale,
                            Control& control);

Trains splitRagged(const RaggedRequest& request, Control& control);

}  // namespace spikelab
