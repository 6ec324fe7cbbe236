// Thousands of small datasets at once: object headers of plain vectors are read here, without libhdf5, which spends
// more time on opening a dataset than on its data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../../parallel/control.h"
#include "object_header.h"

namespace spikelab::hdf5 {

// Those of the datasets at `paths` that are contiguous vectors of plain numbers with a header in one piece: what h5py
// and libhdf5 write unless asked for more. Nothing for any other, and for all of them where they are few or lie in
// several groups: there libhdf5 must look.
std::vector<std::optional<PlainVector>> findPlainVectors(File& file, const std::vector<std::string>& paths,
                                                         Control& control);

// Reads one whole as `element`s. Throws Format where the file ends before it does.
void readPlainVector(File& file, const PlainVector& vector, const std::string& path, Element element, char* into);

}  // namespace spikelab::hdf5
