// Samples in a dataset of an HDF5 file.
#pragma once

#include "../hdf5/library/file.h"
#include "frame_source.h"

namespace spikelab {

struct Hdf5Layout {
  std::string dataset;  // of one or two dimensions
  // The first dimension is time, else the second.
  bool timeFirst = true;
  // Position of each channel in the other dimension.
  std::vector<size_t> columns;
  uint64_t samples = 0;
  // What pieces and chunks may take.
  double maxArrayBytes = 0;
};

// Null where only libhdf5 can read the dataset: compact, never written, with filters or numbers that are not known
// here. Throws Format where the dataset is not as described, Limit where its chunks are too large.
std::unique_ptr<FrameSource> hdf5Source(std::shared_ptr<hdf5::File> file, const Hdf5Layout& layout);

}  // namespace spikelab
