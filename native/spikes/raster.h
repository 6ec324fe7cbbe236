// A (units, bins) array of spike counts, expanded to spike trains.
#pragma once

#include "../core/numeric_view.h"
#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

struct RasterRequest {
  // C-ordered, rows × bins elements of any type; a fraction is cut off (1.9 spikes are 1) and counted as a finding.
  NumericView counts;
  size_t rows = 0;
  size_t bins = 0;
  double binMs = 1;
  double startMs = 0;
  // More spikes than this are refused before they are allocated.
  double maxSpikes = 0;
};

// The n spikes of a bin divide it into n + 1 equal parts, as numpy.linspace(0, bin, n + 2)[1:-1] does.
Trains expandRaster(const RasterRequest& request, Control& control);

}  // namespace spikelab
