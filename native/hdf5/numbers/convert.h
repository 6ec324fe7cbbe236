// Numbers as they are stored to numbers as they are used: byte order and type.
#pragma once

#include "datatype.h"

namespace spikelab::hdf5 {

// Converts `count` packed elements of a plain numeric type. `to` must be exactElement(type) or kFloat64. `from` and
// `into` need no alignment and must not overlap.
void convertNumbers(const Type& type, const char* from, Element to, char* into, uint64_t count);

// Whether conversion changes nothing, so bytes may be read straight into the result.
bool storedAsUsed(const Type& type, Element to);

}  // namespace spikelab::hdf5
