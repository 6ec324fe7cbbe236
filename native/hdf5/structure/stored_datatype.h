// Datatypes as object headers hold them (HDF5 File Format Specification 3.0, IV.A.2.d), as far as values of them are
// decoded.
#pragma once

#include <cstddef>
#include <optional>

#include "../numbers/datatype.h"

namespace spikelab::hdf5 {

// The type whose encoding starts at `data`: numbers, booleans, enumerations, texts, object references, and arrays of
// numbers. Sizes and offsets are those in the file. Opaque for every other class, whose values nobody decodes; nothing
// where the bytes are no datatype.
std::optional<Type> parseDatatype(const unsigned char* data, size_t size);

}  // namespace spikelab::hdf5
