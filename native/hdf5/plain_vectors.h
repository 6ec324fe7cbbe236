// Thousands of small datasets at once: object headers of plain vectors are read here, without libhdf5, which spends
// more time on opening a dataset than on its data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "numeric.h"

namespace spikelab::hdf5 {

// Reads datasets of one group back to back as float64, where every one of them is a contiguous vector of plain numbers
// with a header of version 1 in one piece: what h5py and libhdf5 write unless asked for more. Nothing where any is not,
// or where the paths are few or lie in several groups: then libhdf5 must look.
std::optional<Ragged> readPlainVectors(File& file, const std::vector<std::string>& paths, Control& control);

}  // namespace spikelab::hdf5
