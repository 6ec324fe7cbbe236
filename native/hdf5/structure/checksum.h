// The checksum of HDF5's newer structures.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikelab::hdf5 {

// Bob Jenkins' lookup3 (hashlittle with an initial value of 0), as the format specification asks for.
uint32_t lookup3(const unsigned char* data, size_t bytes);

// Whether a structure is what its checksum says. Under a fuzzer everything is: it would never get past this.
bool sumFits(const unsigned char* data, size_t bytes, uint64_t stored);

}  // namespace spikelab::hdf5
