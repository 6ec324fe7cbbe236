// A virtual file driver of libhdf5 that reads one descriptor and opens nothing.
//
// libhdf5's own drivers open by name: an external link or a virtual dataset makes them open other files. This one
// serves the descriptor that it was given and refuses every other open, never writes, and fails where its sec2 driver
// returns zeros for bytes behind the end of the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "../../io/range_cache.h"
#include "library.h"

namespace spikelab::hdf5 {

// An open regular file, or the bytes of one that lies elsewhere. `base` is where the HDF5 signature stands (a user
// block may precede it); all addresses that libhdf5 deals in count from there.
struct Descriptor {
  int fd = -1;
  uint64_t base = 0;
  uint64_t size = 0;         // of the whole file
  unsigned lengthBytes = 8;  // of lengths in the file's structures
  std::atomic<uint64_t> bytesRead{0};
  std::shared_ptr<RangeCache> ranges;  // instead of `fd`

  // Reads exactly [address, address + size). Returns false where the file does not have it. Throws MissingBytes where
  // it was not brought here yet.
  bool read(uint64_t address, void* into, size_t size);
  // All of these ranges of addresses will be read: throws MissingBytes where they were not all brought here yet, so
  // that they come together. Does nothing for a local file.
  void expect(std::vector<ByteRange> addresses);
};

// Opens the descriptor as a file of libhdf5 for reading. The descriptor must outlive the result. Holds the lock.
Handle openWithDriver(Descriptor& descriptor);

}  // namespace spikelab::hdf5
