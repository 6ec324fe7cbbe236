// Looks at an object's header before libhdf5 does, for the damage that is known to crash it.
#pragma once

#include <cstdint>
#include <string>

#include "../library/file.h"

namespace spikelab::hdf5 {

// Throws Format for chunks with a dimension of 0 or of another rank than the data (libhdf5 divides by 0), for a group
// whose tree of names does not get lower from node to node (libhdf5 follows a cycle until the stack ends), and for a
// list of free space that leaves its local heap (libhdf5 writes outside of it), and for messages that end before what
// they say does (libhdf5 reads on); Unsupported for data in other files, of which libhdf5 reads the lists. What is not
// understood passes: libhdf5 has its own checks for all else. Takes no notice of objects that were looked at before.
// Call with the library's lock held.
void checkHeader(File& file, uint64_t address, const std::string& place);

}  // namespace spikelab::hdf5
