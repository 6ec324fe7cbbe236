// One dataset of spike times a unit: thousands of small reads at once.
#pragma once

#include <string>
#include <vector>

#include "../hdf5/library/file.h"
#include "../parallel/control.h"
#include "../spikes/trains.h"

namespace spikelab::hdf5 {

// The vectors of numbers at `paths`, each a train: read as float64, converted to ms, checked and sorted. Of shape (N),
// or (N, 1) or (1, N) as MATLAB stores vectors. Throws Format for any other, NotFound, Limit.
Trains readTrains(File& file, const std::vector<std::string>& paths, const TimeScale& scale, Control& control);

}  // namespace spikelab::hdf5
