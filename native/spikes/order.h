// Order inside trains: found out in one pass, mended only where it is wrong.
#pragma once

#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

// Sorts each train that is not sorted and adds unsorted trains, duplicate times and empty trains to `findings`. The
// times must be finite. `offsets` has count + 1 entries.
void orderTrains(double* times, const double* offsets, size_t count, Control& control, TrainFindings& findings);

// The same for a few trains, one after the other; what was found is returned.
TrainFindings orderEach(double* times, const double* offsets, size_t count, Control& control);

// Splits trains into groups of about `spikesPerGroup` spikes for one thread each: the first train of each group, then
// count.
std::vector<size_t> groupTrains(const double* offsets, size_t count, size_t spikesPerGroup);

}  // namespace spikelab
