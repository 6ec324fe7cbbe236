// The inverse of HDF5's shuffle filter, which stores the first bytes of all elements, then all second bytes, and so on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikelab::hdf5 {

// Restores elements [first, first + count) of `total` shuffled elements of `size` bytes into `into`.
void unshuffle(const char* shuffled, size_t size, uint64_t total, uint64_t first, uint64_t count, char* into);

}  // namespace spikelab::hdf5
