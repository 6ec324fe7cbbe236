// The first bytes of records that lie at equal distances in a file: timestamps and marks, read without the samples
// between them.
#pragma once

#include <span>

#include "../core/owned_array.h"
#include "../parallel/control.h"
#include "file_handle.h"

namespace spikelab {

struct RecordHeads {
  uint64_t start = 0;   // where record 0 begins
  uint64_t stride = 1;  // from one record to the next
  size_t bytes = 0;     // that are read of each
};

// Those of `count` records from `first` on, one after the other. Throws kFormat where the file ends before.
OwnedArray<uint8_t> readHeads(const FileHandle& file, const RecordHeads& heads, uint64_t first, size_t count,
                              Control& control);

// So many bytes at each of these places of the file, whole numbers.
OwnedArray<uint8_t> readBytesAt(const FileHandle& file, std::span<const double> places, size_t bytes, Control& control);

}  // namespace spikelab
