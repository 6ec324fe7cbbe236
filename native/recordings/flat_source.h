// Samples that lie in a file as they are: flat binary files, .npy, contiguous HDF5 datasets.
#pragma once

#include "../hdf5/numbers/convert.h"
#include "../io/file_handle.h"
#include "frame_source.h"

namespace spikelab {

struct FlatLayout {
  uint64_t offset = 0;  // of the first sample in the file, in bytes
  hdf5::Type type;      // plain
  // Values of a frame, among them such as are no channels, and number of frames.
  size_t width = 0;
  uint64_t frames = 0;
  // Frame after frame, else channel after channel.
  bool timeFirst = true;
  // Position of each channel in a frame.
  std::vector<size_t> columns;
};

std::unique_ptr<FrameSource> flatSource(std::shared_ptr<FileHandle> file, FlatLayout layout);

}  // namespace spikelab
