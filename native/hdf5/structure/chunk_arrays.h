// The arrays of chunk addresses: fixed (HDF5 File Format Specification 3.0, VII.C) and extensible (VII.D). An element
// is found by its number.
#pragma once

#include <map>
#include <memory>

#include "structure.h"

namespace spikelab::hdf5 {

class ChunkArray {
 public:
  virtual ~ChunkArray() = default;
  // The bytes of an element; null where it was never written. Valid until the next call.
  virtual const unsigned char* element(uint64_t index) = 0;
  size_t elementBytes() const { return elementBytes_; }

 protected:
  uint64_t elementBytes_ = 0;
};

// `client`: 1 where elements have sizes (filters), else 0. Throw Format.
std::unique_ptr<ChunkArray> openFixedArray(File& file, uint64_t address, unsigned client, const std::string& place);
std::unique_ptr<ChunkArray> openExtensibleArray(File& file, uint64_t address, unsigned client,
                                                const std::string& place);

}  // namespace spikelab::hdf5
