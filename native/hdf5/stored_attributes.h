// Attributes that stand in their object's header, read without libhdf5: one that it cannot decode makes it free memory
// that it never had, and a text that is longer than its reference says makes it write behind its buffer.
#pragma once

#include <optional>
#include <vector>

#include "../parallel/control.h"
#include "values.h"

namespace spikelab::hdf5 {

// All attributes of the object whose header is at `address`, in the order of their names; nothing where some are kept
// outside of the header or have a committed datatype. Throws Format for what is no attribute.
std::optional<std::vector<Column>> readStoredAttributes(File& file, uint64_t address, const std::string& place,
                                                        Control& control);

}  // namespace spikelab::hdf5
