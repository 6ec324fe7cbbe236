// Data decoded by libhdf5: for types, layouts and filters that the code here does not know.
#pragma once

#include "../../parallel/control.h"
#include "../numbers/slab.h"

namespace spikelab::hdf5 {

// Reads a slab as `memory` type into `into`, in pieces; the lock is held for one piece at a time.
void libraryRead(File& file, const Dataset& dataset, const Slab& slab, hid_t memory, void* into, Control& control);

}  // namespace spikelab::hdf5
