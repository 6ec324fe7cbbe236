// The numbers of a slab, whatever their type, layout and filters.
#pragma once

#include "../../parallel/control.h"
#include "slab.h"

namespace spikelab::hdf5 {

// Throws Format where the dataset does not hold numbers, where its storage cannot hold what its shape says or reaches
// past the end of the file, and Unsupported for numbers of a form that nobody uses. Nothing is allocated: call before
// allocating.
void checkNumbers(File& file, const Dataset& dataset);

// Reads a slab of a checked dataset as `element`s: exactElement(type) or float64.
void readNumbers(File& file, const Dataset& dataset, const Slab& slab, Element element, char* into, Control& control);

}  // namespace spikelab::hdf5
