// Where a dataset's bytes are in its file.
#pragma once

#include <optional>
#include <vector>

#include "dataset.h"

namespace spikelab::hdf5 {

// The address of the first byte of a contiguous dataset of elements of so many bytes; nothing where it was never
// written. Throws Format where the dataset claims more bytes than it has storage, or than the file has.
std::optional<uint64_t> contiguousAddress(File& file, const Dataset& dataset, size_t storedBytes);

struct StoredChunk {
  uint64_t address = 0;
  uint64_t bytes = 0;
  uint32_t skippedFilters = 0;
  bool present = false;
};

// Whether chunks may be looked up one by one and decoded here.
bool chunksAddressable(const Dataset& dataset);

// Whether the file itself says what stands for elements that were never written; else it is 0.
bool hasFillValue(File& file, const Dataset& dataset);

// One element as stored that stands for all that were never written.
std::vector<char> fillValue(File& file, const Dataset& dataset, size_t storedBytes);

}  // namespace spikelab::hdf5
