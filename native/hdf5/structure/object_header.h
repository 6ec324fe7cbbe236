// Object headers, as far as they describe contiguous vectors of plain numbers (HDF5 File Format Specification 3.0,
// IV.A). Everything is checked against the bytes there are; what is not understood is not guessed.
#pragma once

#include <optional>

#include "../numbers/datatype.h"

namespace spikelab::hdf5 {

struct PlainVector {
  Type type;
  uint64_t length = 0;   // elements
  uint64_t address = 0;  // of the first one; meaningless where there are none
};

// The dataset whose header is at `address`, or nothing where it is of any other kind or its header is in pieces.
std::optional<PlainVector> readVectorHeader(File& file, uint64_t address);

}  // namespace spikelab::hdf5
