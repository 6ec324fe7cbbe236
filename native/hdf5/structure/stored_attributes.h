// Attributes, in the header of their object or in its heap, read without libhdf5: one that it cannot decode makes it
// free memory that it never had, a text that is longer than its reference says makes it write behind its buffer, and
// walking a damaged heap ends it.
#pragma once

#include <vector>

#include "../../parallel/control.h"
#include "../values/values.h"

namespace spikelab::hdf5 {

// All attributes of the object whose header is at `address`, in the order of their names; those of types that nobody
// decodes are without values. Throws Format for what is no attribute.
std::vector<Column> readStoredAttributes(File& file, uint64_t address, const std::string& place, Control& control);

}  // namespace spikelab::hdf5
