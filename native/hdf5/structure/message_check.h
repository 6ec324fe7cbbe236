// Whether header messages hold all that they say (HDF5 File Format Specification 3.0, IV.A.2), and parts of datatypes
// fit into their whole: libhdf5 1.10 decodes them without looking where they end, and copies by the sizes it finds.
#pragma once

#include <cstddef>

#include "../library/file.h"

namespace spikelab::hdf5 {

// False for a message that would be read beyond its end, and for a datatype with a part of no size, or of a size that
// does not fit. Nothing is said of versions that are not known, which libhdf5 refuses, and of links, attributes,
// comments and continuations, which others check.
bool wholeMessage(const File& file, unsigned type, const unsigned char* data, size_t size);

}  // namespace spikelab::hdf5
