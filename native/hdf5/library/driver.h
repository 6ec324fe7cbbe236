// A virtual file driver of libhdf5 that reads one descriptor and opens nothing.
//
// libhdf5's own drivers open by name: an external link or a virtual dataset makes them open other files. This one
// serves the descriptor that it was given and refuses every other open, never writes, and fails where its sec2 driver
// returns zeros for bytes behind the end of the file.
#pragma once

#include <atomic>
#include <cstdint>

#include "library.h"

namespace spikelab::hdf5 {

// An open regular file. `base` is where the HDF5 signature stands (a user block may precede it); all addresses that
// libhdf5 deals in count from there.
struct Descriptor {
  int fd = -1;
  uint64_t base = 0;
  uint64_t size = 0;         // of the whole file
  unsigned lengthBytes = 8;  // of lengths in the file's structures
  std::atomic<uint64_t> bytesRead{0};

  // While set, reads of raw data are noted here and not done: how a chunk's address is learnt (storage.cpp).
  struct RawRead {
    uint64_t address = 0;
    uint64_t size = 0;
    int reads = 0;
  };
  RawRead* noted = nullptr;  // under the library's lock

  // Reads exactly [address, address + size). Returns false where the file does not have it.
  bool read(uint64_t address, void* into, size_t size);
};

// Opens the descriptor as a file of libhdf5 for reading. The descriptor must outlive the result. Holds the lock.
Handle openWithDriver(Descriptor& descriptor);

}  // namespace spikelab::hdf5
