// Samples in a chunked HDF5 dataset whose filters are undone here.
#pragma once

#include "../hdf5/numbers/dataset.h"
#include "hdf5_source.h"

namespace spikelab {

// Null where a filter is one that only libhdf5 knows. Pieces are made of whole chunks, so that none is decoded twice in
// a sweep.
std::unique_ptr<FrameSource> chunkSource(std::shared_ptr<hdf5::File> file, hdf5::Dataset dataset,
                                         const Hdf5Layout& layout);

}  // namespace spikelab
