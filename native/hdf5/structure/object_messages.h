// The messages of an object header, of either version, in all of its blocks (HDF5 File Format Specification 3.0, IV.A).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "../library/file.h"

namespace spikelab::hdf5 {

struct Message {
  unsigned type;
  bool shared;  // its content is kept elsewhere
  const unsigned char* data;
  size_t size;
};

// Calls `body` for each message. What does not lie in the file, or is no header, has none: libhdf5 has checks for that.
// False where blocks of the header come again or do not lie in the file.
bool forEachMessage(File& file, uint64_t address, const std::function<void(const Message&)>& body);

}  // namespace spikelab::hdf5
